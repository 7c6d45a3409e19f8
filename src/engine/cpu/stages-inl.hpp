// The stages of the CPU engine over a lane. No include guard: included inside the namespace of each lane (target and
// precision), after the lane's texts. Rows are walked several vectors at a time so that latencies overlap.

constexpr std::size_t row_unroll = W == 1 ? 1 : 32 / W;

template <loss::OpCode code>
HWY_INLINE F apply(const F (&v)[4]) {
#define ISOTHERM_ARGUMENTS_1 v[0]
#define ISOTHERM_ARGUMENTS_2 v[0], v[1]
#define ISOTHERM_ARGUMENTS_3 v[0], v[1], v[2]
#define ISOTHERM_ARGUMENTS_4 v[0], v[1], v[2], v[3]
#define ISOTHERM_APPLY(name, arity) \
  if constexpr (code == loss::OpCode::name) return op_##name(ISOTHERM_ARGUMENTS_##arity);
  ISOTHERM_OPCODES(ISOTHERM_APPLY)
#undef ISOTHERM_APPLY
#undef ISOTHERM_ARGUMENTS_1
#undef ISOTHERM_ARGUMENTS_2
#undef ISOTHERM_ARGUMENTS_3
#undef ISOTHERM_ARGUMENTS_4
}

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

// Aligned by hand: vectors wider than the default alignment live in it.
struct alignas(64) HoistSlot {
  Hoist constants;
};

inline void hoist_particles(void* buffer, std::uint64_t subsequence, std::uint32_t block_high, std::uint64_t seed,
                            std::size_t n) {
  const Keys key = make_keys(seed);
  HoistSlot* slots = static_cast<HoistSlot*>(buffer);
  for (std::size_t i = 0; i < n; i += W) slots[i / W].constants = hoist(subsequence + i, block_high, key);
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

inline void numbers(DrawLayout::Law law, const void* hoists, std::uint64_t seed, std::uint64_t subsequence,
                    std::uint64_t first_block, std::size_t blocks, real* rows, std::size_t n) {
  const Keys key = make_keys(seed);
  const HoistSlot* slots = static_cast<const HoistSlot*>(hoists);
  // Two phases: the integer rounds fill the registers, and so do the polynomials; together they would spill.
  for (std::size_t b = 0; b < blocks; ++b) {
    real* row = rows + b * numbers_per_block * n;
    for (std::size_t i = 0; i < n; i += W) {
      I words[4];
      philox(slots[i / W].constants, first_block + b, subsequence + i, key, words);
      store_words(words, row + i, n);
    }
    if (law == DrawLayout::Law::sign) continue;
    for (std::size_t i = 0; i < n; i += W) {
      I words[4];
      F out[numbers_per_block];
      load_words(row + i, n, words);
      if (law == DrawLayout::Law::uniform)
        uniforms(words, out);
      else
        normals(words, out);
#pragma GCC unroll 4
      for (int q = 0; q < numbers_per_block; ++q) store(row + q * n + i, out[q]);
    }
  }
}

inline void signs(const real* bits, int bit, real* row, std::size_t n) {
  for (std::size_t i = 0; i < n; i += row_unroll * W) {
#pragma GCC unroll 8
    for (std::size_t u = 0; u < row_unroll; ++u) store(row + i + u * W, sign_number(load_bits(bits + i + u * W), bit));
  }
}

HWY_INLINE void store_rows(std::int32_t* rows, I value) {
  uint32 words[W];
  store_words(words, value);
  for (int lane = 0; lane < W; ++lane) rows[lane] = static_cast<std::int32_t>(words[lane]);
}

inline void drawn_rows(const void* hoists, std::uint64_t seed, std::uint64_t subsequence, std::uint64_t block,
                       std::uint32_t table_rows, std::int32_t* rows, std::size_t n) {
  const Keys key = make_keys(seed);
  const HoistSlot* slots = static_cast<const HoistSlot*>(hoists);
  for (std::size_t i = 0; i < n; i += W) {
    I words[4], drawn[rows_per_block];
    philox(slots[i / W].constants, block, subsequence + i, key, words);
    example_rows(words, table_rows, drawn);
    for (int k = 0; k < rows_per_block; ++k) store_rows(rows + static_cast<std::size_t>(k) * n + i, drawn[k]);
  }
}

inline void permuted_rows(const random::Bijection& map, const real* words, std::uint32_t position, std::int32_t* rows,
                          std::size_t n) {
  for (std::size_t i = 0; i < n; i += W) {
    I key[words_per_permutation], half[4];
    for (std::size_t b = 0; b < 2; ++b) {
      load_words(words + b * numbers_per_block * n + i, n, half);
      for (std::size_t k = 0; k < 4; ++k) key[4 * b + k] = half[k];
    }
    store_rows(rows + i, permuted_row(map, key, position));
  }
}

inline void shuffled_rows(const void* hoists, std::uint64_t seed, std::uint64_t subsequence, std::uint64_t first_block,
                          std::uint32_t positions, std::uint32_t table_rows, unsigned char* orders, std::size_t n) {
  const Keys key = make_keys(seed);
  const HoistSlot* slots = static_cast<const HoistSlot*>(hoists);
  for (std::size_t i = 0; i < n; i += W)
    shuffle(slots[i / W].constants, first_block, subsequence + i, key, positions, table_rows, orders + i, n);
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

inline cpu::Stages<real> make_stages(const char* target) {
  cpu::Stages<real> stages{};
  stages.target = target;
  stages.hoist_bytes = sizeof(HoistSlot) / W + (sizeof(HoistSlot) % W != 0);
#define ISOTHERM_FILL(name, arity) fill_rows<loss::OpCode::name>(stages);
  ISOTHERM_OPCODES(ISOTHERM_FILL)
#undef ISOTHERM_FILL
  stages.copy_row = copy_row;
  stages.copy_constant = copy_constant;
  stages.hoist = hoist_particles;
  stages.numbers = numbers;
  stages.signs = signs;
  stages.drawn_rows = drawn_rows;
  stages.permuted_rows = permuted_rows;
  stages.shuffled_rows = shuffled_rows;
  stages.bin = bin;
  return stages;
}
