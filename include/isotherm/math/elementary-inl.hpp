// exp, log, sin, cos, tanh and pow from exactly rounded operations alone, so that their bits are the same on every
// machine. Errors in units in the last place, over all arguments unless a range is given (tests/math measures them):
//
//                         float   double   where
//   exponential            ERR      ERR    results >= 2^-125.5 (2^-1021.5); smaller ones are 0
//   logarithm              ERR      ERR    every argument, subnormal ones too
//   sine, cosine           ERR      ERR    |x| <= LIM (LIM); beyond angle_limit the angle is taken to be 0
//   hyperbolic_tangent     ERR      ERR    every argument
//   power                  ERR      ERR    results as for the exponential
//
// Special values are those of <cmath>, with NaN for NaN; the sign of a zero result of sine is +.

#if ISOTHERM_DOUBLE
constexpr int mantissa_bits = 52, sign_position = 63;
constexpr integer exponent_bias = 1023;
constexpr real smallest_normal = 0x1p-1022;
constexpr integer bits_of_root_half = 0x3fe6a09e667f3bcd;
constexpr real whole_shift = 0x1.8p52;
constexpr real exponential_lower = -708.6, exponential_upper = 710;
constexpr real exponent_lower = -1022.25, exponent_upper = 1025;
constexpr real log2_e = 0x1.71547652b82fep0;
constexpr real log_2_high = 0x1.62e42fefa39efp-1, log_2_low = 0x1.abc9e3b39803fp-56;
constexpr real inverse_pi = 0x1.45f306dc9c883p-2;
constexpr real pi_1 = 0x1.921fb54442d18p1, pi_2 = 0x1.1a62633145c07p-53, pi_3 = -0x1.f1976b7ed8fbcp-109;
constexpr real angle_limit = 0x1p40;
constexpr real tanh_limit = 20;
constexpr real third_high = 0x1.5555555555555p-2, third_low = 0x1.5555555555555p-56;
constexpr real twice_log2_e_high = 0x1.71547652b82fep1, twice_log2_e_low = 0x1.777d0ffda0d24p-55;
#else
constexpr int mantissa_bits = 23, sign_position = 31;
constexpr integer exponent_bias = 127;
constexpr real smallest_normal = 0x1p-126f;
constexpr integer bits_of_root_half = 0x3f3504f3;
constexpr real whole_shift = 0x1.8p23f;
constexpr real exponential_lower = -87.6f, exponential_upper = 89;
constexpr real exponent_lower = -126.25f, exponent_upper = 129;
constexpr real log2_e = 0x1.715476p0f;
constexpr real log_2_high = 0x1.62e430p-1f, log_2_low = -0x1.05c610p-29f;
constexpr real inverse_pi = 0x1.45f306p-2f;
constexpr real pi_1 = 0x1.921fb6p1f, pi_2 = -0x1.777a5cp-24f, pi_3 = -0x1.ee59dap-49f;
constexpr real angle_limit = 0x1p18f;
constexpr real tanh_limit = 10;
constexpr real third_high = 0x1.555556p-2f, third_low = -0x1.555556p-27f;
constexpr real twice_log2_e_high = 0x1.715476p1f, twice_log2_e_low = 0x1.4ae0c0p-25f;
#endif

/// 2^(n-1), where t = whole_shift + (exponent_bias - 1) + n: the whole number sits in the low bits of t, and is shifted
/// into the exponent. n = 1 - exponent_bias gives 0, n = exponent_bias + 2 infinity.
ISOTHERM_LANE F half_power_of_two(F t) { return from_bits(shift_left<mantissa_bits>(bits(t))); }
constexpr real half_power_shift = whole_shift + (exponent_bias - 1);

/// 2 e^r for |r| <= log(2) / 2.
ISOTHERM_LANE F twice_exponential(F r) {
  const F two(real(2));
  return mad(r, mad(r, twice_exponential_tail(r), two), two);
}

