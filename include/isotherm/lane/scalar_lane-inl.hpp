// The scalar lane: one particle, as readable as it gets. Host and CUDA device. ISOTHERM_DOUBLE (0, 1) chooses the
// precision. On the device every operation is named with its rounding, so that no compiler option contracts it; on the
// host -ffp-contract=off does that.

#if ISOTHERM_DOUBLE
using real = double;
using integer = int64;
using natural = uint64;
#else
using real = float;
using integer = int32;
using natural = uint32;
#endif

constexpr int W = 1;

struct F {
  real v;
  F() = default;
  ISOTHERM_LANE F(real a) : v(a) {}
  ISOTHERM_LANE explicit operator real() const { return v; }
};

// Two's complement with wrap-around, which a plain signed integer does not promise.
struct I {
  integer v;
  I() = default;
  ISOTHERM_LANE I(integer a) : v(a) {}
  friend ISOTHERM_LANE I operator+(I a, I b) { return I(integer(natural(a.v) + natural(b.v))); }
  friend ISOTHERM_LANE I operator-(I a, I b) { return I(integer(natural(a.v) - natural(b.v))); }
  friend ISOTHERM_LANE I operator&(I a, I b) { return I(a.v & b.v); }
  friend ISOTHERM_LANE I operator|(I a, I b) { return I(a.v | b.v); }
  friend ISOTHERM_LANE I operator^(I a, I b) { return I(a.v ^ b.v); }
};

struct M {
  bool v;
  friend ISOTHERM_LANE M operator&(M a, M b) { return M{a.v && b.v}; }
  friend ISOTHERM_LANE M operator|(M a, M b) { return M{a.v || b.v}; }
  friend ISOTHERM_LANE M operator!(M a) { return M{!a.v}; }
};

#if defined(__CUDA_ARCH__) && ISOTHERM_DOUBLE
ISOTHERM_LANE F operator+(F a, F b) { return __dadd_rn(a.v, b.v); }
ISOTHERM_LANE F operator-(F a, F b) { return __dsub_rn(a.v, b.v); }
ISOTHERM_LANE F operator*(F a, F b) { return __dmul_rn(a.v, b.v); }
ISOTHERM_LANE F operator/(F a, F b) { return __ddiv_rn(a.v, b.v); }
ISOTHERM_LANE F mad(F a, F b, F c) { return __fma_rn(a.v, b.v, c.v); }
ISOTHERM_LANE F root(F a) { return __dsqrt_rn(a.v); }
ISOTHERM_LANE F round_down(F a) { return floor(a.v); }
ISOTHERM_LANE F round_nearest(F a) { return rint(a.v); }
ISOTHERM_LANE I bits(F a) { return __double_as_longlong(a.v); }
ISOTHERM_LANE F from_bits(I a) { return __longlong_as_double(a.v); }
ISOTHERM_LANE F to_real(I a) { return __ll2double_rn(a.v); }
ISOTHERM_LANE I to_integer(F a) { return __double2ll_rz(a.v); }
#elif defined(__CUDA_ARCH__)
ISOTHERM_LANE F operator+(F a, F b) { return __fadd_rn(a.v, b.v); }
ISOTHERM_LANE F operator-(F a, F b) { return __fsub_rn(a.v, b.v); }
ISOTHERM_LANE F operator*(F a, F b) { return __fmul_rn(a.v, b.v); }
ISOTHERM_LANE F operator/(F a, F b) { return __fdiv_rn(a.v, b.v); }
ISOTHERM_LANE F mad(F a, F b, F c) { return __fmaf_rn(a.v, b.v, c.v); }
ISOTHERM_LANE F root(F a) { return __fsqrt_rn(a.v); }
ISOTHERM_LANE F round_down(F a) { return floorf(a.v); }
ISOTHERM_LANE F round_nearest(F a) { return rintf(a.v); }
ISOTHERM_LANE I bits(F a) { return __float_as_int(a.v); }
ISOTHERM_LANE F from_bits(I a) { return __int_as_float(a.v); }
ISOTHERM_LANE F to_real(I a) { return __int2float_rn(a.v); }
ISOTHERM_LANE I to_integer(F a) { return __float2int_rz(a.v); }
#else
ISOTHERM_LANE F operator+(F a, F b) { return a.v + b.v; }
ISOTHERM_LANE F operator-(F a, F b) { return a.v - b.v; }
ISOTHERM_LANE F operator*(F a, F b) { return a.v * b.v; }
ISOTHERM_LANE F operator/(F a, F b) { return a.v / b.v; }
#if ISOTHERM_DOUBLE
ISOTHERM_LANE F mad(F a, F b, F c) { return __builtin_fma(a.v, b.v, c.v); }
ISOTHERM_LANE F root(F a) { return __builtin_sqrt(a.v); }
ISOTHERM_LANE F round_down(F a) { return __builtin_floor(a.v); }
ISOTHERM_LANE F round_nearest(F a) { return __builtin_nearbyint(a.v); }
#else
ISOTHERM_LANE F mad(F a, F b, F c) { return __builtin_fmaf(a.v, b.v, c.v); }
ISOTHERM_LANE F root(F a) { return __builtin_sqrtf(a.v); }
ISOTHERM_LANE F round_down(F a) { return __builtin_floorf(a.v); }
ISOTHERM_LANE F round_nearest(F a) { return __builtin_nearbyintf(a.v); }
#endif
ISOTHERM_LANE I bits(F a) {
  integer i;
  __builtin_memcpy(&i, &a.v, sizeof i);
  return i;
}
ISOTHERM_LANE F from_bits(I a) {
  real r;
  __builtin_memcpy(&r, &a.v, sizeof r);
  return r;
}
ISOTHERM_LANE F to_real(I a) { return static_cast<real>(a.v); }
ISOTHERM_LANE I to_integer(F a) { return static_cast<integer>(a.v); }
#endif

