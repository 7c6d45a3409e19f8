// exp, log, sin, cos, tanh and pow from exactly rounded operations alone, so that their bits are the same on every
// machine. Largest errors in units in the last place. Float: found over every argument (pow: over 2e7). Double: over
// 2e7 each.
//
//                        float   double
//   exponential           0.90     0.92   where the result is not cut to 0: below 2^-125.5 (double 2^-1021.5) it is
//   logarithm             0.93     1.35   every argument, subnormal ones too
//   sine, cosine          1.89     1.51   |x| < 2^18 (2^40); beyond, the angle counts as 0: sine 0, cosine 1
//   hyperbolic_tangent    1.73     1.88   every argument
//   power                 1.00     1.10   as for the exponential
//
// The exponential and the power are zero where they would be subnormal, because subnormal numbers slow a processor
// tenfold. Special values are those of <cmath>; a NaN gives NaN, of any sign and payload. The zeros of sine are +0.

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

/// x - n period, with the period in three parts. The first difference is exact and the second nearly so where x is next
/// to n periods, so that small results keep their relative precision.
ISOTHERM_LANE F reduced_angle(F x, F n, real period_1, real period_2, real period_3) {
  return nmad(n, F(period_3), nmad(n, F(period_2), nmad(n, F(period_1), x)));
}

#if ISOTHERM_DOUBLE

// Quarter turns: both polynomials are short, and the cosine's cannot exceed 1.

/// sin(x + quarter pi / 2) for x in the range of angles.
ISOTHERM_LANE F shifted_sine(F x, int quarter) {
  const F shift(whole_shift + quarter);
  const F t = mad(x, F(2 * inverse_pi), shift);
  const F r = reduced_angle(x, t - shift, pi_1 / 2, pi_2 / 2, pi_3 / 2);
  const F q = r * r;
  const F sine = mad(r * q, quadrant_sine_tail(q), r);
  const F cosine = mad(q, mad(q, quadrant_cosine_tail(q), F(-0.5)), F(1.0));
  const I quadrant = bits(t);
  const F magnitude = select_negative(shift_left<sign_position>(quadrant), cosine, sine);
  return flip_sign(magnitude, shift_left<sign_position - 1>(quadrant));
}

ISOTHERM_LANE F sine(F x) { return shifted_sine(limited_angle(x), 0); }
ISOTHERM_LANE F cosine(F x) { return shifted_sine(limited_angle(x), 1); }

#else

// Half turns: one short polynomial, whose last bits are chosen so that no result exceeds 1.

/// sin(x - n pi) for |x - n pi| <= 1.6.
ISOTHERM_LANE F reduced_sine(F x, F n) {
  const F r = reduced_angle(x, n, pi_1, pi_2, pi_3);
  const F q = r * r;
  return mad(r * q, sine_tail(q), r);
}

ISOTHERM_LANE F sine(F x) {
  x = limited_angle(x);
  const F t = mad(x, F(inverse_pi), F(whole_shift));
  return flip_sign(reduced_sine(x, t - F(whole_shift)), shift_left<sign_position>(bits(t)));
}

/// cos(x) = -(-1)^k sin(x - (k + 1/2) pi).
ISOTHERM_LANE F cosine(F x) {
  x = limited_angle(absolute(x));
  const F t = mad(x, F(inverse_pi), F(-0.5f)) + F(whole_shift + 1);
  const F half = (t - F(whole_shift + 1)) + F(0.5f);
  return flip_sign(reduced_sine(x, half), shift_left<sign_position>(bits(t)));
}

#endif

/// With E = e^(2|x|) - 1, which has no cancellation, tanh|x| = E / (E + 2). The rounding errors of E's last addition
/// and of E + 2 are kept and enter the remainder of the division: they would cost a unit in the last place.
ISOTHERM_LANE F hyperbolic_tangent(F x) {
  const F one(real(1)), two(real(2));
  F a = absolute(x);
  a = select(less(F(tanh_limit), a), F(tanh_limit), a);
  a = a + a;
  const F t = mad(a, F(log2_e), F(half_power_shift));
  const F n = t - F(half_power_shift);
  const F r = nmad(n, F(log_2_low), nmad(n, F(log_2_high), a));
  const F half_power = half_power_of_two(t);
  const F power_less_one = (half_power + half_power) - one;
  const F scaled = half_power * mad(r * r, twice_exponential_tail(r), r + r);

  const F e = power_less_one + scaled;
  const F e_low = scaled - (e - power_less_one);
  const F sum = e + two;
  const F sum_low = (e - (sum - two)) + e_low;
  const F inverse = one / sum;
  const F ratio = e * inverse;
  const F remainder = nmad(ratio, sum_low, nmad(ratio, sum, e)) + e_low;
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
