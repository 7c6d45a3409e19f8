#include "report/scale.hpp"

#include <gtest/gtest.h>

namespace isotherm::report {
namespace {

std::vector<std::string> texts(const Scale& scale, int most) {
  std::vector<std::string> all;
  for (const Tick& tick : ticks(scale, most))
    if (!tick.text.empty()) all.push_back(tick.text);
  return all;
}

using Texts = std::vector<std::string>;

TEST(Scale, PlacesValuesEvenlyOrByTheirLogarithms) {
  EXPECT_DOUBLE_EQ((Scale{-1, 3, 10, 50})(0), 20);
  EXPECT_DOUBLE_EQ((Scale{0.01, 100, 100, 0, true})(1), 50);
}

TEST(Ticks, AreMultiplesOfOneTwoOrFiveWithEquallyManyDecimals) {
  EXPECT_EQ(texts({-1.8, 1.8}, 8), (Texts{"−1.5", "−1.0", "−0.5", "0", "0.5", "1.0", "1.5"}));
  EXPECT_EQ(texts({0, 100}, 5), (Texts{"0", "20", "40", "60", "80", "100"}));
  EXPECT_EQ(texts({0.4986, 0.5304}, 4), (Texts{"0.50", "0.51", "0.52", "0.53"}));
}

TEST(Ticks, LongNumbersShareAPowerOfTen) {
  EXPECT_EQ(texts({0, 3e-5}, 3), (Texts{"0", "1\u202F×\u202F10⁻⁵", "2\u202F×\u202F10⁻⁵", "3\u202F×\u202F10⁻⁵"}));
  EXPECT_EQ(texts({0, 2e6}, 2), (Texts{"0", "1\u202F×\u202F10⁶", "2\u202F×\u202F10⁶"}));
}

TEST(Ticks, LogarithmicOnesAreAllWrittenInOneWay) {
  EXPECT_EQ(texts({0.002, 30, 0, 1, true}, 6), (Texts{"0.01", "0.1", "1", "10"}));
  EXPECT_EQ(texts({2e-6, 3, 0, 1, true}, 6), (Texts{"10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "1"}));
  EXPECT_EQ(texts({1e-12, 1, 0, 1, true}, 4), (Texts{"10⁻¹²", "10⁻⁸", "10⁻⁴", "1"}));
  EXPECT_EQ(texts({0.15, 4, 0, 1, true}, 5), (Texts{"0.2", "0.5", "1", "2"}));
}

}  // namespace
}  // namespace isotherm::report
