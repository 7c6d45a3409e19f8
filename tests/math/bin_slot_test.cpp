// From values to slots.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "math/lanes.hpp"

namespace isotherm::test {
namespace {

template <class real>
class BinSlot : public testing::Test {
 protected:
  static constexpr real infinity = std::numeric_limits<real>::infinity();
  static constexpr real nan = std::numeric_limits<real>::quiet_NaN();
  static constexpr real largest = std::numeric_limits<real>::max();

  /// Slots of `values` on `bins` bins of [lower, upper), the same on every lane.
  static std::vector<int> slots(std::vector<real> values, int bins, double lower, double upper, bool periodic = false) {
    const std::size_t asked = values.size();
    values.resize((asked + array_unit - 1) / array_unit * array_unit);
    const std::size_t count = values.size();
    const std::vector<real> low(count, static_cast<real>(lower)), high(count, static_cast<real>(upper));
    const std::vector<real> scale(count, static_cast<real>(bins / (upper - lower)));
    const std::vector<real> number(count, static_cast<real>(bins));
    const real* plain[] = {values.data(), low.data(), scale.data(), number.data()};
    const real* wrapped[] = {values.data(), low.data(), high.data(), scale.data(), number.data()};
    std::vector<int> first;
    for (const LaneTable<real>& lane : lane_tables<real>()) {
      std::vector<real> result(count);
      if (periodic)
        lane.functions.at("bin_slot_periodic")(wrapped, result.data(), count);
      else
        lane.functions.at("bin_slot")(plain, result.data(), count);
      std::vector<int> here;
      for (std::size_t i = 0; i < asked; ++i) {
        EXPECT_TRUE(result[i] >= 0 && result[i] <= bins + 2 && result[i] == std::floor(result[i]))
            << values[i] << " -> " << result[i] << " on " << lane.target;
        here.push_back(static_cast<int>(result[i]));
      }
      if (first.empty()) first = here;
      EXPECT_EQ(here, first) << lane.target;
    }
    return first;
  }
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(BinSlot, Precisions);

TYPED_TEST(BinSlot, EdgesBelongToTheBinAbove) {
  EXPECT_EQ(this->slots({-2, TypeParam(-1.75), -1, 0, TypeParam(1.5), TypeParam(1.9999)}, 8, -2, 2),
            (std::vector<int>{1, 1, 3, 5, 8, 8}));
}

TYPED_TEST(BinSlot, FlowBinsTakeTheRest) {
  using real = TypeParam;
  const real largest = TestFixture::largest;
  EXPECT_EQ(this->slots({real(-2.0001), -1e30f, -largest, 2, real(2.0001), 1e30f, largest}, 8, -2, 2),
            (std::vector<int>{0, 0, 0, 9, 9, 9, 9}));
}

TYPED_TEST(BinSlot, NonFiniteValuesAreCountedApart) {
  const auto inf = TestFixture::infinity, nan = TestFixture::nan;
  EXPECT_EQ(this->slots({inf, -inf, nan, -nan}, 8, -2, 2), (std::vector<int>{10, 10, 10, 10}));
  EXPECT_EQ(this->slots({inf, -inf, nan, -nan}, 8, -2, 2, true), (std::vector<int>{10, 10, 10, 10}));
}

TYPED_TEST(BinSlot, DifferencesThatOverflowStillHaveASlot) {
  const double far = static_cast<double>(TestFixture::largest) / 1.5;
  EXPECT_EQ(this->slots({-TestFixture::largest, TestFixture::largest}, 4, far / 2, far), (std::vector<int>{0, 5}));
  const std::vector<int> wrapped = this->slots({-TestFixture::largest, TestFixture::largest}, 4, far / 2, far, true);
  for (const int slot : wrapped) EXPECT_TRUE(slot >= 1 && slot <= 4) << slot;
}

TYPED_TEST(BinSlot, PeriodicAxesWrap) {
  using real = TypeParam;
  EXPECT_EQ(
      this->slots({0, real(0.35), real(0.99), 1, real(1.35), real(-0.05), real(-3.65), real(1000.35)}, 10, 0, 1, true),
      (std::vector<int>{1, 4, 10, 1, 4, 10, 4, 4}));
  for (const int slot : this->slots({1e20f, -1e20f, TestFixture::largest, -1e-30f}, 10, 0, 1, true))
    EXPECT_TRUE(slot >= 1 && slot <= 10) << slot;
}

TYPED_TEST(BinSlot, EveryBinOfAFineAxisIsMet) {
  using real = TypeParam;
  const int bins = 1 << 16;
  std::vector<real> centres;
  std::vector<int> want;
  for (int i = 0; i < bins; ++i) {
    centres.push_back(static_cast<real>(-1 + 2 * (i + 0.5) / bins));
    want.push_back(i + 1);
  }
  EXPECT_EQ(this->slots(centres, bins, -1, 1), want);
}

}  // namespace
}  // namespace isotherm::test
