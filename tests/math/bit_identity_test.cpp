// Every function gives the same bits on every lane; NaNs count as equal.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include "math/lanes.hpp"

namespace isotherm::test {
namespace {

template <class real>
class BitIdentity : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(BitIdentity, Precisions);

template <class real>
using Bits = std::conditional_t<sizeof(real) == 4, std::uint32_t, std::uint64_t>;

/// Any bit pattern, ordinary magnitudes, whole numbers, and the values where formulas change; a quarter each.
template <class real>
std::vector<real> arguments(std::size_t count, std::uint64_t seed) {
  using Limits = std::numeric_limits<real>;
  const real special[] = {0,
                          -real(0),
                          1,
                          -1,
                          Limits::infinity(),
                          -Limits::infinity(),
                          Limits::quiet_NaN(),
                          Limits::min(),
                          -Limits::min(),
                          Limits::denorm_min(),
                          Limits::max(),
                          Limits::lowest(),
                          real(0.5),
                          real(88.5),
                          real(-87.2),
                          real(709.5),
                          real(-708.2),
                          real(0x1p18),
                          real(0x1p40)};
  std::mt19937_64 generator(seed);
  std::normal_distribution<double> normal(0, 8);
  std::vector<real> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    switch (generator() % 4) {
      case 0:
        values[i] = std::bit_cast<real>(static_cast<Bits<real>>(generator()));
        break;
      case 1:
        values[i] = static_cast<real>(normal(generator));
        break;
      case 2:
        values[i] = static_cast<real>(std::round(normal(generator)));
        break;
      default:
        values[i] = special[generator() % std::size(special)];
    }
  }
  return values;
}

TYPED_TEST(BitIdentity, Functions) {
  using real = TypeParam;
  ASSERT_GE(lane_tables<real>().size(), 1u);
  if (lane_tables<real>().size() == 1) GTEST_SKIP() << "this CPU has none of the SIMD targets";
  constexpr std::size_t count = 1 << 16;
  std::vector<std::vector<real>> operands;
  std::vector<const real*> pointers;
  for (std::uint64_t k = 0; k < 5; ++k) pointers.push_back(operands.emplace_back(arguments<real>(count, k)).data());
  std::vector<real> want(count), got(count);

  const LaneTable<real>& scalar = lane_tables<real>().front();
  for (const auto& [name, function] : scalar.functions) {
    std::vector<const real*> inputs = pointers;
    std::vector<real> whole;
    if (name == "integers") {  // only within the range of the integers
      whole = operands[0];
      for (real& value : whole) value = std::fabs(value) < real(0x1p30) ? std::trunc(value) : real(7);
      inputs[0] = whole.data();
    }
    function(inputs.data(), want.data(), count);
    for (std::size_t target = 1; target < lane_tables<real>().size(); ++target) {
      const LaneTable<real>& lane = lane_tables<real>()[target];
      lane.functions.at(name)(inputs.data(), got.data(), count);
      std::size_t different = 0, at = 0;
      for (std::size_t i = 0; i < count; ++i) {
        if (std::isnan(want[i]) && std::isnan(got[i])) continue;
        if (std::bit_cast<Bits<real>>(want[i]) != std::bit_cast<Bits<real>>(got[i])) ++different, at = i;
      }
      EXPECT_EQ(different, 0u) << name << " on " << lane.target << ", the last at operands " << operands[0][at] << ", "
                               << operands[1][at] << ": " << got[at] << " instead of " << want[at];
    }
  }
}

/// A table of the wrong target would compare the scalar lane with itself.
TYPED_TEST(BitIdentity, TablesAreOfTheTargetTheyName) {
  using real = TypeParam;
  for (const LaneTable<real>& lane : lane_tables<real>()) {
    const int bytes = lane.target == "scalar" ? static_cast<int>(sizeof(real))
                      : lane.target == "AVX2" ? 32
                      : lane.target == "AVX3" ? 64
                                              : lane.width * static_cast<int>(sizeof(real));
    EXPECT_EQ(lane.width * static_cast<int>(sizeof(real)), bytes) << lane.target;
  }
}

}  // namespace
}  // namespace isotherm::test
