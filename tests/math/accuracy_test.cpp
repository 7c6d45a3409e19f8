// Errors of the elementary functions against the C library in the next wider format, whose own errors are below 0.001
// units in the last place of ours. The bounds are those that elementary-inl.hpp states.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "math/lanes.hpp"
#include "math/ulp.hpp"

namespace isotherm::test {
namespace {

using Reference = long double (*)(long double);

/// The widest lane: the tests of bit identity extend what is found here to all of them.
template <class real>
LaneFunction<real> function(const std::string& name) {
  return lane_tables<real>().size() > 1 ? lane_tables<real>()[1].functions.at(name)
                                        : lane_tables<real>()[0].functions.at(name);
}

template <class real>
struct Worst {
  double error = 0;
  real at = 0, second = 0;
  void see(double e, real x, real y = 0) {
    if (e > error) *this = {e, x, y};
  }
};

/// Every `stride`-th float of [lower, upper], 0 < lower, and its negative.
template <class Wide>
Worst<float> scan(const std::string& name, Wide reference, float lower, float upper, std::uint32_t stride) {
  const LaneFunction<float> apply = function<float>(name);
  constexpr std::size_t size = 1024;
  std::vector<float> x(size), y(size);
  const float* operands[] = {x.data()};
  Worst<float> worst;
  const std::uint64_t last = std::bit_cast<std::uint32_t>(upper);
  for (std::uint64_t bits = std::bit_cast<std::uint32_t>(lower); bits <= last;) {
    for (std::size_t i = 0; i < size; i += 2, bits += stride) {
      x[i] = std::bit_cast<float>(static_cast<std::uint32_t>(std::min(bits, last)));
      x[i + 1] = -x[i];
    }
    apply(operands, y.data(), size);
    for (std::size_t i = 0; i < size; ++i) worst.see(ulp_error(y[i], reference(static_cast<double>(x[i]))), x[i]);
  }
  return worst;
}

/// `count` doubles of [lower, upper], 0 < lower, whose logarithms are uniform, and their negatives.
template <class Wide>
Worst<double> scan(const std::string& name, Wide reference, double lower, double upper, std::size_t count) {
  const LaneFunction<double> apply = function<double>(name);
  std::mt19937_64 generator(20250101);
  std::uniform_int_distribution<std::uint64_t> bits(std::bit_cast<std::uint64_t>(lower),
                                                    std::bit_cast<std::uint64_t>(upper));
  count = (count + array_unit - 1) / array_unit * array_unit;
  std::vector<double> x(count), y(count);
  for (std::size_t i = 0; i < count; i += 2) {
    x[i] = std::bit_cast<double>(bits(generator));
    x[i + 1] = -x[i];
  }
  const double* operands[] = {x.data()};
  apply(operands, y.data(), count);
  Worst<double> worst;
  for (std::size_t i = 0; i < count; ++i) worst.see(ulp_error(y[i], reference(static_cast<long double>(x[i]))), x[i]);
  return worst;
}

#define EXPECT_WITHIN(worst, bound)                                      \
  do {                                                                   \
    const auto found = (worst);                                          \
    EXPECT_LE(found.error, bound) << "at " << std::hexfloat << found.at; \
  } while (false)

constexpr auto exp_of = [](auto x) { return std::exp(x); };
constexpr auto log_of = [](auto x) { return std::log(x); };
constexpr auto sin_of = [](auto x) { return std::sin(x); };
constexpr auto cos_of = [](auto x) { return std::cos(x); };
constexpr auto tanh_of = [](auto x) { return std::tanh(x); };

constexpr float tiny = 1e-30f, subnormal = 1e-45f, largest = 3.4e38f;

// Thinly over all magnitudes, then every float of the binades where reductions change.
TEST(FloatAccuracy, Exponential) {
  EXPECT_WITHIN(scan("exp", exp_of, tiny, 86.98f, 1009), 0.90);
  EXPECT_WITHIN(scan("exp", exp_of, 0.25f, 0.5f, 1), 0.90);
}
TEST(FloatAccuracy, Logarithm) {
  EXPECT_WITHIN(scan("log", log_of, subnormal, largest, 1009), 0.93);
  EXPECT_WITHIN(scan("log", log_of, 0.5f, 2.0f, 1), 0.93);
}
TEST(FloatAccuracy, Sine) {
  EXPECT_WITHIN(scan("sin", sin_of, tiny, 0x1.fffffep17f, 1009), 1.89);
  EXPECT_WITHIN(scan("sin", sin_of, 1.0f, 4.0f, 1), 1.89);
}
TEST(FloatAccuracy, Cosine) {
  EXPECT_WITHIN(scan("cos", cos_of, tiny, 0x1.fffffep17f, 1009), 1.89);
  EXPECT_WITHIN(scan("cos", cos_of, 0.5f, 2.0f, 1), 1.89);
}
TEST(FloatAccuracy, HyperbolicTangent) {
  EXPECT_WITHIN(scan("tanh", tanh_of, tiny, largest, 1009), 1.73);
  EXPECT_WITHIN(scan("tanh", tanh_of, 0.125f, 0.5f, 1), 1.73);
}

TEST(DoubleAccuracy, Exponential) { EXPECT_WITHIN(scan("exp", exp_of, 1e-3, 708.04, 400000), 0.92); }
TEST(DoubleAccuracy, Logarithm) {
  EXPECT_WITHIN(scan("log", log_of, 5e-324, 1.79e308, 200000), 1.35);
  EXPECT_WITHIN(scan("log", log_of, 0.5, 2.0, 400000), 1.35);
}
TEST(DoubleAccuracy, Sine) {
  EXPECT_WITHIN(scan("sin", sin_of, 1e-3, 10.0, 400000), 1.51);
  EXPECT_WITHIN(scan("sin", sin_of, 10.0, 0x1.fffffp39, 400000), 1.51);
}
TEST(DoubleAccuracy, Cosine) {
  EXPECT_WITHIN(scan("cos", cos_of, 1e-3, 10.0, 400000), 1.51);
  EXPECT_WITHIN(scan("cos", cos_of, 10.0, 0x1.fffffp39, 400000), 1.51);
}
TEST(DoubleAccuracy, HyperbolicTangent) { EXPECT_WITHIN(scan("tanh", tanh_of, 1e-3, 1e3, 400000), 1.88); }

/// x > 0 and y from a wide and a narrow law each, so that results fill the whole range and also crowd around 1. Results
/// that underflow are left to the tests of special values.
template <class real, class wide>
Worst<real> scan_power(double width, double narrow, wide smallest) {
  const LaneFunction<real> apply = function<real>("pow");
  std::mt19937_64 generator(20250102);
  std::normal_distribution<double> normal;
  constexpr std::size_t size = 400000;
  std::vector<real> x(size), y(size), z(size);
  for (std::size_t i = 0; i < size; ++i) {
    x[i] = static_cast<real>(std::exp2(normal(generator) * (i % 2 == 0 ? width : narrow)));
    y[i] = static_cast<real>(normal(generator) * (i % 4 < 2 ? width : narrow));
  }
  const real* operands[] = {x.data(), y.data()};
  apply(operands, z.data(), size);
  Worst<real> worst;
  for (std::size_t i = 0; i < size; ++i) {
    const wide want = std::pow(static_cast<wide>(x[i]), static_cast<wide>(y[i]));
    if (want > smallest) worst.see(ulp_error(z[i], want), x[i], y[i]);
  }
  return worst;
}

TEST(FloatAccuracy, Power) { EXPECT_WITHIN((scan_power<float, double>(40, 1, 0x1p-125)), 1.0); }
TEST(DoubleAccuracy, Power) { EXPECT_WITHIN((scan_power<double, long double>(300, 1, 0x1p-1021L)), 1.1); }

/// The arguments next to a multiple of pi / 2: the reduced angle keeps its relative precision there.
TEST(FloatAccuracy, NextToTheZerosOfSineAndCosine) {
  Worst<float> worst;
  std::vector<float> x(array_unit), y(array_unit);
  const float* operands[] = {x.data()};
  for (int half_turns = 1; half_turns * M_PI_2 < 0x1p18; half_turns += 1) {
    const float nearest = static_cast<float>(half_turns * M_PI_2);
    x.assign(array_unit, nearest);
    const bool odd = half_turns % 2 != 0;
    function<float>(odd ? "cos" : "sin")(operands, y.data(), array_unit);
    const double want = odd ? std::cos(static_cast<double>(nearest)) : std::sin(static_cast<double>(nearest));
    worst.see(ulp_error(y[0], want), nearest);
  }
  EXPECT_WITHIN(worst, 1.89);
}

TEST(DoubleAccuracy, NextToTheZerosOfSineAndCosine) {
  Worst<double> worst;
  std::vector<double> x(array_unit), y(array_unit);
  const double* operands[] = {x.data()};
  for (double half_turns = 1; half_turns * M_PI_2 < 0x1p40; half_turns = std::floor(half_turns * 1.001) + 1) {
    const double nearest = static_cast<double>(half_turns * 1.57079632679489661923132169163975144L);
    x.assign(array_unit, nearest);
    const bool odd = std::fmod(half_turns, 2) != 0;
    function<double>(odd ? "cos" : "sin")(operands, y.data(), array_unit);
    const long double wide = nearest;
    worst.see(ulp_error(y[0], odd ? std::cos(wide) : std::sin(wide)), nearest);
  }
  EXPECT_WITHIN(worst, 1.51);
}

}  // namespace
}  // namespace isotherm::test
