// Rows drawn with replacement: the definition in 128-bit integers, every lane against it, and their law.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "random/philox_words.hpp"

namespace isotherm::test {
namespace {

__extension__ typedef unsigned __int128 uint128;

template <class real>
class Rows : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(Rows, Precisions);

/// Blocks past 2^32 included: 2^33 rows of a particle have been drawn by then.
TYPED_TEST(Rows, AreTheFirstDigitsOfAWordInTheirBase) {
  constexpr std::size_t count = 2 * array_unit;
  std::mt19937_64 generator(1);
  for (const std::uint32_t rows : {1u, 2u, 3u, 300u, 65536u, 65537u, 1000003u, 0x80000001u, 0xffffffffu})
    for (const std::uint64_t block :
         {std::uint64_t{0}, std::uint64_t{7}, (std::uint64_t{1} << 32) + 5, std::uint64_t{1} << 62}) {
      const std::uint64_t seed = generator(), subsequence = subsequence_of(2, 1000 * (generator() % 1000));
      const std::size_t per_word = rows <= 65536 ? 2 : 1;
      std::vector<std::uint32_t> want(2 * per_word * count), got(want.size());
      for (std::size_t p = 0; p < count; ++p) {
        const auto words = philox_words(seed, subsequence + p, block);
        for (std::size_t k = 0; k < 2; ++k) {
          std::uint64_t word = std::uint64_t{words[2 * k]} << 32 | words[2 * k + 1];
          for (std::size_t digit = 0; digit < per_word; ++digit, word *= rows)
            want[(k * per_word + digit) * count + p] = static_cast<std::uint32_t>(uint128{word} * rows >> 64);
        }
      }
      for (const LaneTable<TypeParam>& lane : lane_tables<TypeParam>()) {
        lane.example_rows(seed, subsequence, block, rows, got.data(), count);
        EXPECT_EQ(got, want) << lane.target << " " << rows << " " << block;
      }
    }
}

TYPED_TEST(Rows, AreUniformAndIndependent) {
  constexpr std::uint32_t rows = 300;
  constexpr std::size_t count = 1 << 20;
  std::vector<std::uint32_t> drawn(4 * count);
  lane_tables<TypeParam>().back().example_rows(7, subsequence_of(2, 0), 3, rows, drawn.data(), count);
  const auto pairs = [&](std::size_t shift, std::size_t n) {
    std::vector<double> counts(rows * rows);
    for (std::size_t p = 0; p < n; ++p) ++counts[drawn[p] * rows + drawn[shift + p]];
    const double expected = static_cast<double>(n) / counts.size();
    double statistic = 0;
    for (const double c : counts) statistic += (c - expected) * (c - expected) / expected;
    return std::fabs(chi_squared_excess(statistic, static_cast<double>(counts.size() - 1)));
  };
  EXPECT_LE(pairs(count, count), 5);      // two rows of a particle from one word
  EXPECT_LE(pairs(2 * count, count), 5);  // and from two
  EXPECT_LE(pairs(1, count), 5);          // neighbouring particles
}

/// The loads that samplers end in.
TYPED_TEST(Rows, GatherAndBytes) {
  constexpr std::size_t count = 4 * array_unit;
  std::vector<TypeParam> table(1000), values(count);
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<TypeParam>(i) + TypeParam(0.5);
  std::vector<std::uint32_t> indices(count), loaded(count);
  std::vector<unsigned char> bytes(count);
  std::mt19937 generator(3);
  for (std::size_t i = 0; i < count; ++i) {
    indices[i] = generator() % 1000;
    bytes[i] = static_cast<unsigned char>(2 * i);
  }
  for (const LaneTable<TypeParam>& lane : lane_tables<TypeParam>()) {
    lane.gather(table.data(), indices.data(), values.data(), bytes.data(), loaded.data(), count);
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(values[i], table[indices[i]]) << lane.target;
      ASSERT_EQ(loaded[i], bytes[i]) << lane.target;
    }
  }
}

}  // namespace
}  // namespace isotherm::test
