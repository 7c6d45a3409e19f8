#pragma once
// Philox words from the scalar lane, for tests that work out by hand what becomes of them.

#include <array>
#include <cstddef>
#include <cstdint>

#include "math/lanes.hpp"

namespace isotherm::test {

/// The subsequence of a particle and purpose.
constexpr std::uint64_t subsequence_of(unsigned purpose, std::uint64_t particle) {
  return std::uint64_t{purpose} << 56 | particle;
}

inline std::array<std::uint32_t, 4> philox_words(std::uint64_t seed, std::uint64_t subsequence, std::uint64_t block) {
  std::array<std::uint32_t, 4> words{};
  lane_tables<float>().front().philox(seed, subsequence, block, words.data(), 1);
  return words;
}

/// How many standard deviations a chi-squared statistic lies above its degrees of freedom.
inline double chi_squared_excess(double statistic, double freedom) {
  return (statistic - freedom) / __builtin_sqrt(2 * freedom);
}

}  // namespace isotherm::test
