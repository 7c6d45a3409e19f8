// Polynomials of the float lane. Written by scripts/coefficients/fit.py, which states how; do not edit.

/// 2 (e^r - 1 - r) / r^2 for |r| <= log(2) / 2; error relative to e^r is below 2^-28.0.
template <class V>
ISOTHERM_LANE V twice_exponential_tail(V r) {
  return polynomial(r, 0x1.fffffcp-1f, 0x1.555492p-2f, 0x1.5558f2p-4f, 0x1.1239f6p-6f, 0x1.6a23fep-9f);
}

/// (log(1 + f) - f) / f^2 for sqrt(1/2) <= 1 + f <= sqrt(2); error relative to log(1 + f) is below 2^-27.5.
template <class V>
ISOTHERM_LANE V logarithm_tail(V f) {
  return polynomial(f, -0x1.fffff8p-2f, 0x1.55555p-2f, -0x1.000426p-2f, 0x1.99a3f4p-3f, -0x1.54276cp-3f, 0x1.227198p-3f,
                    -0x1.0f376p-3f, 0x1.084878p-3f, -0x1.383066p-4f);
}

/// (sin(r) / r - 1) / r^2 for q = r^2, |r| <= 1.6; error relative to sin(r) is below 2^-26.0.
template <class V>
ISOTHERM_LANE V sine_tail(V q) {
  return polynomial(q, -0x1.55554cp-3f, 0x1.110ecep-7f, -0x1.9f6dcp-13f, 0x1.5d8cf2p-19f);
}

/// (-2 log(1 + f) + 2 f) / f^2 for sqrt(1/2) <= 1 + f <= sqrt(2); error relative to log(1 + f) is below 2^-24.8.
template <class V>
ISOTHERM_LANE V radius_tail(V f) {
  return polynomial(f, 0x1.fffffap-1f, -0x1.5556f4p-1f, 0x1.00049ap-1f, -0x1.98d2c2p-2f, 0x1.535d2ep-2f,
                    -0x1.31850ep-2f, 0x1.250488p-2f, -0x1.65c7a8p-3f);
}

/// sin(pi t) / t for q = t^2, |t| <= 1/2; error absolute in sin(pi t) is below 2^-27.0.
template <class V>
ISOTHERM_LANE V sine_pi_ratio(V q) {
  return polynomial(q, 0x1.921fb4p+1f, -0x1.4abba2p+2f, 0x1.466504p+1f, -0x1.31fbf4p-1f, 0x1.3912a8p-4f);
}

/// (cos(pi t) - 1) / t^2 for q = t^2, |t| <= 1/2; error absolute in cos(pi t) is below 2^-24.1.
template <class V>
ISOTHERM_LANE V cosine_pi_tail(V q) {
  return polynomial(q, -0x1.3bd3bp+2f, 0x1.03bd9ap+2f, -0x1.55020cp+0f, 0x1.c29398p-3f);
}

/// ((artanh(s) / s - 1) / s^2 - 1/3) / s^2 for z = s^2, |s| <= 0.1716; error relative to artanh(s) is below 2^-36.8.
template <class V>
ISOTHERM_LANE V artanh_second_tail(V z) {
  return polynomial(z, 0x1.999ap-3f, 0x1.24527cp-3f, 0x1.dfa254p-4f);
}
