// The stages of the CPU engine over a lane. No include guard: included inside the namespace of each lane (target and
// precision), after the lane's texts. Rows are walked several vectors at a time so that latencies overlap.

// A function without a name has neither the target nor the inlining of the one around it.
#undef ISOTHERM_INLINE_LAMBDA
#define ISOTHERM_INLINE_LAMBDA HWY_ATTR __attribute__((always_inline))

constexpr std::size_t row_unroll = W == 1 ? 1 : 32 / W;

#include "loss/apply-inl.hpp"

template <loss::OpCode code, unsigned constant_mask>
void row(const cpu::RowCall<real>& call, real* rows, const real* constants, std::size_t n) {
  constexpr int count = loss::arity(code);
  const real* source[4] = {};
  F value[4] = {F(real(0)), F(real(0)), F(real(0)), F(real(0))};
  for (int k = 0; k < count; ++k) {
    if (constant_mask >> k & 1)
      value[k] = F(constants[call.operands[k]]);
    else
      source[k] = rows + call.operands[k] * n;
  }
  real* destination = rows + call.destination * n;
  for (std::size_t i = 0; i < n; i += row_unroll * W) {
    F result[row_unroll];
#pragma GCC unroll 8
    for (std::size_t u = 0; u < row_unroll; ++u) {
      F operand[4] = {value[0], value[1], value[2], value[3]};
#pragma GCC unroll 4
      for (int k = 0; k < count; ++k)
        if (!(constant_mask >> k & 1)) operand[k] = load(source[k] + i + u * W);
      result[u] = apply<code>(operand);
    }
#pragma GCC unroll 8
    for (std::size_t u = 0; u < row_unroll; ++u) store(destination + i + u * W, result[u]);
  }
}

template <cpu::Sign sign>
HWY_INLINE F multiply_add(F a, F b, F c) {
  if constexpr (sign == cpu::Sign::plus) return mad(a, b, c);
  if constexpr (sign == cpu::Sign::minus) return msb(a, b, c);
  if constexpr (sign == cpu::Sign::negative) return nmad(a, b, c);
}

inline F constant(const real* constants, std::uint32_t number) {
  if (number == cpu::constant_one) return F(real(1));
  if (number == cpu::constant_minus_zero) return F(real(-0.0));
  return F(constants[number]);
}

template <bool one_row, int first, int second>
void pair(const cpu::RowCall<real>& call, real* rows, const real* constants, std::size_t n) {
  constexpr bool is_addend = second >= cpu::PairForm::firsts;
  constexpr int form = is_addend ? second - cpu::PairForm::firsts : second;
  constexpr cpu::Sign first_sign{static_cast<std::uint8_t>(first / 4)};
  constexpr cpu::Sign second_sign{static_cast<std::uint8_t>(form / (is_addend ? 2 : 4))};
  constexpr bool fixed[5] = {false, (first & 2) != 0, (first & 1) != 0, !is_addend && (form & 2) != 0, (form & 1) != 0};
  const real* source[5];
  F value[5];
#pragma GCC unroll 5
  for (int k = 0; k < 5; ++k) {
    source[k] = rows;
    if (fixed[k])
      value[k] = constant(constants, call.operands[k]);
    else
      source[k] = rows + call.operands[one_row ? 0 : k] * n;
  }
  real* destination = rows + call.destination * n;
  for (std::size_t i = 0; i < n; i += row_unroll * W) {
    F result[row_unroll];
#pragma GCC unroll 8
    for (std::size_t u = 0; u < row_unroll; ++u) {
      F operand[5];
      const F x = load(source[0] + i + u * W);
#pragma GCC unroll 5
      for (int k = 0; k < 5; ++k)
        operand[k] = fixed[k] ? value[k] : one_row || k == 0 ? x : load(source[k] + i + u * W);
      const F y = multiply_add<first_sign>(operand[0], operand[1], operand[2]);
      result[u] = is_addend ? multiply_add<second_sign>(operand[3], operand[4], y)
                            : multiply_add<second_sign>(y, operand[3], operand[4]);
    }
#pragma GCC unroll 8
    for (std::size_t u = 0; u < row_unroll; ++u) store(destination + i + u * W, result[u]);
  }
}

