// Philox's words: known answers, a plain round-by-round reference, and every lane against the scalar one.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "math/lanes.hpp"

namespace isotherm::test {
namespace {

using Words = std::array<std::uint32_t, 4>;

/// Ten full rounds from the definition, with nothing hoisted.
Words philox_reference(Words counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * counter[0], p1 = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
               static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

Words low_first(std::uint64_t a, std::uint64_t b) {
  return {static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(a >> 32), static_cast<std::uint32_t>(b),
          static_cast<std::uint32_t>(b >> 32)};
}

template <class real>
class Philox : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(Philox, Precisions);

TYPED_TEST(Philox, KnownAnswers) {
  std::ifstream file(ISOTHERM_TEST_DATA "/philox4x32_known_answers.txt");
  int vectors = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream text(line);
    Words counter, want;
    std::array<std::uint32_t, 2> key;
    text >> std::hex;
    for (auto& word : counter) text >> word;
    for (auto& word : key) text >> word;
    for (auto& word : want) text >> word;
    ASSERT_TRUE(text) << line;
    ++vectors;
    EXPECT_EQ(philox_reference(counter, key), want);
    // The particle of the vector stands in the first lane; a low word of all ones would wrap within a vector, and is
    // asked of the scalar lane alone.
    for (const LaneTable<TypeParam>& lane : lane_tables<TypeParam>()) {
      if (counter[2] > 0xffffffff - array_unit && lane.width > 1) continue;
      const std::size_t count = counter[2] > 0xffffffff - array_unit ? 1 : array_unit;
      std::vector<std::uint32_t> words(4 * count);
      lane.philox(key[0] | std::uint64_t{key[1]} << 32, counter[2] | std::uint64_t{counter[3]} << 32,
                  counter[0] | std::uint64_t{counter[1]} << 32, words.data(), count);
      EXPECT_EQ((Words{words[0], words[count], words[2 * count], words[3 * count]}), want) << lane.target;
    }
  }
  EXPECT_EQ(vectors, 3);
}

TYPED_TEST(Philox, EveryLaneEqualsTheDefinition) {
  std::mt19937_64 generator(1);
  constexpr std::size_t count = 4 * array_unit;
  std::vector<std::uint32_t> words(4 * count);
  for (int trial = 0; trial < 200; ++trial) {
    const std::uint64_t seed = generator(), block = generator() >> (trial % 64);
    const std::uint64_t subsequence = generator() & ~std::uint64_t{count - 1};
    for (const LaneTable<TypeParam>& lane : lane_tables<TypeParam>()) {
      lane.philox(seed, subsequence, block, words.data(), count);
      for (std::size_t p = 0; p < count; ++p) {
        const Words want = philox_reference(low_first(block, subsequence + p),
                                            {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
        const Words got{words[p], words[count + p], words[2 * count + p], words[3 * count + p]};
        ASSERT_EQ(got, want) << lane.target << ", seed " << seed << ", subsequence " << subsequence + p << ", block "
                             << block;
      }
    }
  }
}

}  // namespace
}  // namespace isotherm::test
