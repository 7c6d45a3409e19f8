// The Highway lane: W particles. ISOTHERM_DOUBLE (0, 1) chooses the precision. Values are wrapped, so that operators
// mean one instruction each and no text names Highway.

namespace hn = hwy::HWY_NAMESPACE;

#if ISOTHERM_DOUBLE
using real = double;
using integer = int64;
#else
using real = float;
using integer = int32;
#endif

using TagF = hn::ScalableTag<real>;
using TagI = hn::RebindToSigned<TagF>;
using VectorF = hn::Vec<TagF>;
using VectorI = hn::Vec<TagI>;
using VectorM = hn::Mask<TagF>;

constexpr int W = static_cast<int>(HWY_LANES(real));

struct F {
  VectorF v;
  F() = default;
  ISOTHERM_LANE F(VectorF a) : v(a) {}
  ISOTHERM_LANE F(real a) : v(hn::Set(TagF(), a)) {}
  friend ISOTHERM_LANE F operator+(F a, F b) { return F(hn::Add(a.v, b.v)); }
  friend ISOTHERM_LANE F operator-(F a, F b) { return F(hn::Sub(a.v, b.v)); }
  friend ISOTHERM_LANE F operator*(F a, F b) { return F(hn::Mul(a.v, b.v)); }
  friend ISOTHERM_LANE F operator/(F a, F b) { return F(hn::Div(a.v, b.v)); }
};

struct I {
  VectorI v;
  I() = default;
  ISOTHERM_LANE I(VectorI a) : v(a) {}
  ISOTHERM_LANE I(integer a) : v(hn::Set(TagI(), static_cast<hn::TFromD<TagI>>(a))) {}
  friend ISOTHERM_LANE I operator+(I a, I b) { return I(hn::Add(a.v, b.v)); }
  friend ISOTHERM_LANE I operator-(I a, I b) { return I(hn::Sub(a.v, b.v)); }
  friend ISOTHERM_LANE I operator&(I a, I b) { return I(hn::And(a.v, b.v)); }
  friend ISOTHERM_LANE I operator|(I a, I b) { return I(hn::Or(a.v, b.v)); }
  friend ISOTHERM_LANE I operator^(I a, I b) { return I(hn::Xor(a.v, b.v)); }
};

struct M {
  VectorM v;
  friend ISOTHERM_LANE M operator&(M a, M b) { return M{hn::And(a.v, b.v)}; }
  friend ISOTHERM_LANE M operator|(M a, M b) { return M{hn::Or(a.v, b.v)}; }
  friend ISOTHERM_LANE M operator!(M a) { return M{hn::Not(a.v)}; }
};

ISOTHERM_LANE F mad(F a, F b, F c) { return F(hn::MulAdd(a.v, b.v, c.v)); }
ISOTHERM_LANE F msb(F a, F b, F c) { return F(hn::MulSub(a.v, b.v, c.v)); }
ISOTHERM_LANE F nmad(F a, F b, F c) { return F(hn::NegMulAdd(a.v, b.v, c.v)); }
ISOTHERM_LANE F root(F a) { return F(hn::Sqrt(a.v)); }
ISOTHERM_LANE F root_in_range(F a) { return root(a); }
ISOTHERM_LANE F absolute(F a) { return F(hn::Abs(a.v)); }
ISOTHERM_LANE F negate(F a) { return F(hn::Neg(a.v)); }
ISOTHERM_LANE F round_down(F a) { return F(hn::Floor(a.v)); }
ISOTHERM_LANE F round_nearest(F a) { return F(hn::Round(a.v)); }

ISOTHERM_LANE M less(F a, F b) { return M{hn::Lt(a.v, b.v)}; }
ISOTHERM_LANE M equal(F a, F b) { return M{hn::Eq(a.v, b.v)}; }
ISOTHERM_LANE M is_nan(F a) { return M{hn::IsNaN(a.v)}; }
ISOTHERM_LANE F select(M m, F a, F b) { return F(hn::IfThenElse(m.v, a.v, b.v)); }
ISOTHERM_LANE F select_negative(I s, F a, F b) { return F(hn::IfNegativeThenElse(hn::BitCast(TagF(), s.v), a.v, b.v)); }

ISOTHERM_LANE I select(M m, I a, I b) { return I(hn::IfThenElse(hn::RebindMask(TagI(), m.v), a.v, b.v)); }
ISOTHERM_LANE bool any(M m) { return !hn::AllFalse(TagF(), m.v); }

