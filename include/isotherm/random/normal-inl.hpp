// Uniform and normal numbers from Philox words, without rejection. Box and Muller's transform: with u and t uniform,
// sqrt(-2 log u) (cos, sin)(2 pi t) are two independent normal numbers. A half turn of t and a random sign of the
// cosine cover the circle, so that the polynomials need no quadrants.
//
// Float: two words for two normals. u has 31 bits, the sign the 32nd, t has 32 bits. |normal| <= 6.67.
// Double: four words for two normals. u has 53 bits (an odd multiple of 2^-53), t has 52 bits. |normal| <= 8.58.

#if ISOTHERM_DOUBLE

constexpr int numbers_per_block = 2;

/// Bits of a number in [1, 2) whose 52 bits of mantissa are the word `high` and the upper 20 bits of `low`.
ISOTHERM_LANE I one_and_fraction(I high, I low) {
  return I(exponent_bias << mantissa_bits) | shift_left<20>(high) | shift_right_logical<12>(low);
}

/// Odd multiples of 2^-53 in (0, 1), equally likely.
ISOTHERM_LANE F open_uniform(I high, I low) { return from_bits(one_and_fraction(high, low)) - F(1 - 0x1p-53); }

ISOTHERM_LANE void box_muller(const I (&words)[4], F& first, F& second) {
  const F u = open_uniform(words[0], words[1]);
  const F t = from_bits(one_and_fraction(words[2], words[3])) - F(1.5);
  F exponent;
  const F f = split(u, exponent);
  const F q = t * t;
  constexpr real minus_2_log_2 = -0x1.62e42fefa39efp0;
  const F radius = root(mad(f, mad(f, radius_tail(f), F(real(-2))), exponent * F(minus_2_log_2)));
  first = radius * flip_sign(mad(q, cosine_pi_tail(q), F(real(1))), shift_left<63>(words[1]));
  second = radius * (t * sine_pi_ratio(q));
}

/// Equally likely odd multiples of 2^-53 in (0, 1).
ISOTHERM_LANE void uniforms(const I (&words)[4], F (&out)[numbers_per_block]) {
  out[0] = open_uniform(words[0], words[1]);
  out[1] = open_uniform(words[2], words[3]);
}

/// Two independent normal numbers of mean 0 and variance 1 in each lane.
ISOTHERM_LANE void normals(const I (&words)[4], F (&out)[numbers_per_block]) { box_muller(words, out[0], out[1]); }

#else

constexpr int numbers_per_block = 4;

ISOTHERM_LANE void box_muller(I a, I b, F& first, F& second) {
  const F u = mad(to_real(a & I(0x7fffffff)), F(0x1p-31f), F(0x1p-32f));
  const F t = to_real(b) * F(0x1p-32f);
  const I power = (bits(u) - I(bits_of_root_half)) & I(~0 << mantissa_bits);
  const F f = from_bits(bits(u) - power) - F(real(1));
  const F q = t * t;
  // The exponent stands 23 bits to the left.
  constexpr real minus_2_log_2 = -0x1.62e430p0f * 0x1p-23f;
  const F radius = root(mad(f, mad(f, radius_tail(f), F(real(-2))), to_real(power) * F(minus_2_log_2)));
  first = radius * flip_sign(mad(q, cosine_pi_tail(q), F(real(1))), a);
  second = radius * (t * sine_pi_ratio(q));
}

/// Equally likely odd multiples of 2^-24 in (0, 1).
ISOTHERM_LANE void uniforms(const I (&words)[4], F (&out)[numbers_per_block]) {
  for (int k = 0; k < 4; ++k) {
    const I one_and_fraction = I(exponent_bias << mantissa_bits) | shift_right_logical<9>(words[k]);
    out[k] = from_bits(one_and_fraction) - F(1 - 0x1p-24f);
  }
}

/// Four independent normal numbers of mean 0 and variance 1 in each lane.
ISOTHERM_LANE void normals(const I (&words)[4], F (&out)[numbers_per_block]) {
  box_muller(words[0], words[1], out[0], out[1]);
  box_muller(words[2], words[3], out[2], out[3]);
}

#endif