inline void copy_row(const cpu::RowCall<real>& call, real* rows, const real*, std::size_t n) {
  const real* source = rows + call.operands[0] * n;
  real* destination = rows + call.destination * n;
  for (std::size_t i = 0; i < n; i += W) store(destination + i, load(source + i));
}

inline void copy_constant(const cpu::RowCall<real>& call, real* rows, const real* constants, std::size_t n) {
  const F value(constants[call.operands[0]]);
  real* destination = rows + call.destination * n;
  for (std::size_t i = 0; i < n; i += W) store(destination + i, value);
}

#include "engine/cpu/lockstep-inl.hpp"

// A Hoist without its upper halves, which nobody reads: rows need the room in the first-level cache. Aligned by hand:
// vectors wider than the default alignment live in it.
struct alignas(64) HoistSlot {
  I c0, c2, c3;
};

inline void hoist_particles(void* buffer, std::uint64_t subsequence, std::uint32_t block_high, std::uint64_t seed,
                            std::size_t n) {
  const Keys key = make_keys(seed);
  HoistSlot* slots = static_cast<HoistSlot*>(buffer);
  for (std::size_t i = 0; i < n; i += W) {
    const Hoist h = hoist(subsequence + i, block_high, key);
    slots[i / W] = {low_word(h.c0), low_word(h.c2), low_word(h.c3)};
  }
}

// The four words of each particle rest in the rows of its numbers: one word a row in float, two words a row in double,
// the first in the lower half.
HWY_INLINE void store_words(const I (&words)[4], real* row, std::size_t n) {
#pragma GCC unroll 4
  for (int q = 0; q < numbers_per_block; ++q) {
    if constexpr (numbers_per_block == 4)
      store_bits(row + q * n, words[q]);
    else
      store_bits(row + q * n, words[2 * q] | shift_left<sizeof(real) * 4>(words[2 * q + 1]));
  }
}

HWY_INLINE void load_words(const real* row, std::size_t n, I (&words)[4]) {
#pragma GCC unroll 4
  for (int q = 0; q < numbers_per_block; ++q) {
    const I bits_of_row = load_bits(row + q * n);
    if constexpr (numbers_per_block == 4) {
      words[q] = bits_of_row;
    } else {
      words[2 * q] = bits_of_row & I(0xffffffff);
      words[2 * q + 1] = shift_right_logical<sizeof(real) * 4>(bits_of_row);
    }
  }
}

/// Vectors whose Philox rounds go in lock-step: their words (in float, of even and odd particles apart) take three
/// quarters of the registers, and products the rest. A target with 256 bits has 16 registers, the others have 32.
constexpr int registers = W * sizeof(real) == 32 ? 16 : 32;
constexpr int philox_vectors = W == 1 ? 1 : registers * 3 / 4 / (numbers_per_block == 4 ? 8 : 4);

template <int count>
HWY_INLINE void philox_lockstep(const HoistSlot* slots, const SharedWords& shared, const Keys& key,
                                Lockstep<I, count> (&words)[4]) {
  Lockstep<P, count> c0, c2, c3;
  ISOTHERM_UNROLL
  for (int u = 0; u < count; ++u) {
    c0.v[u] = from_low_word(slots[u].c0);
    c2.v[u] = from_low_word(slots[u].c2);
    c3.v[u] = from_low_word(slots[u].c3);
  }
  philox(c0, c2, c3, shared, key, words);
}

/// Calls at(std::integral_constant<int, count>, i, shared, key) for vectors i / W ... i / W + count - 1 of n particles,
/// for one block.
template <class At>
HWY_INLINE void in_lockstep(const Keys& key, std::uint64_t block, std::uint64_t subsequence, std::size_t n,
                            const At& at) {
  for (std::size_t i = 0; i < n;) {
    // What particles share holds up to the next multiple of 2^32.
    const std::uint64_t left = (std::uint64_t{1} << 32) - static_cast<std::uint32_t>(subsequence + i);
    const std::size_t end = i + static_cast<std::size_t>(std::min<std::uint64_t>(n - i, left));
    const SharedWords shared = share(block, subsequence + i, key);
    for (; i + philox_vectors * W <= end; i += philox_vectors * W)
      at(std::integral_constant<int, philox_vectors>(), i, shared, key);
    for (; i < end; i += W) at(std::integral_constant<int, 1>(), i, shared, key);
  }
}