ISOTHERM_LANE F exponential(F x) {
  x = select(less(x, F(exponential_lower)), F(exponential_lower), x);
  x = select(less(F(exponential_upper), x), F(exponential_upper), x);
  const F t = mad(x, F(log2_e), F(half_power_shift));
  const F n = t - F(half_power_shift);
  const F r = nmad(n, F(log_2_low), nmad(n, F(log_2_high), x));
  return twice_exponential(r) * half_power_of_two(t);
}

/// For x >= smallest_normal, x = 2^exponent (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2); returns f, exactly.
template <class V>
ISOTHERM_LANE V split(V x, V& exponent) {
  using Bits = decltype(bits(x));
  constexpr integer bias = exponent_bias << mantissa_bits;
  constexpr integer mantissa = (integer(1) << mantissa_bits) - 1;
  constexpr real shift = whole_shift / real(1.5);
  const Bits j = bits(x) - Bits(I(bits_of_root_half - bias));
  exponent = from_bits(shift_right_logical<mantissa_bits>(j) | bits(V(F(shift)))) - V(F(shift + exponent_bias));
  return from_bits((j & Bits(I(mantissa))) + Bits(I(bits_of_root_half))) - V(F(real(1)));
}

/// The same for every x > 0: subnormal numbers are scaled up first.
ISOTHERM_LANE F split_any(F x, F& exponent) {
  const M subnormal = less(x, F(smallest_normal));
  constexpr real scale = real(integer(1) << mantissa_bits);
  const F f = split(select(subnormal, x * F(scale), x), exponent);
  exponent = exponent - select(subnormal, F(real(mantissa_bits)), F(real(0)));
  return f;
}

ISOTHERM_LANE F logarithm(F x) {
  F e;
  const F f = split_any(x, e);
  const F rest = mad(f * f, logarithm_tail(f), mad(e, F(log_2_low), f));
  F result = mad(e, F(log_2_high), rest);
  result = select(less(F(real(0)), x), result, select(less(x, F(real(0))), F(not_a_number), F(-infinity)));
  return select(less(x, F(infinity)), result, x);
}

/// x for |x| < angle_limit, 0 for larger finite x, NaN otherwise.
ISOTHERM_LANE F limited_angle(F x) { return select(less(absolute(x), F(angle_limit)), x, x - x); }

/// sin(x - n pi), for n the nearest multiple of 1/2 to x / pi or one next to it in rounding. The first two differences
/// lose nothing where x is near n pi, so that small results keep their relative precision.
ISOTHERM_LANE F reduced_sine(F x, F n) {
  const F r = nmad(n, F(pi_3), nmad(n, F(pi_2), nmad(n, F(pi_1), x)));
  const F q = r * r;
  const F result = mad(r * q, sine_tail(q), r);
#if ISOTHERM_DOUBLE
  // Rounding can leave [-1, 1] by one unit; the float lane's coefficients are chosen so that it does not.
  const F one(1.0);
  return select(less(one, absolute(result)), flip_sign(one, bits(result)), result);
#else
  return result;
#endif
}

ISOTHERM_LANE F sine(F x) {
  x = limited_angle(x);
  const F t = mad(x, F(inverse_pi), F(whole_shift));
  return flip_sign(reduced_sine(x, t - F(whole_shift)), shift_left<sign_position>(bits(t)));
}

/// cos(x) = -(-1)^k sin(x - (k + 1/2) pi).
ISOTHERM_LANE F cosine(F x) {
  x = limited_angle(absolute(x));
  const F t = mad(x, F(inverse_pi), F(real(-0.5))) + F(whole_shift + 1);
  const F half = (t - F(whole_shift + 1)) + F(real(0.5));
  return flip_sign(reduced_sine(x, half), shift_left<sign_position>(bits(t)));
}

