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

// Rows of a table across lanes: blocks of 128 bits of each row, up to `most_blocks` at a time, brought together with
// those of other rows, and a transposition within each block.
constexpr int block_numbers = 16 / static_cast<int>(sizeof(real)), most_blocks = HWY_MAX_BYTES >= 64 ? 4 : 2;

#if HWY_MAX_BYTES >= 64
/// Blocks `selected` (two bits each) of a, a, b, b. Highway has no such shuffle.
template <int selected>
ISOTHERM_LANE VectorF blocks_of(VectorF a, VectorF b) {
#if ISOTHERM_DOUBLE
  return VectorF{_mm512_shuffle_f64x2(a.raw, b.raw, selected)};
#else
  return VectorF{_mm512_shuffle_f32x4(a.raw, b.raw, selected)};
#endif
}
#endif

/// From rows[0], rows[block_numbers], rows[2 block_numbers], ...: block k of blocks[q] is that number q of the k-th,
/// counted from `offset`. Up to 64 bytes of a row are read.
template <int count>
ISOTHERM_LANE void load_blocks(const real* const* rows, uint64 offset, VectorF (&blocks)[count]) {
  static_assert(count <= most_blocks);
  const TagF tag;
#if HWY_MAX_BYTES >= 64
  VectorF pairs[2][2];
  if constexpr (count <= 2) {
    const hn::Half<TagF> half;
    const auto at = [&](int k) HWY_ATTR { return hn::LoadU(half, rows[k * block_numbers] + offset); };
    pairs[0][0] = hn::Combine(tag, at(1), at(0));
    pairs[0][1] = hn::Combine(tag, at(3), at(2));
  } else {
    const auto at = [&](int k) HWY_ATTR { return hn::LoadU(tag, rows[k * block_numbers] + offset); };
    const VectorF row[4] = {at(0), at(1), at(2), at(3)};
    ISOTHERM_UNROLL
    for (int k = 0; k < 2; ++k) {
      pairs[0][k] = blocks_of<0x44>(row[2 * k], row[2 * k + 1]);
      pairs[1][k] = blocks_of<0xee>(row[2 * k], row[2 * k + 1]);
    }
  }
  ISOTHERM_UNROLL
  for (int q = 0; q < count; ++q)
    blocks[q] = q % 2 == 0 ? blocks_of<0x88>(pairs[q / 2][0], pairs[q / 2][1])
                           : blocks_of<0xdd>(pairs[q / 2][0], pairs[q / 2][1]);
#elif HWY_MAX_BYTES >= 32
  ISOTHERM_UNROLL
  for (int q = 0; q < count; q += 2) {
    const VectorF first = hn::LoadU(tag, rows[0] + offset + q * block_numbers),
                  second = hn::LoadU(tag, rows[block_numbers] + offset + q * block_numbers);
    blocks[q] = hn::ConcatLowerLower(tag, second, first);
    if (q + 1 < count) blocks[q + 1] = hn::ConcatUpperUpper(tag, second, first);
  }
#else
  ISOTHERM_UNROLL
  for (int q = 0; q < count; ++q) blocks[q] = hn::LoadU(tag, rows[0] + offset + q * block_numbers);
#endif
}

/// out[c] has number offset + c of rows[lane] in each lane, for c < count block_numbers.
template <int count>
ISOTHERM_LANE void load_across(const real* const (&rows)[W], uint64 offset, F* out) {
  const TagF tag;
  VectorF blocks[block_numbers][count];
  ISOTHERM_UNROLL
  for (int j = 0; j < block_numbers; ++j) load_blocks(rows + j, offset, blocks[j]);
  ISOTHERM_UNROLL
  for (int q = 0; q < count; ++q) {
    F* columns = out + q * block_numbers;
#if ISOTHERM_DOUBLE
    columns[0] = F(hn::InterleaveLower(tag, blocks[0][q], blocks[1][q]));
    columns[1] = F(hn::InterleaveUpper(tag, blocks[0][q], blocks[1][q]));
#else
    const hn::RepartitionToWide<TagF> pairs;
    const auto lower01 = hn::BitCast(pairs, hn::InterleaveLower(tag, blocks[0][q], blocks[1][q])),
               lower23 = hn::BitCast(pairs, hn::InterleaveLower(tag, blocks[2][q], blocks[3][q])),
               upper01 = hn::BitCast(pairs, hn::InterleaveUpper(tag, blocks[0][q], blocks[1][q])),
               upper23 = hn::BitCast(pairs, hn::InterleaveUpper(tag, blocks[2][q], blocks[3][q]));
    columns[0] = F(hn::BitCast(tag, hn::InterleaveLower(pairs, lower01, lower23)));
    columns[1] = F(hn::BitCast(tag, hn::InterleaveUpper(pairs, lower01, lower23)));
    columns[2] = F(hn::BitCast(tag, hn::InterleaveLower(pairs, upper01, upper23)));
    columns[3] = F(hn::BitCast(tag, hn::InterleaveUpper(pairs, upper01, upper23)));
#endif
  }
}

/// table[i] of each lane's word; in f32 it is below 2^31.
ISOTHERM_LANE F gather(const real* table, I i) { return F(hn::GatherIndex(TagF(), table, i.v)); }