template <int count>
HWY_INLINE void philox_words(const HoistSlot* slots, const SharedWords& shared, const Keys& key, real* row,
                             std::size_t n) {
  Lockstep<I, count> words[4];
  philox_lockstep(slots, shared, key, words);
  ISOTHERM_UNROLL
  for (int u = 0; u < count; ++u) {
    const I one[4] = {words[0].v[u], words[1].v[u], words[2].v[u], words[3].v[u]};
    store_words(one, row + u * W, n);
  }
}

/// The words of one block for n particles.
inline void philox_rows(const HoistSlot* slots, std::uint64_t block, std::uint64_t subsequence, const Keys& key,
                        real* row, std::size_t n) {
  in_lockstep(
      key, block, subsequence, n,
      [&]<int count>(std::integral_constant<int, count>, std::size_t i, const SharedWords& shared, const Keys& key)
          ISOTHERM_INLINE_LAMBDA { philox_words<count>(slots + i / W, shared, key, row + i, n); });
}

/// Makes words into normal numbers, in place; `count` vectors in lock-step.
template <int count, int per_block = numbers_per_block>
HWY_INLINE void normal_numbers(real* row, std::size_t n) {
  if constexpr (per_block == 4) {
#pragma GCC unroll 1
    for (int pair = 0; pair < 2; ++pair) {
      real* first = row + 2 * pair * n;
      Lockstep<I, count> a, b;
      ISOTHERM_UNROLL
      for (int u = 0; u < count; ++u) a.v[u] = load_bits(first + u * W);
      ISOTHERM_UNROLL
      for (int u = 0; u < count; ++u) b.v[u] = load_bits(first + n + u * W);
      Lockstep<F, count> x, y;
      box_muller(a, b, x, y);
      ISOTHERM_UNROLL
      for (int u = 0; u < count; ++u) store(first + u * W, x.v[u]);
      ISOTHERM_UNROLL
      for (int u = 0; u < count; ++u) store(first + n + u * W, y.v[u]);
    }
  } else {
    Lockstep<I, count> words[4];
    ISOTHERM_UNROLL
    for (int u = 0; u < count; ++u) {
      I one[4];
      load_words(row + u * W, n, one);
      for (int q = 0; q < 4; ++q) words[q].v[u] = one[q];
    }
    Lockstep<F, count> x, y;
    box_muller(words, x, y);
    ISOTHERM_UNROLL
    for (int u = 0; u < count; ++u) store(row + u * W, x.v[u]);
    ISOTHERM_UNROLL
    for (int u = 0; u < count; ++u) store(row + n + u * W, y.v[u]);
  }
}

/// Vectors whose polynomials go in lock-step.
constexpr int normal_vectors = W == 1 ? 1 : registers / 8;

inline void normal_rows(real* row, std::size_t n) {
  std::size_t i = 0;
  for (; i + normal_vectors * W <= n; i += normal_vectors * W) normal_numbers<normal_vectors>(row + i, n);
  for (; i < n; i += W) normal_numbers<1>(row + i, n);
}

inline void uniform_rows(real* row, std::size_t n) {
  for (std::size_t i = 0; i < n; i += W) {
    I words[4];
    F out[numbers_per_block];
    load_words(row + i, n, words);
    uniforms(words, out);
#pragma GCC unroll 4
    for (int q = 0; q < numbers_per_block; ++q) store(row + q * n + i, out[q]);
  }
}

inline void numbers(DrawLayout::Law law, const void* hoists, std::uint64_t seed, std::uint64_t subsequence,
                    std::uint64_t first_block, std::size_t blocks, real* rows, std::size_t n) {
  const Keys key = make_keys(seed);
  const HoistSlot* slots = static_cast<const HoistSlot*>(hoists);
  // Two phases: the integer rounds fill the registers, and so do the polynomials; together they would spill.
  for (std::size_t b = 0; b < blocks; ++b) {
    real* row = rows + b * numbers_per_block * n;
    philox_rows(slots, first_block + b, subsequence, key, row, n);
    if (law == DrawLayout::Law::sign) continue;
    if (law == DrawLayout::Law::uniform)
      uniform_rows(row, n);
    else
      normal_rows(row, n);
  }
}

