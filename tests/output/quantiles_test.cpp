#include "output/quantiles.hpp"

#include <gtest/gtest.h>

#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <map>
#include <random>

#include "theory/prediction.hpp"

namespace isotherm::output {
namespace {

Histogram histogram(std::size_t bins, double lower, double upper) {
  Histogram result;
  result.name = "x";
  result.axes = {{"x", bins, lower, upper, false}};
  result.counts.assign(bins + 2, 0);
  result.nonfinite.assign(1, 0);
  return result;
}

std::map<std::string, Quantile> by_key(const std::vector<Quantile>& list) {
  std::map<std::string, Quantile> map;
  for (const Quantile& quantile : list) map[quantile.key] = quantile;
  return map;
}

TEST(Quantiles, InterpolatesWithinABin) {
  Histogram h = histogram(4, 0, 4);
  h.counts = {0, 10, 30, 40, 20, 0};
  const auto q = by_key(quantiles(h));
  EXPECT_DOUBLE_EQ(q.at("0.05").value, 0.5);
  EXPECT_DOUBLE_EQ(q.at("0.1").value, 1.0);
  EXPECT_DOUBLE_EQ(q.at("0.25").value, 1.5);
  EXPECT_DOUBLE_EQ(q.at("0.5").value, 2.25);
  EXPECT_DOUBLE_EQ(q.at("0.9").value, 3.5);
  // Half the distance between the quantiles at 0.5 +- 0.05, both in the third bin of density 0.4.
  EXPECT_NEAR(q.at("0.5").standard_error, 0.05 / 0.4, 1e-12);
}

TEST(Quantiles, SkipsEmptyBinsAndThoseInFlow) {
  Histogram h = histogram(4, 0, 4);
  h.counts = {6, 0, 44, 0, 46, 4};
  const auto q = by_key(quantiles(h));
  EXPECT_EQ(q.count("0.01"), 0u);  // in the underflow
  EXPECT_EQ(q.count("0.05"), 0u);
  EXPECT_EQ(q.count("0.99"), 0u);  // in the overflow
  EXPECT_DOUBLE_EQ(q.at("0.5").value, 2);
  EXPECT_NEAR(q.at("0.95").value, 3 + 45.0 / 46, 1e-12);
  // 0.95 + 0.0218 is in the overflow: sqrt(p (1 - p) / N) / density of the bin.
  EXPECT_NEAR(q.at("0.95").standard_error, std::sqrt(.95 * .05 / 100) / 0.46, 1e-12);
}

TEST(Quantiles, OfALossAreInItsOwnUnits) {
  // L = s^2 / 2 + 3 with s uniform on (0, 1): quantile p of L - 3 is p^2 / 2.
  SnapshotObservable loss;
  loss.fine = histogram(100, 0, std::sqrt(0.5));
  loss.fine_offset = 3;
  for (std::size_t slot = 1; slot <= 100; ++slot) loss.fine.counts[slot] = 1000;
  for (const Quantile& q : quantiles(loss)) {
    const double p = std::stod(q.key);
    EXPECT_NEAR(q.value, 3 + p * p / 2, 1e-9) << q.key;
    EXPECT_NEAR(q.standard_error, p * std::sqrt(p * (1 - p) / 1e5), 1e-6) << q.key;
  }
}

TEST(Quantiles, NothingFromNothing) {
  EXPECT_TRUE(quantiles(histogram(4, 0, 1)).empty());
  Histogram joint = histogram(4, 0, 1);
  joint.axes.push_back(joint.axes.front());
  EXPECT_TRUE(quantiles(joint).empty());
}

/// 400 samples of 20000 normals: every quantile's z values have mean 0 and standard deviation 1. With 400 of them the
/// mean's standard error is 0.05 and the deviation's 0.035; 5 of these for each of 9 levels: false alarm 5e-6 each.
TEST(Quantiles, StandardErrorsAreRight) {
  std::mt19937_64 words(7);
  std::normal_distribution<double> normal;
  constexpr int repetitions = 400, samples = 20000;
  std::map<std::string, std::pair<double, double>> sums;
  for (int r = 0; r < repetitions; ++r) {
    Histogram h = histogram(4096, -6, 6);
    for (int i = 0; i < samples; ++i) {
      const double x = (normal(words) + 6) / 12 * 4096;
      ++h.counts[static_cast<std::size_t>(std::clamp(std::floor(x), -1.0, 4096.0) + 1)];
    }
    for (const Quantile& q : quantiles(h)) {
      const double expected = boost::math::quantile(boost::math::normal(), std::stod(q.key));
      const double z = (q.value - expected) / q.standard_error;
      sums[q.key].first += z;
      sums[q.key].second += z * z;
    }
  }
  ASSERT_EQ(sums.size(), theory::quantile_levels().size());
  for (const auto& [key, sum] : sums) {
    const double mean = sum.first / repetitions;
    EXPECT_NEAR(mean, 0, 0.25) << key;
    EXPECT_NEAR(std::sqrt(sum.second / repetitions - mean * mean), 1, 0.175) << key;
  }
}

}  // namespace
}  // namespace isotherm::output
