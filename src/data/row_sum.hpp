#pragma once
// Sums over the rows of a table in a fixed order, so that what is computed once from all data has the same bits however
// many threads compute it, and an error that grows with log(rows).

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace isotherm::data {

/// Rows of a block, which is summed in `row_lanes` interleaved sums, combined by halving.
inline constexpr std::size_t rows_per_block = 256, row_lanes = 8;

/// The sum over the rows first <= r < last of one block of value(r).
template <class Value>
double sum_block(std::size_t first, std::size_t last, Value&& value) {
  std::array<double, row_lanes> sums{};
  for (std::size_t r = first; r < last; ++r) sums[(r - first) % row_lanes] += value(r);
  for (std::size_t half = row_lanes / 2; half > 0; half /= 2)
    for (std::size_t k = 0; k < half; ++k) sums[k] += sums[k + half];
  return sums[0];
}

/// The sum of value(r) over `rows` rows: blocks of 256, combined along the aligned binary tree over block numbers.
template <class Value>
double sum_rows(std::size_t rows, Value&& value) {
  // What waits for its right sibling, by level: at most one each, for the ones in the block number's binary digits.
  std::array<double, 64> waiting{};
  std::uint64_t blocks = 0;
  for (std::size_t first = 0; first < rows; first += rows_per_block) {
    double sum = sum_block(first, std::min(first + rows_per_block, rows), value);
    std::size_t level = 0;
    for (; (blocks >> level & 1) != 0; ++level) sum = waiting[level] + sum;
    waiting[level] = sum;
    ++blocks;
  }
  double sum = 0;
  for (std::size_t level = 0; level < waiting.size(); ++level)
    if ((blocks >> level & 1) != 0) sum = waiting[level] + sum;
  return sum;
}

}  // namespace isotherm::data
