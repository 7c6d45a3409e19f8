// Uniform and normal numbers from Philox words, without rejection. Box and Muller's transform: with u and t uniform,
// sqrt(-2 log u) (cos, sin)(2 pi t) are two independent normal numbers. A half turn of t and a random sign of the
// cosine cover the circle, so that the polynomials need no quadrants.
//
// Float: two words for two normals. u has 31 bits, the sign the 32nd, t has 32 bits. |normal| <= 6.67.
// Double: four words for two normals. u has 53 bits (an odd multiple of 2^-53), t has 52 bits. |normal| <= 8.58.
//
// The templates take F and I, or PairF and PairI.

#if ISOTHERM_DOUBLE

constexpr int numbers_per_block = 2;

/// Bits of a number in [1, 2) whose 52 bits of mantissa are the word `high` and the upper 20 bits of `low`.
template <class Integer>
ISOTHERM_LANE Integer one_and_fraction(Integer high, Integer low) {
  return Integer(I(exponent_bias << mantissa_bits)) | shift_left<20>(high) | shift_right_logical<12>(low);
}

/// Odd multiples of 2^-53 in (0, 1), equally likely.
template <class Real, class Integer>
ISOTHERM_LANE Real open_uniform(Integer high, Integer low) {
  return from_bits(one_and_fraction(high, low)) - Real(F(1 - 0x1p-53));
}

template <class Real, class Integer>
ISOTHERM_LANE void box_muller(const Integer (&words)[4], Real& first, Real& second) {
  const Real u = open_uniform<Real>(words[0], words[1]);
  const Real t = from_bits(one_and_fraction(words[2], words[3])) - Real(F(1.5));
  Real exponent;
  const Real f = split(u, exponent);
  const Real q = t * t;
  constexpr real minus_2_log_2 = -0x1.62e42fefa39efp0;
  const Real radius = root(mad(f, mad(f, radius_tail(f), Real(F(real(-2)))), exponent * Real(F(minus_2_log_2))));
  first = radius * flip_sign(mad(q, cosine_pi_tail(q), Real(F(real(1)))), shift_left<63>(words[1]));
  second = radius * (t * sine_pi_ratio(q));
}

/// Equally likely odd multiples of 2^-53 in (0, 1).
ISOTHERM_LANE void uniforms(const I (&words)[4], F (&out)[numbers_per_block]) {
  out[0] = open_uniform<F>(words[0], words[1]);
  out[1] = open_uniform<F>(words[2], words[3]);
}

/// Two independent normal numbers of mean 0 and variance 1 in each lane.
ISOTHERM_LANE void normals(const I (&words)[4], F (&out)[numbers_per_block]) { box_muller(words, out[0], out[1]); }

#else

constexpr int numbers_per_block = 4;

template <class Real, class Integer>
ISOTHERM_LANE void box_muller(Integer a, Integer b, Real& first, Real& second) {
  const Real u = mad(to_real(a & Integer(I(0x7fffffff))), Real(F(0x1p-31f)), Real(F(0x1p-32f)));
  const Real t = to_real(b) * Real(F(0x1p-32f));
  const Integer power = (bits(u) - Integer(I(bits_of_root_half))) & Integer(I(~0 << mantissa_bits));
  const Real f = from_bits(bits(u) - power) - Real(F(real(1)));
  const Real q = t * t;
  // The exponent stands 23 bits to the left.
  constexpr real minus_2_log_2 = -0x1.62e430p0f * 0x1p-23f;
  const Real radius = root(mad(f, mad(f, radius_tail(f), Real(F(real(-2)))), to_real(power) * Real(F(minus_2_log_2))));
  first = radius * flip_sign(mad(q, cosine_pi_tail(q), Real(F(real(1)))), a);
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

/// normals() of two vectors in lock step; the same numbers.
ISOTHERM_LANE void normals2(const I (&words_a)[4], const I (&words_b)[4], F (&out_a)[numbers_per_block],
                            F (&out_b)[numbers_per_block]) {
  const PairI words[4] = {
      {words_a[0], words_b[0]}, {words_a[1], words_b[1]}, {words_a[2], words_b[2]}, {words_a[3], words_b[3]}};
  PairF out[numbers_per_block];
#if ISOTHERM_DOUBLE
  box_muller(words, out[0], out[1]);
#else
  box_muller(words[0], words[1], out[0], out[1]);
  box_muller(words[2], words[3], out[2], out[3]);
#endif
  for (int k = 0; k < numbers_per_block; ++k) {
    out_a[k] = out[k].a;
    out_b[k] = out[k].b;
  }
}
