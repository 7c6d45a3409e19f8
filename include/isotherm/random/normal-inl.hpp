// Normal numbers from Philox words, without rejection. Box and Muller's transform: with u and t uniform,
// sqrt(-2 log u) (cos, sin)(2 pi t) are two independent normal numbers. A half turn of t and a random sign of the
// cosine cover the circle, so that the polynomials need no quadrants.
//
// Float: two words for two normals. u has 31 bits, the sign the 32nd, t has 32 bits. |normal| <= 6.67.
// Double: four words for two normals. u has 53 bits (an odd multiple of 2^-53), t has 52 bits. |normal| <= 8.58.

#if ISOTHERM_DOUBLE

/// Word and Value are I and F, or several of each in lock-step.
template <class Word, class Value>
ISOTHERM_LANE void box_muller(const Word (&words)[4], Value& first, Value& second) {
  const Value u = uniform_size(words[0], words[1]);
  const Value t = from_bits(one_and_fraction(words[2], words[3])) - F(1.5);
  Value exponent;
  const Value f = split(u, exponent);
  const Value q = t * t;
  constexpr real minus_2_log_2 = -0x1.62e42fefa39efp0;
  const Value radius = root(mad(f, mad(f, radius_tail(f), F(real(-2))), exponent * F(minus_2_log_2)));
  first = radius * flip_sign(mad(q, cosine_pi_tail(q), F(real(1))), shift_left<63>(words[1]));
  second = radius * (t * sine_pi_ratio(q));
}

/// Two independent normal numbers of mean 0 and variance 1 in each lane.
ISOTHERM_LANE void normals(const I (&words)[4], F (&out)[numbers_per_block]) { box_muller(words, out[0], out[1]); }

#else

/// Word and Value are I and F, or several of each in lock-step.
template <class Word, class Value>
ISOTHERM_LANE void box_muller(Word a, Word b, Value& first, Value& second) {
  const Value u = uniform_size(a);
  const Value t = to_real(b) * F(0x1p-32f);
  const Word power = (bits(u) - I(bits_of_root_half)) & I(~0 << mantissa_bits);
  const Value f = from_bits(bits(u) - power) - F(real(1));
  const Value q = t * t;
  // The exponent stands 23 bits to the left.
  constexpr real minus_2_log_2 = -0x1.62e430p0f * 0x1p-23f;
  const Value radius = root_in_range(mad(f, mad(f, radius_tail(f), F(real(-2))), to_real(power) * F(minus_2_log_2)));
  first = radius * flip_sign(mad(q, cosine_pi_tail(q), F(real(1))), a);
  second = radius * (t * sine_pi_ratio(q));
}

/// Four independent normal numbers of mean 0 and variance 1 in each lane.
ISOTHERM_LANE void normals(const I (&words)[4], F (&out)[numbers_per_block]) {
  box_muller(words[0], words[1], out[0], out[1]);
  box_muller(words[2], words[3], out[2], out[3]);
}

#endif