ISOTHERM_LANE I bits(F a) { return I(hn::BitCast(TagI(), a.v)); }
ISOTHERM_LANE F from_bits(I a) { return F(hn::BitCast(TagF(), a.v)); }
ISOTHERM_LANE F to_real(I a) { return F(hn::ConvertTo(TagF(), a.v)); }
ISOTHERM_LANE I to_integer(F a) { return I(hn::ConvertTo(TagI(), a.v)); }

template <int n>
ISOTHERM_LANE I shift_left(I a) {
  return I(hn::ShiftLeft<n>(a.v));
}
ISOTHERM_LANE I shift_left(I a, int n) { return I(hn::ShiftLeftSame(a.v, n)); }
template <int n>
ISOTHERM_LANE I shift_right(I a) {
  return I(hn::ShiftRight<n>(a.v));
}
template <int n>
ISOTHERM_LANE I shift_right_logical(I a) {
  return I(hn::BitCast(TagI(), hn::ShiftRight<n>(hn::BitCast(hn::RebindToUnsigned<TagI>(), a.v))));
}

ISOTHERM_LANE F load(const real* p) { return F(hn::LoadU(TagF(), p)); }
ISOTHERM_LANE void store(real* p, F a) { hn::StoreU(a.v, TagF(), p); }

#if ISOTHERM_DOUBLE

ISOTHERM_LANE void store_index(int32* p, F a) {
  const hn::Rebind<int32_t, TagF> narrow;
  hn::StoreU(hn::DemoteTo(narrow, a.v), narrow, p);
}

// Philox words, one in each 64-bit lane; the high half of an operand is ignored.
using TagL = hn::RebindToUnsigned<TagF>;
using TagU = hn::Repartition<uint32_t, TagL>;
using VectorL = hn::Vec<TagL>;

struct P {
  VectorL v;
};
ISOTHERM_LANE VectorL broadcast(uint32 k) { return hn::Set(TagL(), uint64_t{k}); }
ISOTHERM_LANE P consecutive(uint32 first) { return P{hn::Iota(TagL(), uint64_t{first})}; }
ISOTHERM_LANE P mulu(P a, uint32 m) { return P{hn::MulEven(hn::BitCast(TagU(), a.v), hn::Set(TagU(), m))}; }
ISOTHERM_LANE P hi(P a) { return P{hn::ShiftRight<32>(a.v)}; }
ISOTHERM_LANE P x2(P a, uint32 k) { return P{hn::Xor(a.v, broadcast(k))}; }
ISOTHERM_LANE P x3(P a, P b, uint32 k) { return P{hn::Xor3(a.v, b.v, broadcast(k))}; }
ISOTHERM_LANE I low_word(P a) { return I(hn::BitCast(TagI(), hn::And(a.v, broadcast(0xffffffffu)))); }
ISOTHERM_LANE I high_word(P a) { return I(hn::BitCast(TagI(), hn::ShiftRight<32>(a.v))); }
ISOTHERM_LANE I x3(I a, I b, uint32 k) { return I(hn::Xor3(a.v, b.v, hn::Set(TagI(), int64_t{k}))); }
ISOTHERM_LANE P add(P a, P b) { return P{hn::Add(a.v, b.v)}; }
ISOTHERM_LANE P upper(P a) { return hi(a); }
ISOTHERM_LANE P from_low_word(I a) { return P{hn::BitCast(TagL(), a.v)}; }
ISOTHERM_LANE P wide(I a) { return P{hn::BitCast(TagL(), a.v)}; }
ISOTHERM_LANE I mul_low(I a, uint32 m) { return low_word(mulu(wide(a), m)); }

#else

ISOTHERM_LANE void store_index(int32* p, F a) { hn::StoreU(to_integer(a).v, TagI(), p); }

// Philox words of the even and of the odd particles, one in each 64-bit lane: a widening multiply then needs no
// repacking, and the two are merged only after the last round. The high half of an operand is ignored.
using TagU = hn::RebindToUnsigned<TagF>;
using TagL = hn::RepartitionToWide<TagU>;
using VectorU = hn::Vec<TagU>;