inline void signs(const real* bits, int bit, real* row, std::size_t n) {
  for (std::size_t i = 0; i < n; i += row_unroll * W) {
#pragma GCC unroll 8
    for (std::size_t u = 0; u < row_unroll; ++u) store(row + i + u * W, sign_number(load_bits(bits + i + u * W), bit));
  }
}

HWY_INLINE Hoist hoist_in(const HoistSlot& slot) {
  return {from_low_word(slot.c0), from_low_word(slot.c2), from_low_word(slot.c3)};
}

HWY_INLINE void store_rows(std::int32_t* rows, I value) { store_words(reinterpret_cast<uint32*>(rows), value); }

template <int count, int per_block>
HWY_INLINE void drawn_rows_at(const HoistSlot* slots, const SharedWords& shared, const Keys& key, uint32 table_rows,
                              std::int32_t* rows, std::size_t n) {
  Lockstep<I, count> words[4];
  philox_lockstep(slots, shared, key, words);
  ISOTHERM_UNROLL
  for (int u = 0; u < count; ++u) {
    const I one[4] = {words[0].v[u], words[1].v[u], words[2].v[u], words[3].v[u]};
    I drawn[per_block];
    example_rows(one, table_rows, drawn);
    ISOTHERM_UNROLL
    for (int k = 0; k < per_block; ++k) store_rows(rows + static_cast<std::size_t>(k) * n + u * W, drawn[k]);
  }
}

inline void drawn_rows(const void* hoists, std::uint64_t seed, std::uint64_t subsequence, std::uint64_t block,
                       std::uint32_t table_rows, std::int32_t* rows, std::size_t n) {
  const HoistSlot* slots = static_cast<const HoistSlot*>(hoists);
  const auto draw = [&]<int per_block>(std::integral_constant<int, per_block>) ISOTHERM_INLINE_LAMBDA {
    in_lockstep(make_keys(seed), block, subsequence, n,
                [&]<int count>(std::integral_constant<int, count>, std::size_t i, const SharedWords& shared,
                               const Keys& key) ISOTHERM_INLINE_LAMBDA {
                  drawn_rows_at<count, per_block>(slots + i / W, shared, key, table_rows, rows + i, n);
                });
  };
  if (random::rows_per_block(table_rows) == 4)
    draw(std::integral_constant<int, 4>());
  else
    draw(std::integral_constant<int, 2>());
}

/// Where the rows of W particles begin.
HWY_INLINE void rows_of_table(const real* table, std::size_t stride, const std::int32_t* row_of,
                              const real* (&row)[W]) {
  ISOTHERM_UNROLL
  for (int lane = 0; lane < W; ++lane) row[lane] = table + static_cast<std::uint32_t>(row_of[lane]) * stride;
}

/// Numbers [c, c + left) of a row of the table for each of W particles, to rows of their own from `to` on; left <=
/// count block_numbers.
template <int count>
HWY_INLINE void columns_at(const real* const (&row)[W], std::size_t c, std::size_t left, real* to, std::size_t n) {
  F out[count * block_numbers];
  load_across<count>(row, c, out);
  constexpr std::size_t surely = (count - 1) * block_numbers + 1;
  ISOTHERM_UNROLL
  for (std::size_t k = 0; k < surely; ++k) store(to + k * n, out[k]);
  ISOTHERM_UNROLL
  for (std::size_t k = surely; k < count * block_numbers; ++k)
    if (k < left) store(to + k * n, out[k]);
}

/// Number c of each particle's row of the table to row c.
inline void columns(const real* table, std::size_t stride, std::size_t count, const std::int32_t* row_of, real* rows,
                    std::size_t n) {
  if (count == 0) return;
  constexpr std::size_t step = most_blocks * block_numbers;
  const std::size_t last = (count - 1) / step * step, last_blocks = (count - last + block_numbers - 1) / block_numbers;
  for (std::size_t i = 0; i < n; i += W) {
    const real* row[W];
    rows_of_table(table, stride, row_of + i, row);
    for (std::size_t c = 0; c < last; c += step) columns_at<most_blocks>(row, c, step, rows + c * n + i, n);
    real* to = rows + last * n + i;
    [&]<int... fewer>(std::integer_sequence<int, fewer...>) ISOTHERM_INLINE_LAMBDA {
      ((last_blocks == fewer + 1 ? columns_at<fewer + 1>(row, last, count - last, to, n) : void()), ...);
    }
    (std::make_integer_sequence<int, most_blocks>());
  }
}

