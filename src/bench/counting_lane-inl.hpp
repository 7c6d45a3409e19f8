// A lane whose operations do nothing but count themselves, so that the texts of physics say how much arithmetic they
// are. Mirrors isotherm/lane/highway_lane-inl.hpp, one operation there being one instruction, but for what
// InstructionSet describes. Included inside a namespace that has `tally`, a pointer to the Tally in use.

#if ISOTHERM_DOUBLE
using real = double;
using integer = int64;
#else
using real = float;
using integer = int32;
#endif

constexpr int W = 1;

ISOTHERM_LANE void once(Kind kind) { tally->operations[kind] += 1; }
ISOTHERM_LANE void times(int n, Kind kind) { tally->operations[kind] += n; }

/// Constants, and what is loaded, cost nothing.
struct F {
  F() = default;
  ISOTHERM_LANE F(real) {}
};

struct I {
  /// The result of a logic operation of two operands, which a third may join where there are such instructions.
  bool open = false;
  I() = default;
  ISOTHERM_LANE I(integer) {}
  static ISOTHERM_LANE I logic(I a, I b) {
    I result;
    if (tally->instructions.ternary_logic && (a.open || b.open)) return result;
    once(Kind::logic);
    result.open = true;
    return result;
  }
  friend ISOTHERM_LANE I operator+(I, I) { return counted(Kind::integer_add); }
  friend ISOTHERM_LANE I operator-(I, I) { return counted(Kind::integer_add); }
  friend ISOTHERM_LANE I operator&(I a, I b) { return logic(a, b); }
  friend ISOTHERM_LANE I operator|(I a, I b) { return logic(a, b); }
  friend ISOTHERM_LANE I operator^(I a, I b) { return logic(a, b); }
  static ISOTHERM_LANE I counted(Kind kind) {
    once(kind);
    return {};
  }
};

struct M {
  friend ISOTHERM_LANE M operator&(M, M) { return counted(Kind::logic); }
  friend ISOTHERM_LANE M operator|(M, M) { return counted(Kind::logic); }
  friend ISOTHERM_LANE M operator!(M) { return counted(Kind::logic); }
  static ISOTHERM_LANE M counted(Kind kind) {
    once(kind);
    return {};
  }
};

ISOTHERM_LANE F counted(Kind kind) {
  once(kind);
  return {};
}

ISOTHERM_LANE F operator+(F, F) { return counted(Kind::add); }
ISOTHERM_LANE F operator-(F, F) { return counted(Kind::add); }
ISOTHERM_LANE F operator*(F, F) { return counted(Kind::fused); }
ISOTHERM_LANE F operator/(F, F) { return counted(Kind::divide); }
ISOTHERM_LANE F mad(F, F, F) { return counted(Kind::fused); }
ISOTHERM_LANE F msb(F, F, F) { return counted(Kind::fused); }
ISOTHERM_LANE F nmad(F, F, F) { return counted(Kind::fused); }
ISOTHERM_LANE F root(F) { return counted(Kind::root); }
ISOTHERM_LANE F root_in_range(F) { return counted(Kind::root); }
ISOTHERM_LANE F absolute(F) { return counted(Kind::logic); }
ISOTHERM_LANE F negate(F) { return counted(Kind::logic); }
ISOTHERM_LANE F round_down(F) { return counted(Kind::convert); }
ISOTHERM_LANE F round_nearest(F) { return counted(Kind::convert); }

ISOTHERM_LANE M less(F, F) { return M::counted(Kind::select); }
ISOTHERM_LANE M equal(F, F) { return M::counted(Kind::select); }
ISOTHERM_LANE M is_nan(F) { return M::counted(Kind::select); }
ISOTHERM_LANE F select(M, F, F) { return counted(Kind::select); }
ISOTHERM_LANE F select_negative(I, F, F) { return counted(Kind::select); }

ISOTHERM_LANE I bits(F) { return {}; }
ISOTHERM_LANE F from_bits(I) { return {}; }
ISOTHERM_LANE F to_real(I) { return counted(Kind::convert); }
ISOTHERM_LANE I to_integer(F) { return I::counted(Kind::convert); }

template <int>
ISOTHERM_LANE I shift_left(I) {
  return I::counted(Kind::shift);
}
ISOTHERM_LANE I shift_left(I, int) { return I::counted(Kind::shift); }
template <int>
ISOTHERM_LANE I shift_right(I) {
  return I::counted(Kind::shift);
}
template <int>
ISOTHERM_LANE I shift_right_logical(I) {
  return I::counted(Kind::shift);
}

ISOTHERM_LANE F load(const real*) { return {}; }
ISOTHERM_LANE void store(real*, F) {}
ISOTHERM_LANE void store_index(int32*, F) { once(Kind::convert); }

// Philox words of a vector of particles: in float two vectors of 64-bit lanes, for the even and for the odd ones.
struct P {};
constexpr int halves = sizeof(real) == 4 ? 2 : 1;
ISOTHERM_LANE int word_vectors() { return tally->instructions.word_is_a_lane ? 1 : halves; }
ISOTHERM_LANE P consecutive(uint32) { return {}; }
ISOTHERM_LANE P mulu(P, uint32) {
  times(word_vectors(), Kind::integer_multiply);
  return {};
}
ISOTHERM_LANE P hi(P) {
  if (tally->instructions.word_is_a_lane) return {};
  once(Kind::shift);
  if (halves == 2) once(Kind::shuffle);
  return {};
}
ISOTHERM_LANE P x2(P, uint32) {
  times(word_vectors(), Kind::logic);
  return {};
}
ISOTHERM_LANE P x3(P, P, uint32) {
  times(word_vectors() * (tally->instructions.ternary_logic ? 1 : 2), Kind::logic);
  return {};
}
/// In float the even and the odd particles come together: a shuffle that leaves every other lane as it is.
ISOTHERM_LANE I merged(Kind otherwise) {
  if (tally->instructions.word_is_a_lane) return {};
  if (halves == 1) return I::counted(otherwise);
  once(Kind::shuffle);
  if (!tally->instructions.merging) once(Kind::select);
  return {};
}
ISOTHERM_LANE I low_word(P) { return merged(Kind::logic); }
ISOTHERM_LANE I high_word(P) { return merged(Kind::shift); }
ISOTHERM_LANE I x3(I, I, uint32) {
  times(tally->instructions.ternary_logic ? 1 : 2, Kind::logic);
  return {};
}

// Words as numbers. 64-bit sums and halves serve one word of a vector each.
ISOTHERM_LANE P add(P, P) {
  times(word_vectors(), Kind::integer_add);
  return {};
}
ISOTHERM_LANE P upper(P) {
  if (!tally->instructions.word_is_a_lane) times(halves, Kind::shift);
  return {};
}
ISOTHERM_LANE P wide(I) {
  if (!tally->instructions.word_is_a_lane && halves == 2) once(Kind::shift);
  return {};
}
ISOTHERM_LANE I mul_low(I a, uint32 m) {
  if (halves == 2) return I::counted(Kind::integer_multiply);
  return low_word(mulu(wide(a), m));
}
ISOTHERM_LANE I mul_high(I a, uint32 m) { return high_word(mulu(wide(a), m)); }
ISOTHERM_LANE I smaller(I, I) { return I::counted(Kind::select); }
ISOTHERM_LANE M below(I, I) { return M::counted(Kind::select); }
ISOTHERM_LANE I select(M, I, I) { return I::counted(Kind::select); }
ISOTHERM_LANE bool any(M) { return false; }
