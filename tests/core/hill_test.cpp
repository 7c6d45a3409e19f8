#include "isotherm/statistics/hill.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

namespace isotherm {
namespace {

TEST(Hill, CountsTwiceTheRoot) {
  EXPECT_EQ(tail_count(2499), 0u);
  EXPECT_EQ(tail_count(2500), 100u);
  EXPECT_EQ(tail_count(1'000'000), 2000u);
  EXPECT_EQ(tail_count(10'000'000), 6324u);
}

TEST(Hill, IsItsFormula) {
  // 100 values e^2 above 1: the mean logarithm is 2.
  std::vector<double> largest(100, std::exp(2.0));
  largest.push_back(1);
  const auto index = hill(largest, 2500);
  ASSERT_TRUE(index);
  EXPECT_NEAR(index->value, 0.5, 1e-14);
  EXPECT_NEAR(index->standard_error, 0.05, 1e-15);
  EXPECT_EQ(index->used, 100u);
  EXPECT_EQ(index->of, 2500u);
  EXPECT_EQ(index->threshold, 1);
}

TEST(Hill, IsRightWithItsErrorForAPurePower) {
  // False-alarm rate of |z| <= 5: 6e-7.
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform;
  for (const double power : {0.7, 2.0, 3.5}) {
    std::vector<double> values(200000);
    for (double& value : values) value = 4 * std::pow(1 - uniform(random), -1 / power);
    std::ranges::sort(values, std::greater<>());
    const auto index = hill(values, values.size());
    ASSERT_TRUE(index);
    EXPECT_LT(std::abs(index->value - power), 5 * index->standard_error);
  }
}

TEST(Hill, HasNothingToSayOfSmallOrBrokenSamples) {
  const std::vector<double> falling = [] {
    std::vector<double> values;
    for (int i = 0; i < 200; ++i) values.push_back(1000.0 / (i + 1));
    return values;
  }();
  EXPECT_TRUE(hill(falling, 2500));
  EXPECT_FALSE(hill(falling, 2499)) << "too few values";
  EXPECT_FALSE(hill(std::span(falling).first(100), 2500)) << "the threshold is missing";
  EXPECT_FALSE(hill(std::vector<double>(200, 3.0), 2500)) << "all equal";
  EXPECT_FALSE(hill(std::vector<double>(200, 0.0), 2500)) << "no positive threshold";
  std::vector<double> broken = falling;
  broken[0] = INFINITY;
  EXPECT_FALSE(hill(broken, 2500));
}

}  // namespace
}  // namespace isotherm
