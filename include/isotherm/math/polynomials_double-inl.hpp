// Polynomials of the double lane. Written by scripts/coefficients/fit.py, which states how; do not edit.

/// 2 (e^r - 1 - r) / r^2 for |r| <= log(2) / 2; error relative to e^r is below 2^-56.4.
template <class V>
ISOTHERM_LANE V twice_exponential_tail(V r) {
  return polynomial(r, 0x1.000000000000ap+0, 0x1.55555555554fap-2, 0x1.5555555550867p-4, 0x1.1111111127c5ap-6,
                    0x1.6c16c1842f13fp-9, 0x1.a01a012a3b014p-12, 0x1.a01999fded0cap-15, 0x1.71df2579e8dbcp-18,
                    0x1.28ad80e0e04bep-21, 0x1.ad7f5715d6a64p-25);
}

/// (log(1 + f) - f) / f^2 for sqrt(1/2) <= 1 + f <= sqrt(2); error relative to log(1 + f) is below 2^-54.9.
template <class V>
ISOTHERM_LANE V logarithm_tail(V f) {
  return polynomial(f, -0x1.0000000000003p-1, 0x1.555555555551ep-2, -0x1.fffffffffdcb5p-3, 0x1.99999999a1191p-3,
                    -0x1.55555556f1c0bp-3, 0x1.2492492279feep-3, -0x1.fffffef03913cp-4, 0x1.c71c71bedc64fp-4,
                    -0x1.9999c9c0f8e13p-4, 0x1.745d4887bc445p-4, -0x1.555069afea946p-4, 0x1.3b0a85c6cdb97p-4,
                    -0x1.24dc881ac6ac4p-4, 0x1.11db18e7014d5p-4, -0x1.fb712ca5e87a6p-5, 0x1.cf9551e8206a2p-5,
                    -0x1.d12718e871e87p-5, 0x1.0b73160475c1ap-4, -0x1.ec04067bf27a1p-5, 0x1.acd3f8124db2ep-6);
}

/// (sin(r) / r - 1) / r^2 for q = r^2, |r| <= 0.7857; error relative to sin(r) is below 2^-57.9.
template <class V>
ISOTHERM_LANE V quadrant_sine_tail(V q) {
  return polynomial(q, -0x1.5555555555548p-3, 0x1.111111110f731p-7, -0x1.a01a019be95bap-13, 0x1.71de35557419cp-19,
                    -0x1.ae5e4bcfb98a5p-26, 0x1.5d8b71b50813ap-33);
}

/// (cos(r) - 1 + r^2 / 2) / r^4 for q = r^2, |r| <= 0.7857; error relative to cos(r) is below 2^-63.9.
template <class V>
ISOTHERM_LANE V quadrant_cosine_tail(V q) {
  return polynomial(q, 0x1.555555555554bp-5, -0x1.6c16c16c1500fp-10, 0x1.a01a019c8e266p-16, -0x1.27e4f7f09fda7p-22,
                    0x1.1ee9db0bc694fp-29, -0x1.8fa6121268585p-37);
}

/// (-2 log(1 + f) + 2 f) / f^2 for sqrt(1/2) <= 1 + f <= sqrt(2); error relative to log(1 + f) is below 2^-53.8.
template <class V>
ISOTHERM_LANE V radius_tail(V f) {
  return polynomial(f, 0x1.ffffffffffffbp-1, -0x1.55555555551a6p-1, 0x1.00000000008b2p-1, -0x1.9999999a32cf4p-2,
                    0x1.55555555324eep-2, -0x1.249248e059b74p-2, 0x1.ffffff8aefb15p-3, -0x1.c71c8f0e751fbp-3,
                    0x1.9999ca6f37665p-3, -0x1.7459acb6f3b2ep-3, 0x1.554d23cb79601p-3, -0x1.3b4c58a2ecf47p-3,
                    0x1.2548c9d1a21d7p-3, -0x1.0f389a35db3cdp-3, 0x1.eee3534a5f0a7p-4, -0x1.e959b7e5d641ep-4,
                    0x1.15ffa29630accp-3, -0x1.031448593ed11p-3, 0x1.cfae43fcaab0ep-5);
}

/// sin(pi t) / t for q = t^2, |t| <= 1/2; error absolute in sin(pi t) is below 2^-58.0.
template <class V>
ISOTHERM_LANE V sine_pi_ratio(V q) {
  return polynomial(q, 0x1.921fb54442d18p+1, -0x1.4abbce625be38p+2, 0x1.466bc67759f0ap+1, -0x1.32d2cce5e033cp-1,
                    0x1.50783467ad4e8p-4, -0x1.e307401090b08p-8, 0x1.e8efaf70831d4p-12, -0x1.6ef3e51e0c12p-16,
                    0x1.8d88dc1ebde1ap-21);
}

/// (cos(pi t) - 1) / t^2 for q = t^2, |t| <= 1/2; error absolute in cos(pi t) is below 2^-57.3.
template <class V>
ISOTHERM_LANE V cosine_pi_tail(V q) {
  return polynomial(q, -0x1.3bd3cc9be45dcp+2, 0x1.03c1f081b599ap+2, -0x1.55d3c7e3bf6cp+0, 0x1.e1f50680e207p-3,
                    -0x1.a6d1efa7c23d1p-6, 0x1.f9d248511d524p-10, -0x1.b6935534d5b51p-14, 0x1.16525fd49f802p-18);
}

/// ((artanh(s) / s - 1) / s^2 - 1/3) / s^2 for z = s^2, |s| <= 0.1716; error relative to artanh(s) is below 2^-73.5.
template <class V>
ISOTHERM_LANE V artanh_second_tail(V z) {
  return polynomial(z, 0x1.9999999999996p-3, 0x1.2492492492f52p-3, 0x1.c71c71c5965ccp-4, 0x1.745d182975d5ep-4,
                    0x1.3b1364bf8f71ep-4, 0x1.112070cd366c3p-4, 0x1.de3d299537b15p-5, 0x1.eac83083dfbc3p-5);
}