HWY_INLINE F with_sign(F a, bool negative) { return negative ? negate(a) : a; }

template <int terms, bool subtracts>
void linear_batch(const cpu::LinearBatch& form, const real* table, std::size_t stride, const std::int32_t* row_of,
                  std::size_t examples, bool first, real* rows, std::size_t n) {
  using Start = cpu::LinearBatch::Start;
  constexpr int blocks = terms / block_numbers + 1;
  const bool has_intercept = form.start == Start::intercept;
  // Copied, since a store to a row might change the form for all that the compiler knows.
  real *weight_row[terms], *sum_row[terms];
  ISOTHERM_UNROLL
  for (int k = 0; k < terms; ++k) weight_row[k] = rows + form.weights[k] * n;
  ISOTHERM_UNROLL
  for (int k = 0; k < terms; ++k) sum_row[k] = rows + form.sums[k] * n;
  const Start start = form.start;
  const bool target_last = form.target_last, negative_start = form.negative_start, negative_last = form.negative_last,
             negative_residual = form.negative_residual;
  for (std::size_t i = 0; i < n; i += W) {
    F weight[terms], sum[terms], intercept, intercept_sum;
    ISOTHERM_UNROLL
    for (int k = 0; k < terms; ++k) weight[k] = load(weight_row[k] + i);
    ISOTHERM_UNROLL
    for (int k = 0; k < terms; ++k) sum[k] = first ? F(real(0)) : load(sum_row[k] + i);
    if (has_intercept) {
      intercept = with_sign(load(rows + form.intercept * n + i), negative_start);
      intercept_sum = first ? F(real(0)) : load(rows + form.intercept_sum * n + i);
    }
#pragma GCC unroll 1
    for (std::size_t e = 0; e < examples; ++e) {
      const real* row[W];
      rows_of_table(table, stride, row_of + e * n + i, row);
      F x[blocks * block_numbers];
      [&]<int... c>(std::integer_sequence<int, c...>) ISOTHERM_INLINE_LAMBDA {
        constexpr int step = most_blocks;
        (load_across<std::min(step, blocks - c * step)>(row, static_cast<std::size_t>(c * step * block_numbers),
                                                        x + c * step * block_numbers),
         ...);
      }
      (std::make_integer_sequence<int, (blocks + most_blocks - 1) / most_blocks>());
      F z(real(-0.0));
      if (start == Start::target) z = with_sign(x[terms], negative_start);
      if (start == Start::intercept) z = intercept;
      ISOTHERM_UNROLL
      for (int k = 0; k < terms; ++k) z = subtracts ? nmad(weight[k], x[k], z) : mad(weight[k], x[k], z);
      if (target_last) z = z + with_sign(x[terms], negative_last);
      z = with_sign(z, negative_residual);
      ISOTHERM_UNROLL
      for (int k = 0; k < terms; ++k) sum[k] = mad(z, x[k], sum[k]);
      if (has_intercept) intercept_sum = intercept_sum + z;
    }
    ISOTHERM_UNROLL
    for (int k = 0; k < terms; ++k) store(sum_row[k] + i, sum[k]);
    if (has_intercept) store(rows + form.intercept_sum * n + i, intercept_sum);
  }
}

template <int count>
HWY_INLINE void permuted_rows_at(const random::Bijection& map, const real* words, std::uint32_t position,
                                 std::int32_t* rows, std::size_t n) {
  Lockstep<I, count> key[words_per_permutation];
  for (int k = 0; k < words_per_permutation; ++k) {
    ISOTHERM_UNROLL
    for (int u = 0; u < count; ++u) key[k].v[u] = load_bits(words + static_cast<std::size_t>(k) * n + u * W);
  }
  const Place place = place_of(map, position);
  Lockstep<I, count> l(word_of(place.l)), r(word_of(place.r));
  permutation_rounds(map, key, l, r);
  ISOTHERM_UNROLL
  for (int u = 0; u < count; ++u) {
    I one[words_per_permutation];
    for (int k = 0; k < words_per_permutation; ++k) one[k] = key[k].v[u];
    store_rows(rows + u * W, walked_row(map, one, l.v[u], r.v[u]));
  }
}

