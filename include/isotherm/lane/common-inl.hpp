// What follows from a lane's primitives and is the same in all of them.

#if ISOTHERM_DOUBLE
constexpr integer sign_bit = integer(0x8000000000000000u);
constexpr integer infinity_bits = 0x7ff0000000000000, nan_bits = 0x7ff8000000000000;
#else
constexpr integer sign_bit = integer(0x80000000u);
constexpr integer infinity_bits = 0x7f800000, nan_bits = 0x7fc00000;
#endif
constexpr real infinity = __builtin_bit_cast(real, infinity_bits);
constexpr real not_a_number = __builtin_bit_cast(real, nan_bits);

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

/// A word in every lane.
ISOTHERM_LANE I word_of(uint32 k) { return I(integer(k)); }
