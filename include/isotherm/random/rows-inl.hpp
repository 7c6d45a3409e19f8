// Rows of a table drawn with replacement, from Philox words of Purpose::example_rows. Row number n of a particle, n =
// step B + b for example b of a batch of B, comes from block n / m, which gives m = random::rows_per_block rows. Words
// 2 k and 2 k + 1 of a block, the more significant one first, are a 64-bit word w. It gives the row floor(w rows /
// 2^64), 0 <= row < rows < 2^32, and where m = 4 a second one in the same way from what is left, w rows modulo 2^64:
// together the two digits of floor(w rows^2 / 2^64) in base `rows`. So a row is off 1 / rows by less than 2^-64, and
// such a pair off 1 / rows^2; nothing is rejected.

/// The rows of numbers per_block block, ..., in words' lanes.
template <int per_block>
ISOTHERM_LANE void example_rows(const I (&words)[4], uint32 rows, I (&out)[per_block]) {
  static_assert(per_block == 2 || per_block == 4);
  ISOTHERM_UNROLL
  for (int k = 0; k < 2; ++k) {
    P low = mulu(wide(words[2 * k + 1]), rows);
    P high = add(mulu(wide(words[2 * k]), rows), upper(low));
    ISOTHERM_UNROLL
    for (int digit = 0; digit < per_block / 2; ++digit) {
      if (digit > 0) {
        low = mulu(low, rows);
        high = add(mulu(high, rows), upper(low));
      }
      out[k * per_block / 2 + digit] = high_word(high);
    }
  }
}
