// The words are those of cuRAND: curand_init(seed, subsequence, 4 * block), then curand4. cuRAND's device header is
// plain C++ once its qualifiers are, so that no GPU is needed.

#define QUALIFIERS static inline
#include <cuda_runtime_api.h>
#include <curand_kernel.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

#include "math/lanes.hpp"

namespace isotherm::test {
namespace {

TEST(Curand, SameWordsAsCurandInit) {
  std::mt19937_64 generator(2);
  std::vector<std::uint32_t> words(4 * array_unit);
  const LaneTable<float>& lane = lane_tables<float>().front();
  for (int trial = 0; trial < 2000; ++trial) {
    const std::uint64_t seed = generator(), subsequence = generator() & ~std::uint64_t{array_unit - 1};
    const std::uint64_t block = generator() >> (2 + trial % 62);  // the offset, 4 * block, has 64 bits
    lane.philox(seed, subsequence, block, words.data(), array_unit);
    for (std::size_t p = 0; p < array_unit; p += 7) {
      curandStatePhilox4_32_10_t state;
      curand_init(seed, subsequence + p, 4 * block, &state);
      const uint4 want = curand4(&state);
      ASSERT_EQ(words[p], want.x) << "seed " << seed << ", subsequence " << subsequence + p << ", block " << block;
      ASSERT_EQ(words[array_unit + p], want.y);
      ASSERT_EQ(words[2 * array_unit + p], want.z);
      ASSERT_EQ(words[3 * array_unit + p], want.w);
    }
  }
}

}  // namespace
}  // namespace isotherm::test