ISOTHERM_LANE F negate(F a) { return -a.v; }
ISOTHERM_LANE F msb(F a, F b, F c) { return mad(a, b, negate(c)); }
ISOTHERM_LANE F nmad(F a, F b, F c) { return mad(negate(a), b, c); }
ISOTHERM_LANE F absolute(F a) { return from_bits(bits(a) & I(integer(~natural(0) >> 1))); }

ISOTHERM_LANE M less(F a, F b) { return M{a.v < b.v}; }
ISOTHERM_LANE M equal(F a, F b) { return M{a.v == b.v}; }
ISOTHERM_LANE M is_nan(F a) { return M{a.v != a.v}; }
ISOTHERM_LANE F select(M m, F a, F b) { return m.v ? a : b; }
ISOTHERM_LANE F select_negative(I s, F a, F b) { return s.v < 0 ? a : b; }

/// root(a) for a = 0, -0 and 2^-100 <= a <= 2^100.
#if defined(__CUDA_ARCH__) && !ISOTHERM_DOUBLE
// The instructions that the compiler makes of root(a) on sm_75 to sm_120, without the branch to where it treats all
// other numbers: one step of Newton's from the hardware's 1 / sqrt(a). Of a correctly rounded 1 / sqrt(a) it makes the
// correctly rounded root of every a; of a neighbour, of all but three in 2^24.
ISOTHERM_LANE F root_in_range(F a) {
  const F least(0x1p-100f);
  const F r = ptx::reciprocal_root(select(less(least, a), a, least).v);
  const F s = a * r;
  return mad(nmad(s, s, a), r * F(0.5f), s);
}
#else
ISOTHERM_LANE F root_in_range(F a) { return root(a); }
#endif
ISOTHERM_LANE I select(M m, I a, I b) { return m.v ? a : b; }
ISOTHERM_LANE bool any(M m) { return m.v; }

template <int n>
ISOTHERM_LANE I shift_left(I a) {
  return I(integer(natural(a.v) << n));
}
ISOTHERM_LANE I shift_left(I a, int n) { return I(integer(natural(a.v) << n)); }
template <int n>
ISOTHERM_LANE I shift_right(I a) {
  return I(a.v >> n);
}
template <int n>
ISOTHERM_LANE I shift_right_logical(I a) {
  return I(integer(natural(a.v) >> n));
}

ISOTHERM_LANE F load(const real* p) { return *p; }
ISOTHERM_LANE void store(real* p, F a) { *p = a.v; }
ISOTHERM_LANE void store_index(int32* p, F a) { *p = static_cast<int32>(a.v); }

// Philox words as 64-bit products: the high half of an operand is ignored.
struct P {
  uint64 v;
};
ISOTHERM_LANE P consecutive(uint32 first) { return P{first}; }
#if defined(__CUDA_ARCH__)
ISOTHERM_LANE P mulu(P a, uint32 m) { return P{ptx::multiply_wide(uint32(a.v), m)}; }
#else
ISOTHERM_LANE P mulu(P a, uint32 m) { return P{uint64(uint32(a.v)) * m}; }
#endif
ISOTHERM_LANE P hi(P a) { return P{a.v >> 32}; }
ISOTHERM_LANE P x2(P a, uint32 k) { return P{uint32(a.v) ^ k}; }
ISOTHERM_LANE P x3(P a, P b, uint32 k) { return P{uint32(a.v) ^ uint32(b.v) ^ k}; }
ISOTHERM_LANE I low_word(P a) { return I(integer(uint32(a.v))); }
ISOTHERM_LANE I high_word(P a) { return I(integer(uint32(a.v >> 32))); }
ISOTHERM_LANE I x3(I a, I b, uint32 k) { return a ^ b ^ I(integer(k)); }
// 64-bit sums, and halves that are exact, zeros above.
ISOTHERM_LANE P add(P a, P b) { return P{a.v + b.v}; }
ISOTHERM_LANE P upper(P a) { return P{a.v >> 32}; }

// Words as numbers: unsigned, modulo 2^32, with zeros above in f64.
ISOTHERM_LANE P from_low_word(I a) { return P{uint32(a.v)}; }
ISOTHERM_LANE P wide(I a) { return P{uint64(natural(a.v))}; }
ISOTHERM_LANE I mul_low(I a, uint32 m) { return I(integer(uint32(a.v) * m)); }
ISOTHERM_LANE I mul_high(I a, uint32 m) { return high_word(mulu(wide(a), m)); }
ISOTHERM_LANE I smaller(I a, I b) { return natural(a.v) < natural(b.v) ? a : b; }
ISOTHERM_LANE M below(I a, I b) { return M{natural(a.v) < natural(b.v)}; }
ISOTHERM_LANE I load_bytes(const unsigned char* p) { return I(integer(*p)); }
ISOTHERM_LANE I load_words(const uint32* p) { return I(integer(*p)); }
ISOTHERM_LANE void store_words(uint32* p, I a) { *p = uint32(a.v); }

/// Numbers of a row of a table in a block, and blocks that load_across takes at a time.
constexpr int block_numbers = 1, most_blocks = 1;
/// out[c] has number offset + c of rows[lane] in each lane, for c < count block_numbers.
template <int count>
ISOTHERM_LANE void load_across(const real* const (&rows)[W], uint64 offset, F* out) {
  static_assert(count == most_blocks);
  out[0] = rows[0][offset];
}

/// table[i] of each lane's word; in f32 it is below 2^31.
ISOTHERM_LANE F gather(const real* table, I i) { return table[natural(i.v)]; }
