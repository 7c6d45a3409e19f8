// Zeros, infinities, NaNs, subnormal numbers, and arguments beyond the range of the functions, on every lane.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "math/lanes.hpp"

namespace isotherm::test {
namespace {

template <class real>
class SpecialValues : public testing::Test {
 protected:
  static constexpr real infinity = std::numeric_limits<real>::infinity();
  static constexpr real nan = std::numeric_limits<real>::quiet_NaN();
  static constexpr real subnormal = std::numeric_limits<real>::denorm_min();
  static constexpr real smallest = std::numeric_limits<real>::min();
  static constexpr real largest = std::numeric_limits<real>::max();
  static constexpr bool is_double = sizeof(real) == 8;

  static real call(const LaneTable<real>& lane, const char* name, real x, real y = 0) {
    const std::vector<real> first(array_unit, x), second(array_unit, y);
    std::vector<real> result(array_unit);
    const real* operands[] = {first.data(), second.data()};
    lane.functions.at(name)(operands, result.data(), array_unit);
    return result[array_unit / 2 + 1];
  }

  /// The `count` values around x, all next to each other.
  static std::vector<real> neighbours(real x, std::size_t count) {
    std::vector<real> values(count);
    for (std::size_t i = 0; i < count / 2; ++i) x = std::nextafter(x, -infinity);
    for (real& value : values) value = x = std::nextafter(x, infinity);
    return values;
  }
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(SpecialValues, Precisions);

#define FOR_EVERY_LANE                                    \
  using real = TypeParam;                                 \
  using Values = TestFixture;                             \
  for (const LaneTable<real>& lane : lane_tables<real>()) \
    if (testing::ScopedTrace trace(__FILE__, __LINE__, lane.target); true)

#define EXPECT_SAME(got, want)                                                 \
  do {                                                                         \
    const auto value = (got);                                                  \
    const decltype(value) expected = (want);                                   \
    EXPECT_EQ(value, expected);                                                \
    EXPECT_EQ(std::signbit(value), std::signbit(expected)) << "sign of " #got; \
  } while (false)

TYPED_TEST(SpecialValues, Exponential) {
  FOR_EVERY_LANE {
    const auto exp = [&](real x) { return Values::call(lane, "exp", x); };
    EXPECT_SAME(exp(0), 1);
    EXPECT_SAME(exp(-real(0)), 1);
    EXPECT_SAME(exp(Values::infinity), Values::infinity);
    EXPECT_SAME(exp(-Values::infinity), 0);
    EXPECT_SAME(exp(Values::largest), Values::infinity);
    EXPECT_SAME(exp(-Values::largest), 0);
    EXPECT_TRUE(std::isnan(exp(Values::nan)));
    // The last finite result and the first infinite one; the last that is not cut to zero and the first that is.
    const real top = std::log(Values::largest);
    EXPECT_TRUE(std::isfinite(exp(std::nextafter(top, real(0)))));
    EXPECT_SAME(exp(std::nextafter(top, Values::infinity)), Values::infinity);
    const real bottom = static_cast<real>((std::numeric_limits<real>::min_exponent - 0.5L) * std::log(2.0L));
    EXPECT_GE(exp(bottom + real(0.001)), Values::smallest);
    EXPECT_SAME(exp(bottom - real(0.001)), 0);
  }
}

TYPED_TEST(SpecialValues, Logarithm) {
  FOR_EVERY_LANE {
    const auto log = [&](real x) { return Values::call(lane, "log", x); };
    EXPECT_SAME(log(1), 0);
    EXPECT_SAME(log(0), -Values::infinity);
    EXPECT_SAME(log(-real(0)), -Values::infinity);
    EXPECT_SAME(log(Values::infinity), Values::infinity);
    EXPECT_TRUE(std::isnan(log(-1)));
    EXPECT_TRUE(std::isnan(log(-Values::subnormal)));
    EXPECT_TRUE(std::isnan(log(-Values::infinity)));
    EXPECT_TRUE(std::isnan(log(Values::nan)));
    EXPECT_SAME(log(Values::subnormal), std::log(Values::subnormal));
    EXPECT_SAME(log(Values::largest), std::log(Values::largest));
  }
}

TYPED_TEST(SpecialValues, SineAndCosine) {
  FOR_EVERY_LANE {
    const auto sin = [&](real x) { return Values::call(lane, "sin", x); };
    const auto cos = [&](real x) { return Values::call(lane, "cos", x); };
    EXPECT_SAME(sin(0), 0);
    EXPECT_SAME(cos(0), 1);
    EXPECT_SAME(cos(-real(0)), 1);
    EXPECT_SAME(sin(static_cast<real>(M_PI_2)), 1);
    EXPECT_SAME(sin(static_cast<real>(-M_PI_2)), -1);
    EXPECT_SAME(sin(Values::smallest), Values::smallest);
    for (const real x : {Values::infinity, -Values::infinity, Values::nan}) {
      EXPECT_TRUE(std::isnan(sin(x)));
      EXPECT_TRUE(std::isnan(cos(x)));
    }
    // Beyond the limit the angle counts as zero.
    const real limit = Values::is_double ? real(0x1p40) : real(0x1p18);
    EXPECT_NE(sin(std::nextafter(limit, real(0))), 0);
    for (const real x : {limit, -limit, Values::largest, -Values::largest}) {
      EXPECT_SAME(sin(x), 0);
      EXPECT_SAME(cos(x), 1);
    }
  }
}

/// No result exceeds 1, so that sqrt(1 - sin(x)^2) is never NaN: rounding errors are largest where the sine is.
TYPED_TEST(SpecialValues, SineStaysWithinOne) {
  FOR_EVERY_LANE {
    const std::vector<real> x = Values::neighbours(static_cast<real>(M_PI_2), 1 << 16);
    std::vector<real> y(x.size());
    const real* operands[] = {x.data()};
    lane.functions.at("sin")(operands, y.data(), y.size());
    real largest = 0;
    for (const real value : y) largest = std::max(largest, value);
    EXPECT_EQ(largest, 1) << largest - 1;
  }
}

TYPED_TEST(SpecialValues, HyperbolicTangent) {
  FOR_EVERY_LANE {
    const auto tanh = [&](real x) { return Values::call(lane, "tanh", x); };
    EXPECT_SAME(tanh(0), 0);
    EXPECT_SAME(tanh(-real(0)), -real(0));
    EXPECT_SAME(tanh(Values::smallest), Values::smallest);
    EXPECT_SAME(tanh(-Values::subnormal), -Values::subnormal);
    for (const real x : {real(25), Values::largest, Values::infinity}) {
      EXPECT_SAME(tanh(x), 1);
      EXPECT_SAME(tanh(-x), -1);
    }
    EXPECT_TRUE(std::isnan(tanh(Values::nan)));
  }
}

/// Every combination of special operands as std::pow has it; results below 2^(minimum exponent - 1/2) are zero.
TYPED_TEST(SpecialValues, Power) {
  FOR_EVERY_LANE {
    const std::array<real, 26> values = {0,
                                         -real(0),
                                         1,
                                         -1,
                                         2,
                                         -2,
                                         3,
                                         -3,
                                         real(0.5),
                                         real(-0.5),
                                         real(1.5),
                                         real(-1.5),
                                         1000,
                                         -1001,
                                         real(0x1p30),
                                         real(-0x1p30),
                                         real(0x1p23) - 1,
                                         1 - real(0x1p23),
                                         Values::smallest,
                                         -Values::smallest,
                                         Values::largest,
                                         -Values::largest,
                                         Values::infinity,
                                         -Values::infinity,
                                         Values::nan,
                                         -Values::nan};
    for (const real x : values) {
      for (const real y : values) {
        const real got = Values::call(lane, "pow", x, y);
        const real want = std::pow(x, y);
        if (std::isnan(want)) {
          EXPECT_TRUE(std::isnan(got)) << x << "^" << y << " = " << got;
        } else {
          const bool underflow = std::fabs(want) < real(1.5) * Values::smallest;
          EXPECT_EQ(std::signbit(got), std::signbit(want)) << x << "^" << y;
          if (underflow && got == 0) continue;
          if (std::isinf(want))
            EXPECT_EQ(got, want) << x << "^" << y;
          else
            EXPECT_NEAR(got / want - (want == 0), want != 0, 2 * std::numeric_limits<real>::epsilon()) << x << "^" << y;
        }
      }
    }
    EXPECT_SAME(Values::call(lane, "pow", Values::subnormal, 0.5), std::sqrt(Values::subnormal));
  }
}

/// Small whole powers of small whole numbers are exact, as users expect of 3^4.
TYPED_TEST(SpecialValues, PowersOfWholeNumbersAreExact) {
  FOR_EVERY_LANE {
    for (int base = -12; base <= 12; ++base)
      for (int exponent = 0; exponent <= 6; ++exponent) {
        real exact = 1;
        for (int k = 0; k < exponent; ++k) exact *= base;
        EXPECT_EQ(Values::call(lane, "pow", base, exponent), exact) << base << "^" << exponent;
      }
  }
}

TYPED_TEST(SpecialValues, MinimumAndMaximumAreSelectsOnLess) {
  FOR_EVERY_LANE {
    const auto min = [&](real a, real b) { return Values::call(lane, "min", a, b); };
    const auto max = [&](real a, real b) { return Values::call(lane, "max", a, b); };
    EXPECT_SAME(min(1, 2), 1);
    EXPECT_SAME(min(2, 1), 1);
    EXPECT_SAME(max(1, 2), 2);
    EXPECT_SAME(max(2, 1), 2);
    // Where `<` is false: min is its second operand, max its first.
    EXPECT_SAME(min(0, -real(0)), -real(0));
    EXPECT_SAME(min(-real(0), 0), 0);
    EXPECT_SAME(max(0, -real(0)), 0);
    EXPECT_SAME(max(-real(0), 0), -real(0));
    EXPECT_SAME(min(Values::nan, 1), 1);
    EXPECT_TRUE(std::isnan(min(1, Values::nan)));
    EXPECT_TRUE(std::isnan(max(Values::nan, 1)));
    EXPECT_SAME(max(1, Values::nan), 1);
  }
}

}  // namespace
}  // namespace isotherm::test
