// Fills a LaneTable. Included inside each lane's namespace.

#define ISOTHERM_TEST_OPERAND(k) load(operands[k] + i)
#define ISOTHERM_TEST_OPERANDS_1 ISOTHERM_TEST_OPERAND(0)
#define ISOTHERM_TEST_OPERANDS_2 ISOTHERM_TEST_OPERANDS_1, ISOTHERM_TEST_OPERAND(1)
#define ISOTHERM_TEST_OPERANDS_3 ISOTHERM_TEST_OPERANDS_2, ISOTHERM_TEST_OPERAND(2)
#define ISOTHERM_TEST_OPERANDS_4 ISOTHERM_TEST_OPERANDS_3, ISOTHERM_TEST_OPERAND(3)
#define ISOTHERM_TEST_OPERANDS_5 ISOTHERM_TEST_OPERANDS_4, ISOTHERM_TEST_OPERAND(4)

#define ISOTHERM_TEST_FUNCTION(name, call)                                                  \
  inline void apply_##name(const real* const* operands, real* results, std::size_t count) { \
    for (std::size_t i = 0; i < count; i += W) store(results + i, call);                    \
  }
#define ISOTHERM_TEST_OPCODE(name, arity) ISOTHERM_TEST_FUNCTION(name, op_##name(ISOTHERM_TEST_OPERANDS_##arity))

ISOTHERM_OPCODES(ISOTHERM_TEST_OPCODE)
ISOTHERM_TEST_FUNCTION(bin_slot, bin_slot(ISOTHERM_TEST_OPERANDS_4))
ISOTHERM_TEST_FUNCTION(bin_slot_periodic, bin_slot_periodic(ISOTHERM_TEST_OPERANDS_5))
ISOTHERM_TEST_FUNCTION(round_down, round_down(ISOTHERM_TEST_OPERAND(0)))
ISOTHERM_TEST_FUNCTION(round_nearest, round_nearest(ISOTHERM_TEST_OPERAND(0)))
ISOTHERM_TEST_FUNCTION(integers, to_real(to_integer(ISOTHERM_TEST_OPERAND(0))))

inline void apply_philox(std::uint64_t seed, std::uint64_t subsequence, std::uint64_t block, std::uint32_t* words,
                         std::size_t count) {
  const Keys keys = make_keys(seed);
  for (std::size_t i = 0; i < count; i += W) {
    I lanes[4];
    philox(hoist(subsequence + i, static_cast<std::uint32_t>(block >> 32), keys), block, subsequence + i, keys, lanes);
    for (int k = 0; k < 4; ++k) {
      real buffer[W];
      store_bits(buffer, lanes[k]);
      for (std::size_t p = 0; p < W; ++p) {
        integer word;
        std::memcpy(&word, buffer + p, sizeof word);
        words[k * count + i + p] = static_cast<std::uint32_t>(word);
      }
    }
  }
}

inline void store_numbers(real* out, const F (&a)[numbers_per_block], const F (&b)[numbers_per_block],
                          std::size_t count) {
  for (int k = 0; k < numbers_per_block; ++k) {
    store(out + k * count, a[k]);
    store(out + k * count + W, b[k]);
  }
}

inline void apply_numbers(std::uint64_t seed, std::uint64_t subsequence, std::uint64_t block, real* normal,
                          real* uniform, std::size_t count) {
  const Keys keys = make_keys(seed);
  const std::uint32_t high = static_cast<std::uint32_t>(block >> 32);
  for (std::size_t i = 0; i < count; i += 2 * W) {
    I first[4], second[4];
    philox(hoist(subsequence + i, high, keys), block, subsequence + i, keys, first);
    philox(hoist(subsequence + i + W, high, keys), block, subsequence + i + W, keys, second);
    F a[numbers_per_block], b[numbers_per_block];
    normals(first, a);
    normals(second, b);
    store_numbers(normal + i, a, b, count);
    uniforms(first, a);
    uniforms(second, b);
    store_numbers(uniform + i, a, b, count);
  }
}

