// Several values that lane texts take for one: every operation is done for all of them before the next. A text is often
// one long chain, and a processor finds the next value's chain only as far as it looks ahead; in lock-step it is beside
// it. No include guard: included inside a lane's namespace, after its texts.

template <class T, int n>
struct Lockstep {
  T v[n];
  Lockstep() = default;
  HWY_INLINE Lockstep(T a) {
    ISOTHERM_UNROLL
    for (int u = 0; u < n; ++u) v[u] = a;
  }

#define ISOTHERM_LOCKSTEP(expression)              \
  Lockstep r;                                      \
  ISOTHERM_UNROLL                                  \
  for (int u = 0; u < n; ++u) r.v[u] = expression; \
  return r;
  friend HWY_INLINE Lockstep operator+(const Lockstep& a, const Lockstep& b) { ISOTHERM_LOCKSTEP(a.v[u] + b.v[u]) }
  friend HWY_INLINE Lockstep operator-(const Lockstep& a, const Lockstep& b) { ISOTHERM_LOCKSTEP(a.v[u] - b.v[u]) }
  friend HWY_INLINE Lockstep operator*(const Lockstep& a, const Lockstep& b) { ISOTHERM_LOCKSTEP(a.v[u] * b.v[u]) }
  friend HWY_INLINE Lockstep operator|(const Lockstep& a, const Lockstep& b) { ISOTHERM_LOCKSTEP(a.v[u] | b.v[u]) }
  friend HWY_INLINE Lockstep operator^(const Lockstep& a, const Lockstep& b) { ISOTHERM_LOCKSTEP(a.v[u] ^ b.v[u]) }
  friend HWY_INLINE Lockstep operator&(const Lockstep& a, const Lockstep& b) { ISOTHERM_LOCKSTEP(a.v[u] & b.v[u]) }
  friend HWY_INLINE Lockstep mad(const Lockstep& a, const Lockstep& b, const Lockstep& c) {
    ISOTHERM_LOCKSTEP(mad(a.v[u], b.v[u], c.v[u]))
  }
#undef ISOTHERM_LOCKSTEP
};

// `name` of one Lockstep, and of what is the same for all.
#define ISOTHERM_LOCKSTEP(name, argument, result)                                     \
  template <int n, class... Rest>                                                     \
  HWY_INLINE Lockstep<result, n> name(const Lockstep<argument, n>& a, Rest... rest) { \
    Lockstep<result, n> r;                                                            \
    ISOTHERM_UNROLL                                                                   \
    for (int u = 0; u < n; ++u) r.v[u] = name(a.v[u], rest...);                       \
    return r;                                                                         \
  }
ISOTHERM_LOCKSTEP(mulu, P, P)
ISOTHERM_LOCKSTEP(hi, P, P)
ISOTHERM_LOCKSTEP(x2, P, P)
ISOTHERM_LOCKSTEP(low_word, P, I)
ISOTHERM_LOCKSTEP(high_word, P, I)
ISOTHERM_LOCKSTEP(mul_low, I, I)
ISOTHERM_LOCKSTEP(mul_high, I, I)
ISOTHERM_LOCKSTEP(bits, F, I)
ISOTHERM_LOCKSTEP(from_bits, I, F)
ISOTHERM_LOCKSTEP(to_real, I, F)
ISOTHERM_LOCKSTEP(root, F, F)
ISOTHERM_LOCKSTEP(root_in_range, F, F)
#undef ISOTHERM_LOCKSTEP

template <int count, int n>
HWY_INLINE Lockstep<I, n> shift_left(const Lockstep<I, n>& a) {
  Lockstep<I, n> r;
  ISOTHERM_UNROLL
  for (int u = 0; u < n; ++u) r.v[u] = shift_left<count>(a.v[u]);
  return r;
}
template <int count, int n>
HWY_INLINE Lockstep<I, n> shift_right_logical(const Lockstep<I, n>& a) {
  Lockstep<I, n> r;
  ISOTHERM_UNROLL
  for (int u = 0; u < n; ++u) r.v[u] = shift_right_logical<count>(a.v[u]);
  return r;
}

// `name` of two.
#define ISOTHERM_LOCKSTEP(name, first, second)                                                                  \
  template <int n, class... Rest>                                                                               \
  HWY_INLINE Lockstep<first, n> name(const Lockstep<first, n>& a, const Lockstep<second, n>& b, Rest... rest) { \
    Lockstep<first, n> r;                                                                                       \
    ISOTHERM_UNROLL                                                                                             \
    for (int u = 0; u < n; ++u) r.v[u] = name(a.v[u], b.v[u], rest...);                                         \
    return r;                                                                                                   \
  }
ISOTHERM_LOCKSTEP(x3, P, P)
ISOTHERM_LOCKSTEP(x3, I, I)
ISOTHERM_LOCKSTEP(smaller, I, I)
ISOTHERM_LOCKSTEP(flip_sign, F, I)
#undef ISOTHERM_LOCKSTEP
