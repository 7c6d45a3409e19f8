#pragma once
// Every lane behind one table of functions over arrays, so that a test can ask the same of the scalar lane and of each
// SIMD target.

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "isotherm/random/bijection.hpp"
#include "isotherm/random/drawn_rows.hpp"

namespace isotherm::test {

/// Arrays hold a multiple of 32 values: two of the widest vectors.
inline constexpr std::size_t array_unit = 32;

/// Up to five operands; those that a function does not have are not read.
template <class real>
using LaneFunction = void (*)(const real* const* operands, real* results, std::size_t count);

template <class real>
struct LaneTable {
  std::string target;
  int width = 0;
  /// op_NAME under NAME; bin_slot(value, lower, scale, bins); bin_slot_periodic(value, lower, upper, scale, bins);
  /// round_down; round_nearest; integers (to_real of to_integer).
  std::map<std::string, LaneFunction<real>> functions;
  /// Word k of particle p (of `count` consecutive ones from `subsequence`) of one block goes to words[k * count + p].
  void (*philox)(std::uint64_t seed, std::uint64_t subsequence, std::uint64_t block, std::uint32_t* words,
                 std::size_t count);
  /// Number k of particle p goes to [k * count + p], k below numbers_per_block.
  void (*numbers)(std::uint64_t seed, std::uint64_t subsequence, std::uint64_t block, real* normals, real* uniforms,
                  std::size_t count);
  int numbers_per_block = 0;
  /// Row number m block + k < m block + m of particle p goes to out[k * count + p], m = random::rows_per_block(rows).
  void (*example_rows)(std::uint64_t seed, std::uint64_t subsequence, std::uint64_t block, std::uint32_t rows,
                       std::uint32_t* out, std::size_t count);
  /// The row at positions[i] in permutation number e of particle p goes to out[i * count + p].
  void (*permuted_rows)(std::uint64_t seed, std::uint64_t subsequence, std::uint64_t e, random::Bijection map,
                        std::span<const std::uint32_t> positions, std::uint32_t* out, std::size_t count);
  /// The row at position i < positions in permutation number e of particle p goes to table[i * count + p].
  void (*shuffle)(std::uint64_t seed, std::uint64_t subsequence, std::uint64_t e, std::uint32_t positions,
                  std::uint32_t rows, unsigned char* table, std::size_t count);
  /// values[i] = table[indices[i]], and bytes[i] = the value of byte i, by the lane's loads.
  void (*gather)(const real* table, const std::uint32_t* indices, real* values, const unsigned char* bytes,
                 std::uint32_t* bytes_loaded, std::size_t count);
};

/// The scalar lane first, then every compiled target that this CPU has.
template <class real>
const std::vector<LaneTable<real>>& lane_tables();

template <>
const std::vector<LaneTable<float>>& lane_tables<float>();
template <>
const std::vector<LaneTable<double>>& lane_tables<double>();

}  // namespace isotherm::test
