// Uniform numbers from Philox words, without rejection: Law::uniform, and the sizes that Box and Muller's radius takes.
//
// Float: one word for one number. A size has 31 bits, so that it is fine next to 0, and the sign is the 32nd.
// Double: two words for one number. A size has 53 bits (an odd multiple of 2^-53), the sign is a bit that it leaves.

#if ISOTHERM_DOUBLE

constexpr int numbers_per_block = 2;

/// Bits of a number in [1, 2) whose 52 bits of mantissa are the word `high` and the upper 20 bits of `low`.
template <class Word>
ISOTHERM_LANE Word one_and_fraction(Word high, Word low) {
  return Word(I(exponent_bias << mantissa_bits)) | shift_left<20>(high) | shift_right_logical<12>(low);
}

/// Odd multiples of 2^-53 in (0, 1), equally likely.
template <class Word>
ISOTHERM_LANE auto uniform_size(Word high, Word low) {
  return from_bits(one_and_fraction(high, low)) - F(1 - 0x1p-53);
}

/// Two independent numbers, uniform on (-1, 1), in each lane. Never 0.
ISOTHERM_LANE void uniforms(const I (&words)[4], F (&out)[numbers_per_block]) {
  for (int k = 0; k < 2; ++k)
    out[k] = flip_sign(uniform_size(words[2 * k], words[2 * k + 1]), shift_left<63>(words[2 * k + 1]));
}

#else

constexpr int numbers_per_block = 4;

/// (n + 1/2) 2^-31 in (0, 1], rounded, n being the lower 31 bits of a word: fine next to 0, and 1 for the last 64 n.
template <class Word>
ISOTHERM_LANE auto uniform_size(Word word) {
  return mad(to_real(word & I(0x7fffffff)), F(0x1p-31f), F(0x1p-32f));
}

/// Four independent numbers, uniform on [-1, 1], in each lane. Never 0.
ISOTHERM_LANE void uniforms(const I (&words)[4], F (&out)[numbers_per_block]) {
  for (int k = 0; k < 4; ++k) out[k] = flip_sign(uniform_size(words[k]), words[k]);
}

#endif