/// With E = e^(2|x|) - 1, which has no cancellation, tanh|x| = E / (E + 2).
ISOTHERM_LANE F hyperbolic_tangent(F x) {
  F a = absolute(x);
  a = select(less(F(tanh_limit), a), F(tanh_limit), a);
  a = a + a;
  const F t = mad(a, F(log2_e), F(half_power_shift));
  const F n = t - F(half_power_shift);
  const F r = nmad(n, F(log_2_low), nmad(n, F(log_2_high), a));
  const F scale = half_power_of_two(t);
  const F e = mad(scale, mad(r * r, twice_exponential_tail(r), r + r), (scale + scale) - F(real(1)));
  // The rounding error of E + 2 would cost a unit in the last place: it enters the remainder of the division.
  const F sum = e + F(real(2));
  const F sum_low = e - (sum - F(real(2)));
  const F inverse = F(real(1)) / sum;
  const F ratio = e * inverse;
  const F remainder = nmad(ratio, sum_low, nmad(ratio, sum, e));
  return flip_sign(mad(inverse, remainder, ratio), bits(x));
}

/// A value as the sum of two lanes, the second at most a few rounding errors of the first.
struct Extended {
  F high, low;
};

/// log2(x) for finite x > 0, to about twice the lane's precision: exponent + 2 log2(e) artanh(f / (2 + f)).
ISOTHERM_LANE Extended logarithm_2(F x) {
  F e;
  const F f = split_any(x, e);
  const F sum = f + F(real(2));
  const F sum_low = f - (sum - F(real(2)));
  const F inverse = F(real(1)) / sum;
  const F s = f * inverse;
  const F s_low = inverse * nmad(s, sum_low, nmad(s, sum, f));

  // artanh(s) = s + s z (1/3 + z B(z)), z = s^2; only z B may be rounded to one lane.
  const F z = s * s;
  const F z_low = mad(s + s, s_low, msb(s, s, z));
  const F w = z * artanh_second_tail(z);
  const F u = F(third_high) + w;
  const F u_low = ((F(third_high) - u) + w) + F(third_low);
  const F v = z * u;
  const F v_low = mad(z_low, u, mad(z, u_low, msb(z, u, v)));
  const F g = s * v;
  const F g_low = mad(s_low, v, mad(s, v_low, msb(s, v, g)));
  const F a = s + g;
  const F a_low = ((s - a) + g) + (g_low + s_low);

  const F b = a * F(twice_log2_e_high);
  const F b_low = mad(a_low, F(twice_log2_e_high), mad(a, F(twice_log2_e_low), msb(a, F(twice_log2_e_high), b)));
  const F high = e + b;
  return Extended{high, ((e - high) + b) + b_low};
}

/// |x|^y = 2^(y log2|x|), with the sign, infinities and NaNs of std::pow.
ISOTHERM_LANE F power(F x, F y) {
  const F zero(real(0)), one(real(1));
  const F a = absolute(x);
  const Extended log = logarithm_2(a);
  const F product = y * log.high;
  const F product_low = mad(y, log.low, msb(y, log.high, product));
  const M ordinary = less(absolute(product), F(real(2 * exponent_bias))) & less(zero, a) & less(a, F(infinity));

  F p = select(less(product, F(exponent_lower)), F(exponent_lower), product);
  p = select(less(F(exponent_upper), p), F(exponent_upper), p);
  const F t = p + F(half_power_shift);
  const F r = ((p - (t - F(half_power_shift))) + product_low) * F(log_2_high);
  const F value = twice_exponential(r) * half_power_of_two(t);

  const F grows = select(less(zero, y), F(infinity), zero), shrinks = select(less(zero, y), zero, F(infinity));
  const F extreme = select(less(one, a), grows, select(less(a, one), shrinks, one));
  F result = select(ordinary, value, extreme);

  const F half = y * F(real(0.5));
  const M whole = equal(round_down(y), y);
  const M odd = whole & !equal(round_down(half), half);
  const M negative = less(flip_sign(one, bits(x)), zero);
  result = select(negative & odd, negate(result), result);
  result = select(less(x, zero) & is_finite(x) & !whole, F(not_a_number), result);
  result = select(is_nan(x) | is_nan(y), F(not_a_number), result);
  return select(equal(y, zero) | equal(x, one), one, result);
}