inline void permuted_rows(const random::Bijection& map, const real* words, std::uint32_t position, std::int32_t* rows,
                          std::size_t n) {
  constexpr int count = W == 1 ? 1 : registers / 8;
  std::size_t i = 0;
  for (; i + count * W <= n; i += count * W) permuted_rows_at<count>(map, words + i, position, rows + i, n);
  for (; i < n; i += W) permuted_rows_at<1>(map, words + i, position, rows + i, n);
}

inline void shuffled_rows(const void* hoists, std::uint64_t seed, std::uint64_t subsequence, std::uint64_t first_block,
                          std::uint32_t positions, std::uint32_t table_rows, unsigned char* orders, std::size_t n) {
  const Keys key = make_keys(seed);
  const HoistSlot* slots = static_cast<const HoistSlot*>(hoists);
  for (std::size_t i = 0; i < n; i += W)
    shuffle(hoist_in(slots[i / W]), first_block, subsequence + i, key, positions, table_rows, orders + i, n);
}

inline void bin(const real* values, const cpu::AxisConstants<real>& axis, std::int32_t* slots, std::size_t n) {
  const F lower(axis.lower), upper(axis.upper), scale(axis.scale), bins(axis.bins);
  if (axis.periodic) {
    for (std::size_t i = 0; i < n; i += W)
      store_index(slots + i, bin_slot_periodic(load(values + i), lower, upper, scale, bins));
  } else {
    for (std::size_t i = 0; i < n; i += W) store_index(slots + i, bin_slot(load(values + i), lower, scale, bins));
  }
}

template <loss::OpCode code, unsigned mask = 0>
void fill_rows(cpu::Stages<real>& stages) {
  constexpr unsigned all = (1u << loss::arity(code)) - 1;
  if constexpr (mask < all) {
    // A unary operation of a constant, or an operation of constants only, is a constant: no such row exists.
    stages.rows[static_cast<std::size_t>(code)][mask] = row<code, mask>;
    fill_rows<code, mask + 1>(stages);
  }
}

/// Values i ... i + W - 1 after halving down to `left` of them; at(i) gives them as they were.
template <std::size_t left, class At>
HWY_INLINE F halved(const At& at, std::size_t i) {
  if constexpr (left == block_size)
    return at(i);
  else
    return halved<2 * left>(at, i) + halved<2 * left>(at, i + left);
}

/// Sum of a block by halving.
template <class At>
HWY_INLINE real halving_sum(const At& at) {
  // In the scalar lane the recursion would be 256 texts.
  constexpr std::size_t last = W == 1 ? block_size : W;
  alignas(64) real values[last];
  if constexpr (W == 1)
    for (std::size_t i = 0; i < block_size; ++i) store(values + i, at(i));
  else
    store(values, halved<last>(at, 0));
  for (std::size_t half = last / 2; half > 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) values[i] += values[i + half];
  return values[0];
}

inline void block_moments(const real* values, const real* weight, real* moments) {
  const F zero(real(0)), one(real(1));
  // A finite particle may still have a non-finite observable (the logarithm of a negative number): it is left out of
  // this one.
  const auto is_kept = [&](std::size_t i) ISOTHERM_INLINE_LAMBDA {
    return is_finite(load(values + i)) & !equal(load(weight + i), zero);
  };
  std::fill_n(moments, 5, real(0));
  const real count = halving_sum([&](std::size_t i) ISOTHERM_INLINE_LAMBDA { return select(is_kept(i), one, zero); });
  if (count == 0) return;
  const real mean =
      halving_sum([&](std::size_t i) ISOTHERM_INLINE_LAMBDA { return select(is_kept(i), load(values + i), zero); }) /
      count;
  alignas(64) real deviations[block_size];
  for (std::size_t i = 0; i < block_size; i += W)
    store(deviations + i, select(is_kept(i), load(values + i) - F(mean), zero));
  const auto square = [&](std::size_t i) ISOTHERM_INLINE_LAMBDA { return load(deviations + i) * load(deviations + i); };
  moments[0] = count;
  moments[1] = mean;
  moments[2] = halving_sum(square);
  moments[3] = halving_sum([&](std::size_t i) ISOTHERM_INLINE_LAMBDA { return square(i) * load(deviations + i); });
  moments[4] = halving_sum([&](std::size_t i) ISOTHERM_INLINE_LAMBDA { return square(i) * square(i); });
}

