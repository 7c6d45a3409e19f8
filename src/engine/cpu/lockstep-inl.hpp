// Several values that lane texts take for one: every operation is done for all of them before the next. A text is often
// one long chain, and a processor finds the next value's chain only as far as it looks ahead; in lock-step it is beside
// it. No include guard: included inside a lane's namespace, after its texts.

template <class T, int n>
struct Lockstep {
  T v[n];
};

// `expression` in terms of a.v[u] and b.v[u], for every u.
#define ISOTHERM_LOCKSTEP(result, expression)      \
  Lockstep<result, n> r;                           \
  ISOTHERM_UNROLL                                  \
  for (int u = 0; u < n; ++u) r.v[u] = expression; \
  return r;

template <int n>
HWY_INLINE Lockstep<P, n> mulu(const Lockstep<P, n>& a, uint32 m) {
  ISOTHERM_LOCKSTEP(P, mulu(a.v[u], m))
}
template <int n>
HWY_INLINE Lockstep<P, n> hi(const Lockstep<P, n>& a) {
  ISOTHERM_LOCKSTEP(P, hi(a.v[u]))
}
template <int n>
HWY_INLINE Lockstep<P, n> x2(const Lockstep<P, n>& a, uint32 k) {
  ISOTHERM_LOCKSTEP(P, x2(a.v[u], k))
}
template <int n>
HWY_INLINE Lockstep<P, n> x3(const Lockstep<P, n>& a, const Lockstep<P, n>& b, uint32 k) {
  ISOTHERM_LOCKSTEP(P, x3(a.v[u], b.v[u], k))
}
template <int n>
HWY_INLINE Lockstep<I, n> x3(const Lockstep<I, n>& a, const Lockstep<I, n>& b, uint32 k) {
  ISOTHERM_LOCKSTEP(I, x3(a.v[u], b.v[u], k))
}
template <int n>
HWY_INLINE Lockstep<I, n> low_word(const Lockstep<P, n>& a) {
  ISOTHERM_LOCKSTEP(I, low_word(a.v[u]))
}
template <int n>
HWY_INLINE Lockstep<I, n> high_word(const Lockstep<P, n>& a) {
  ISOTHERM_LOCKSTEP(I, high_word(a.v[u]))
}

#undef ISOTHERM_LOCKSTEP