template <int per_block>
void apply_example_rows_of(std::uint64_t seed, std::uint64_t subsequence, std::uint64_t block, std::uint32_t rows,
                           std::uint32_t* out, std::size_t count) {
  const Keys keys = make_keys(seed);
  for (std::size_t i = 0; i < count; i += W) {
    I words[4], drawn[per_block];
    philox(hoist(subsequence + i, static_cast<std::uint32_t>(block >> 32), keys), block, subsequence + i, keys, words);
    example_rows(words, rows, drawn);
    for (int k = 0; k < per_block; ++k) store_words(out + k * count + i, drawn[k]);
  }
}

inline void apply_example_rows(std::uint64_t seed, std::uint64_t subsequence, std::uint64_t block, std::uint32_t rows,
                               std::uint32_t* out, std::size_t count) {
  if (random::rows_per_block(rows) == 4)
    apply_example_rows_of<4>(seed, subsequence, block, rows, out, count);
  else
    apply_example_rows_of<2>(seed, subsequence, block, rows, out, count);
}

inline void apply_permuted_rows(std::uint64_t seed, std::uint64_t subsequence, std::uint64_t e, random::Bijection map,
                                std::span<const std::uint32_t> positions, std::uint32_t* out, std::size_t count) {
  const Keys keys = make_keys(seed);
  for (std::size_t i = 0; i < count; i += W) {
    I key[words_per_permutation];
    const Hoist h = hoist(subsequence + i, static_cast<std::uint32_t>(2 * e >> 32), keys);
    for (std::uint64_t b = 0; b < 2; ++b) {
      I words[4];
      philox(h, 2 * e + b, subsequence + i, keys, words);
      for (std::uint64_t k = 0; k < 4; ++k) key[4 * b + k] = words[k];
    }
    for (std::size_t p = 0; p < positions.size(); ++p)
      store_words(out + p * count + i, permuted_row(map, key, positions[p]));
  }
}

inline void apply_shuffle(std::uint64_t seed, std::uint64_t subsequence, std::uint64_t e, std::uint32_t positions,
                          std::uint32_t rows, unsigned char* table, std::size_t count) {
  const Keys keys = make_keys(seed);
  const std::uint64_t first = blocks_per_shuffle * e;
  for (std::size_t i = 0; i < count; i += W)
    shuffle(hoist(subsequence + i, static_cast<std::uint32_t>(first >> 32), keys), first, subsequence + i, keys,
            positions, rows, table + i, count);
}

inline void apply_gather(const real* table, const std::uint32_t* indices, real* values, const unsigned char* bytes,
                         std::uint32_t* bytes_loaded, std::size_t count) {
  for (std::size_t i = 0; i < count; i += W) {
    store(values + i, gather(table, load_words(indices + i)));
    store_words(bytes_loaded + i, load_bytes(bytes + i));
  }
}

inline test::LaneTable<real> make_table(const std::string& target) {
  test::LaneTable<real> table;
  table.target = target;
  table.width = W;
  table.numbers_per_block = numbers_per_block;
  table.philox = apply_philox;
  table.numbers = apply_numbers;
  table.example_rows = apply_example_rows;
  table.permuted_rows = apply_permuted_rows;
  table.shuffle = apply_shuffle;
  table.gather = apply_gather;
#define ISOTHERM_TEST_ENTRY(name, arity) table.functions[#name] = apply_##name;
  ISOTHERM_OPCODES(ISOTHERM_TEST_ENTRY)
  ISOTHERM_TEST_ENTRY(bin_slot, 4)
  ISOTHERM_TEST_ENTRY(bin_slot_periodic, 5)
  ISOTHERM_TEST_ENTRY(round_down, 1)
  ISOTHERM_TEST_ENTRY(round_nearest, 1)
  ISOTHERM_TEST_ENTRY(integers, 1)
  return table;
}

#undef ISOTHERM_TEST_ENTRY
#undef ISOTHERM_TEST_OPCODE
#undef ISOTHERM_TEST_FUNCTION
#undef ISOTHERM_TEST_OPERANDS_5
#undef ISOTHERM_TEST_OPERANDS_4
#undef ISOTHERM_TEST_OPERANDS_3
#undef ISOTHERM_TEST_OPERANDS_2
#undef ISOTHERM_TEST_OPERANDS_1
#undef ISOTHERM_TEST_OPERAND