inline void block_comoments(const real* const* rows, std::size_t q, const real* weight, real* deviations, real* sums) {
  const F zero(real(0)), one(real(1));
  alignas(64) real kept[block_size];
  for (std::size_t i = 0; i < block_size; i += W) {
    F keep = select(equal(load(weight + i), zero), zero, one);
    for (std::size_t a = 0; a < q; ++a) keep = select(is_finite(load(rows[a] + i)), keep, zero);
    store(kept + i, keep);
  }
  real *mean = sums + 1, *comoment = mean + q;
  std::fill_n(sums, 1 + q + q * q, real(0));
  sums[0] = halving_sum([&](std::size_t i) ISOTHERM_INLINE_LAMBDA { return load(kept + i); });
  if (sums[0] == 0) return;
  for (std::size_t a = 0; a < q; ++a) {
    const auto value = [&](std::size_t i) ISOTHERM_INLINE_LAMBDA {
      return select(equal(load(kept + i), zero), zero, load(rows[a] + i));
    };
    mean[a] = halving_sum(value) / sums[0];
    for (std::size_t i = 0; i < block_size; i += W)
      store(deviations + a * block_size + i, select(equal(load(kept + i), zero), zero, load(rows[a] + i) - F(mean[a])));
  }
  for (std::size_t a = 0; a < q; ++a)
    for (std::size_t b = 0; b <= a; ++b) {
      const real *left = deviations + a * block_size, *right = deviations + b * block_size;
      comoment[a * q + b] = comoment[b * q + a] =
          halving_sum([&](std::size_t i) ISOTHERM_INLINE_LAMBDA { return load(left + i) * load(right + i); });
    }
}

template <int... forms>
void fill_pairs(cpu::Stages<real>& stages, std::integer_sequence<int, forms...>) {
  constexpr int seconds = cpu::PairForm::seconds;
  ((stages.pairs[0][forms / seconds][forms % seconds] = pair<false, forms / seconds, forms % seconds>), ...);
  ((stages.pairs[1][forms / seconds][forms % seconds] = pair<true, forms / seconds, forms % seconds>), ...);
}

template <int... terms>
void fill_linear_batches(cpu::Stages<real>& stages, std::integer_sequence<int, terms...>) {
  ((stages.linear_batches[terms][false] = linear_batch<terms + 1, false>), ...);
  ((stages.linear_batches[terms][true] = linear_batch<terms + 1, true>), ...);
}

inline cpu::Stages<real> make_stages(const char* target) {
  cpu::Stages<real> stages{};
  stages.target = target;
  stages.hoist_bytes = sizeof(HoistSlot) / W + (sizeof(HoistSlot) % W != 0);
#define ISOTHERM_FILL(name, arity) fill_rows<loss::OpCode::name>(stages);
  ISOTHERM_OPCODES(ISOTHERM_FILL)
#undef ISOTHERM_FILL
  // Where a multiply-add is a call of the library, it must not stand for an addition.
  if constexpr (W > 1)
    fill_pairs(stages, std::make_integer_sequence<int, cpu::PairForm::firsts * cpu::PairForm::seconds>());
  stages.copy_row = copy_row;
  stages.copy_constant = copy_constant;
  stages.hoist = hoist_particles;
  stages.numbers = numbers;
  stages.signs = signs;
  stages.columns = columns;
  if constexpr (numbers_per_block == 4) {
    stages.drawn_rows = drawn_rows;
    stages.permuted_rows = permuted_rows;
    stages.shuffled_rows = shuffled_rows;
  }
  if constexpr (W > 1) fill_linear_batches(stages, std::make_integer_sequence<int, cpu::LinearBatch::most_terms>());
  stages.bin = bin;
  stages.block_moments = block_moments;
  stages.block_comoments = block_comoments;
  return stages;
}
