// Rows of a table drawn with replacement, from Philox words of Purpose::example_rows. Row number n of a particle, n =
// step B + b for example b of a batch of B, takes words 2 (n mod 2) and 2 (n mod 2) + 1 of block n / 2, the more
// significant one first: as a 64-bit word w they give the row floor(w rows / 2^64), 0 <= row < rows < 2^32. A row is
// off 1 / rows by less than 2^-64; nothing is rejected.

constexpr int rows_per_block = 2;

/// The rows of numbers 2 block and 2 block + 1, in words' lanes.
ISOTHERM_LANE void example_rows(const I (&words)[4], uint32 rows, I (&out)[rows_per_block]) {
  for (int k = 0; k < rows_per_block; ++k) {
    const P low = upper(mulu(wide(words[2 * k + 1]), rows));
    out[k] = high_word(add(mulu(wide(words[2 * k]), rows), low));
  }
}
