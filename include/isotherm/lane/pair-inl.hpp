// Two vectors in lock step: every operation is issued for both, which hides latency in long chains that a compiler
// would otherwise emit one after the other.

struct PairI {
  I a, b;
  PairI() = default;
  ISOTHERM_LANE PairI(I x) : a(x), b(x) {}
  ISOTHERM_LANE PairI(I x, I y) : a(x), b(y) {}
  friend ISOTHERM_LANE PairI operator+(PairI x, PairI y) { return PairI(x.a + y.a, x.b + y.b); }
  friend ISOTHERM_LANE PairI operator-(PairI x, PairI y) { return PairI(x.a - y.a, x.b - y.b); }
  friend ISOTHERM_LANE PairI operator&(PairI x, PairI y) { return PairI(x.a & y.a, x.b & y.b); }
  friend ISOTHERM_LANE PairI operator|(PairI x, PairI y) { return PairI(x.a | y.a, x.b | y.b); }
};

struct PairF {
  F a, b;
  PairF() = default;
  ISOTHERM_LANE PairF(F x) : a(x), b(x) {}
  ISOTHERM_LANE PairF(F x, F y) : a(x), b(y) {}
  friend ISOTHERM_LANE PairF operator+(PairF x, PairF y) { return PairF(x.a + y.a, x.b + y.b); }
  friend ISOTHERM_LANE PairF operator-(PairF x, PairF y) { return PairF(x.a - y.a, x.b - y.b); }
  friend ISOTHERM_LANE PairF operator*(PairF x, PairF y) { return PairF(x.a * y.a, x.b * y.b); }
};

ISOTHERM_LANE PairF mad(PairF x, PairF y, PairF z) { return PairF(mad(x.a, y.a, z.a), mad(x.b, y.b, z.b)); }
ISOTHERM_LANE PairF root(PairF x) { return PairF(root(x.a), root(x.b)); }
ISOTHERM_LANE PairF flip_sign(PairF x, PairI s) { return PairF(flip_sign(x.a, s.a), flip_sign(x.b, s.b)); }
ISOTHERM_LANE PairI bits(PairF x) { return PairI(bits(x.a), bits(x.b)); }
ISOTHERM_LANE PairF from_bits(PairI x) { return PairF(from_bits(x.a), from_bits(x.b)); }
ISOTHERM_LANE PairF to_real(PairI x) { return PairF(to_real(x.a), to_real(x.b)); }
template <int n>
ISOTHERM_LANE PairI shift_left(PairI x) {
  return PairI(shift_left<n>(x.a), shift_left<n>(x.b));
}
template <int n>
ISOTHERM_LANE PairI shift_right(PairI x) {
  return PairI(shift_right<n>(x.a), shift_right<n>(x.b));
}
template <int n>
ISOTHERM_LANE PairI shift_right_logical(PairI x) {
  return PairI(shift_right_logical<n>(x.a), shift_right_logical<n>(x.b));
}
