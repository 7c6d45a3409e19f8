// What follows from a lane's primitives and is the same in all of them.

#if ISOTHERM_DOUBLE
constexpr real infinity = __builtin_huge_val();
constexpr real not_a_number = __builtin_nan("");
constexpr integer sign_bit = integer(0x8000000000000000ull);
#else
constexpr real infinity = __builtin_huge_valf();
constexpr real not_a_number = __builtin_nanf("");
constexpr integer sign_bit = integer(0x80000000u);
#endif

ISOTHERM_LANE M is_finite(F a) { return less(absolute(a), F(infinity)); }

/// The magnitude of a with its sign flipped where the sign bit of s is set.
ISOTHERM_LANE F flip_sign(F a, I s) { return from_bits(bits(a) ^ (s & I(sign_bit))); }

/// Integers kept in rows of reals, such as Philox words between two stages.
ISOTHERM_LANE I load_bits(const real* p) { return bits(load(p)); }
ISOTHERM_LANE void store_bits(real* p, I a) { store(p, from_bits(a)); }

/// c0 + x (c1 + x (c2 + ...)), each step rounded once.
template <class V>
ISOTHERM_LANE V polynomial(V, real c0) {
  return V(F(c0));
}
template <class V, class... Rest>
ISOTHERM_LANE V polynomial(V x, real c0, Rest... rest) {
  return mad(x, polynomial(x, rest...), V(F(c0)));
}