struct P {
  VectorU even, odd;
};
ISOTHERM_LANE VectorU broadcast(uint32 k) { return hn::Set(TagU(), k); }
ISOTHERM_LANE VectorU high_half(VectorU a) { return hn::BitCast(TagU(), hn::ShiftRight<32>(hn::BitCast(TagL(), a))); }
ISOTHERM_LANE VectorU widening_multiply(VectorU a, VectorU b) { return hn::BitCast(TagU(), hn::MulEven(a, b)); }
ISOTHERM_LANE P consecutive(uint32 first) {
  const VectorU index = hn::Iota(TagU(), first);
  return P{index, high_half(index)};
}
ISOTHERM_LANE P mulu(P a, uint32 m) {
  return P{widening_multiply(a.even, broadcast(m)), widening_multiply(a.odd, broadcast(m))};
}
// A shift for one and a shuffle for the other: they issue on different ports.
ISOTHERM_LANE P hi(P a) { return P{high_half(a.even), hn::DupOdd(a.odd)}; }
ISOTHERM_LANE P x2(P a, uint32 k) { return P{hn::Xor(a.even, broadcast(k)), hn::Xor(a.odd, broadcast(k))}; }
ISOTHERM_LANE P x3(P a, P b, uint32 k) {
  return P{hn::Xor3(a.even, b.even, broadcast(k)), hn::Xor3(a.odd, b.odd, broadcast(k))};
}
ISOTHERM_LANE I low_word(P a) { return I(hn::BitCast(TagI(), hn::OddEven(hn::DupEven(a.odd), a.even))); }
ISOTHERM_LANE I high_word(P a) { return I(hn::BitCast(TagI(), hn::OddEven(a.odd, hn::DupOdd(a.even)))); }
ISOTHERM_LANE I x3(I a, I b, uint32 k) { return I(hn::Xor3(a.v, b.v, hn::Set(TagI(), static_cast<int32_t>(k)))); }
ISOTHERM_LANE VectorU widening_add(VectorU a, VectorU b) {
  return hn::BitCast(TagU(), hn::Add(hn::BitCast(TagL(), a), hn::BitCast(TagL(), b)));
}
ISOTHERM_LANE P add(P a, P b) { return P{widening_add(a.even, b.even), widening_add(a.odd, b.odd)}; }
ISOTHERM_LANE P upper(P a) { return P{high_half(a.even), high_half(a.odd)}; }
/// The words as operands, with anything in the upper halves.
ISOTHERM_LANE P from_low_word(I a) {
  const VectorU words = hn::BitCast(TagU(), a.v);
  return P{words, hn::DupOdd(words)};
}
ISOTHERM_LANE P wide(I a) {
  const VectorU words = hn::BitCast(TagU(), a.v);
  return P{words, high_half(words)};
}
ISOTHERM_LANE I mul_low(I a, uint32 m) { return I(hn::Mul(a.v, hn::Set(TagI(), static_cast<int32_t>(m)))); }

#endif

// Words as numbers: unsigned, modulo 2^32, with zeros above in f64.
using TagN = hn::RebindToUnsigned<TagF>;
ISOTHERM_LANE I mul_high(I a, uint32 m) { return high_word(mulu(wide(a), m)); }
ISOTHERM_LANE I smaller(I a, I b) {
  return I(hn::BitCast(TagI(), hn::Min(hn::BitCast(TagN(), a.v), hn::BitCast(TagN(), b.v))));
}
ISOTHERM_LANE M below(I a, I b) {
  return M{hn::RebindMask(TagF(), hn::Lt(hn::BitCast(TagN(), a.v), hn::BitCast(TagN(), b.v)))};
}
#if ISOTHERM_DOUBLE
ISOTHERM_LANE I load_bytes(const unsigned char* p) {
  const hn::Rebind<uint32_t, TagN> words;
  const auto bytes = hn::LoadU(hn::Rebind<uint8_t, TagN>(), p);
  return I(hn::BitCast(TagI(), hn::PromoteTo(TagN(), hn::PromoteTo(words, bytes))));
}
ISOTHERM_LANE I load_words(const uint32* p) {
  return I(hn::BitCast(TagI(), hn::PromoteTo(TagN(), hn::LoadU(hn::Rebind<uint32_t, TagN>(), p))));
}
ISOTHERM_LANE void store_words(uint32* p, I a) {
  const hn::Rebind<uint32_t, TagN> narrow;
  hn::StoreU(hn::TruncateTo(narrow, hn::BitCast(TagN(), a.v)), narrow, p);
}
#else
ISOTHERM_LANE I load_bytes(const unsigned char* p) {
  return I(hn::PromoteTo(TagI(), hn::LoadU(hn::Rebind<uint8_t, TagI>(), p)));
}
ISOTHERM_LANE I load_words(const uint32* p) { return I(hn::BitCast(TagI(), hn::LoadU(TagN(), p))); }
ISOTHERM_LANE void store_words(uint32* p, I a) { hn::StoreU(hn::BitCast(TagN(), a.v), TagN(), p); }
#endif

// Rows of a table across lanes: 32 bytes of each row, brought together with those of the other rows in blocks of 128
// bits, and a transposition within each block.
constexpr int rows_per_piece = 16 / static_cast<int>(sizeof(real)), piece = 2 * rows_per_piece;

/// From rows[0], rows[rows_per_piece], rows[2 rows_per_piece], ...: block k of `lower` has the first 16 bytes of the
/// k-th, that of `upper` the next 16.
ISOTHERM_LANE void load_blocks(const real* const* rows, uint64 offset, VectorF& lower, VectorF& upper) {
  const TagF tag;
#if HWY_MAX_BYTES >= 64
  const hn::Half<TagF> half;
  const VectorF even = hn::Combine(tag, hn::LoadU(half, rows[2 * rows_per_piece] + offset),
                                   hn::LoadU(half, rows[0] + offset)),
                odd = hn::Combine(tag, hn::LoadU(half, rows[3 * rows_per_piece] + offset),
                                  hn::LoadU(half, rows[rows_per_piece] + offset));
  lower = hn::OddEvenBlocks(hn::SwapAdjacentBlocks(odd), even);
  upper = hn::OddEvenBlocks(odd, hn::SwapAdjacentBlocks(even));
#elif HWY_MAX_BYTES >= 32
  const VectorF first = hn::LoadU(tag, rows[0] + offset), second = hn::LoadU(tag, rows[rows_per_piece] + offset);
  lower = hn::ConcatLowerLower(tag, second, first);
  upper = hn::ConcatUpperUpper(tag, second, first);
#else
  lower = hn::LoadU(tag, rows[0] + offset);
  upper = hn::LoadU(tag, rows[0] + offset + rows_per_piece);
#endif
}

/// out[c] has number offset + c of rows[lane] in each lane, c < piece.
ISOTHERM_LANE void load_across(const real* const (&rows)[W], uint64 offset, F* out) {
  const TagF tag;
  VectorF blocks[2][rows_per_piece];
  ISOTHERM_UNROLL
  for (int j = 0; j < rows_per_piece; ++j) load_blocks(rows + j, offset, blocks[0][j], blocks[1][j]);
  ISOTHERM_UNROLL
  for (int half = 0; half < 2; ++half) {
    const VectorF(&r)[rows_per_piece] = blocks[half];
    F* columns = out + half * rows_per_piece;
#if ISOTHERM_DOUBLE
    columns[0] = F(hn::InterleaveLower(tag, r[0], r[1]));
    columns[1] = F(hn::InterleaveUpper(tag, r[0], r[1]));
#else
    const hn::RepartitionToWide<TagF> pairs;
    const auto lower01 = hn::BitCast(pairs, hn::InterleaveLower(tag, r[0], r[1])),
               lower23 = hn::BitCast(pairs, hn::InterleaveLower(tag, r[2], r[3])),
               upper01 = hn::BitCast(pairs, hn::InterleaveUpper(tag, r[0], r[1])),
               upper23 = hn::BitCast(pairs, hn::InterleaveUpper(tag, r[2], r[3]));
    columns[0] = F(hn::BitCast(tag, hn::InterleaveLower(pairs, lower01, lower23)));
    columns[1] = F(hn::BitCast(tag, hn::InterleaveUpper(pairs, lower01, lower23)));
    columns[2] = F(hn::BitCast(tag, hn::InterleaveLower(pairs, upper01, upper23)));
    columns[3] = F(hn::BitCast(tag, hn::InterleaveUpper(pairs, upper01, upper23)));
#endif
  }
}

/// table[i] of each lane's word; in f32 it is below 2^31.
ISOTHERM_LANE F gather(const real* table, I i) { return F(hn::GatherIndex(TagF(), table, i.v)); }
