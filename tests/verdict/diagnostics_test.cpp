#include "verdict/diagnostics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "verdict/synthetic.hpp"

namespace isotherm::verdict {
namespace {

/// Stationary chains x' = a x + sqrt(1 - a^2) z, one after the other.
std::vector<double> autoregression(double a, std::size_t chains, std::size_t length, std::uint64_t seed) {
  Draws draws(seed);
  std::vector<double> series;
  for (std::size_t c = 0; c < chains; ++c) {
    double x = draws.normal();
    for (std::size_t n = 0; n < length; ++n) {
      series.push_back(x);
      x = a * x + std::sqrt(1 - a * a) * draws.normal();
    }
  }
  return series;
}

std::vector<double> squares(std::vector<double> values) {
  for (double& value : values) value *= value;
  return values;
}

TEST(Autocovariances, AreTheSumsThatTheyStandFor) {
  const std::size_t chains = 3;
  // Transforms are of 2^k or 3 2^k numbers.
  for (const std::size_t length : {4u, 5u, 16u, 21u, 32u, 43u}) {
    const std::vector<double> x = autoregression(0.5, chains, length, 1);
    double mean = 0;
    for (const double value : x) mean += value / static_cast<double>(x.size());
    const std::vector<double> covariance = autocovariances(x, chains);
    ASSERT_EQ(covariance.size(), (length + 1) / 2);
    for (std::size_t k = 0; k < covariance.size(); ++k) {
      double expected = 0;
      for (std::size_t c = 0; c < chains; ++c)
        for (std::size_t n = 0; n + k < length; ++n)
          expected += (x[c * length + n] - mean) * (x[c * length + n + k] - mean);
      EXPECT_NEAR(covariance[k], expected / static_cast<double>(chains * (length - k)), 1e-14) << length << ' ' << k;
    }
  }
}

/// Bartlett's formula: the relative variance of a sum that ends after M lags is about 2 (2 M + 1) / samples (Sokal
/// 1997), here with M = 5 autocorrelation times.
void expect_inefficiency(const std::vector<double>& series, std::size_t chains, double expected) {
  const std::optional<double> found = inefficiency(series, chains);
  ASSERT_TRUE(found);
  const double error = expected * std::sqrt(2 * (5 * expected + 1) / static_cast<double>(series.size()));
  EXPECT_NEAR(*found, expected, 5 * error);
}

/// (1 + a) / (1 - a) for x, (1 + a^2) / (1 - a^2) for x^2.
TEST(Inefficiency, OfAutoregression) {
  for (const double a : {0.0, 0.5, 0.9}) {
    const std::vector<double> x = autoregression(a, 256, 1000, 7);
    expect_inefficiency(x, 256, (1 + a) / (1 - a));
    expect_inefficiency(squares(x), 256, (1 + a * a) / (1 - a * a));
  }
}

/// Steps that overshoot: averages are better than those of independent samples.
TEST(Inefficiency, IsBelowOneWhereStepsAlternate) {
  const std::optional<double> found = inefficiency(autoregression(-0.5, 256, 1000, 9), 256);
  ASSERT_TRUE(found);
  EXPECT_NEAR(*found, 1.0 / 3, 0.02);
}

/// Series that are frozen stay correlated as long as one looks.
TEST(Inefficiency, OfParticlesThatNeverChangeWellsIsTheWholeSeries) {
  std::vector<double> series = autoregression(0, 128, 200, 3);
  for (std::size_t i = 0; i < series.size(); ++i) series[i] = 0.1 * series[i] + (i / 200 % 2 == 0 ? 1 : -1);
  EXPECT_NEAR(*inefficiency(series, 128), 200, 5);
}

TEST(Inefficiency, NeedsSeriesThatVary) {
  EXPECT_FALSE(inefficiency(std::vector<double>(80, 0.3), 4));
  EXPECT_FALSE(inefficiency(std::vector<double>{1, 2, 3}, 1));
  EXPECT_FALSE(inefficiency({}, 0));
}

TEST(SplitRHat, FromItsDefinition) {
  // Halves {0, 2}, {1, 3}, {4, 6}, {5, 7}: variance within 2, of the means 1, 2, 5, 6 it is 17/3.
  const std::vector<double> series = {0, 2, 1, 3, 4, 6, 5, 7};
  EXPECT_DOUBLE_EQ(*split_r_hat(series, 2), std::sqrt(0.5 + 17.0 / 3 / 2));
  // An odd length: the middle is left out.
  EXPECT_DOUBLE_EQ(*split_r_hat(std::vector<double>{0, 2, 99, 1, 3, 4, 6, -99, 5, 7}, 2), *split_r_hat(series, 2));
}

TEST(SplitRHat, IsOneForMixedAndLargeForUnmixedChains) {
  std::vector<double> series = autoregression(0.5, 128, 400, 5);
  EXPECT_NEAR(*split_r_hat(series, 128), 1 + 1.0 / 200, 5e-3);  // between / within = 3 / 200 less 1 / 200, halved
  for (std::size_t i = 0; i < series.size(); ++i) series[i] = 0.1 * series[i] + (i / 400 % 2 == 0 ? 1 : -1);
  EXPECT_GT(*split_r_hat(series, 128), 9);
  EXPECT_FALSE(split_r_hat(std::vector<double>(80, 0.3), 4));
  EXPECT_FALSE(split_r_hat(std::vector<double>{1, 2, 3}, 1));
}

const Axis axis{"x", 20, -4, 4, false};

Snapshot snapshot(const std::vector<double>& x, std::uint64_t step) { return make_snapshot(x, 1, 0.1, 1, axis, step); }

/// The same particles some steps later.
std::vector<double> later(const std::vector<double>& x, double a, double shift, double factor, std::uint64_t seed) {
  Draws draws(seed);
  std::vector<double> next;
  for (const double value : x) next.push_back(factor * (a * value + std::sqrt(1 - a * a) * draws.normal()) + shift);
  return next;
}

TEST(Drifts, OfAStationaryChainAreUniformInP) {
  std::vector<double> p_values;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Draws draws(1000 + seed);
    const std::vector<double> x = normal_draws(draws, 64 * 256, 1);
    const std::vector<Drift> drifts = find_drifts(snapshot(x, 10), snapshot(later(x, 0.9, 0, 1, seed), 20), 1);
    ASSERT_EQ(drifts.size(), 3u);
    EXPECT_EQ(drifts[0].observable, "mean of x");
    EXPECT_EQ(drifts[1].observable, "mean square of x");
    EXPECT_EQ(drifts[2].observable, "mean of loss");
    p_values.push_back(drifts[0].p_value);
    for (const Drift& drift : drifts) EXPECT_GT(drift.p_value, drift_significance);
  }
  EXPECT_LT(uniformity(p_values), 1.95);
}

/// The particles are the same ones, so a shift of 0.01 stands out of a spread of 1 while they still remember.
TEST(Drifts, AreFoundInTheMeanAndInTheSpread) {
  Draws draws(3);
  const std::vector<double> x = normal_draws(draws, 1 << 18, 1);
  const std::vector<Drift> moved = find_drifts(snapshot(x, 10), snapshot(later(x, 0.99, 0.01, 1, 4), 20), 1);
  EXPECT_LT(moved[0].p_value, drift_significance);
  EXPECT_NEAR(moved[0].change, 0.01, 0.002);
  EXPECT_GT(moved[1].p_value, drift_significance);
  const std::vector<Drift> spread = find_drifts(snapshot(x, 10), snapshot(later(x, 0.99, 0, 1.01, 5), 20), 1);
  EXPECT_GT(spread[0].p_value, drift_significance);
  EXPECT_LT(spread[1].p_value, drift_significance);
  EXPECT_LT(spread[2].p_value, drift_significance);
}

TEST(Drifts, AreNotLookedForWhereTheyMeanNothing) {
  Draws draws(3);
  const std::vector<double> x = normal_draws(draws, 64 * 256, 1), few(x.begin(), x.begin() + 700);
  EXPECT_TRUE(find_drifts(snapshot(few, 10), snapshot(later(few, 0.9, 1, 1, 4), 20), 1).empty());  // three groups
  const std::vector<Drift> angles = find_drifts(snapshot(x, 10), snapshot(later(x, 0.9, 1, 1, 4), 20), 1, {true});
  ASSERT_EQ(angles.size(), 1u);
  EXPECT_EQ(angles[0].observable, "mean of loss");
  Snapshot lost = snapshot(x, 20);
  lost.nonfinite = 1;
  EXPECT_TRUE(find_drifts(snapshot(x, 10), lost, 1).empty());
}

/// By hand: eight superchains of two chains with two samples each, superchain k at k.
TEST(NestedRHat, ByItsDefinition) {
  std::vector<double> series, starts;
  for (int k = 0; k < 8; ++k)
    for (int m = 0; m < 2; ++m) {
      starts.push_back(k);
      for (int n = 0; n < 2; ++n) series.push_back(k + 0.4 * (2 * m - 1) + 0.1 * (2 * n - 1));
    }
  // Means 0 ... 7 of variance 6; between chains 2 * 0.4^2, within them 2 * 0.1^2.
  const double expected = std::sqrt(1 + 6 / (2 * 0.16 + 2 * 0.01));
  EXPECT_DOUBLE_EQ(*nested_r_hat(series, 16, starts), expected);
  // Chains are put in the order of their starts.
  std::swap(starts[0], starts[15]);
  std::swap_ranges(series.begin(), series.begin() + 2, series.end() - 2);
  EXPECT_DOUBLE_EQ(*nested_r_hat(series, 16, starts), expected);
}

/// Chains of one sample each, of which split R-hat can say nothing: 8 x 32 that remember their start, or not.
TEST(NestedRHat, SeesMemoryOfTheStartInShortChains) {
  constexpr std::size_t chains = 256;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Draws draws(seed);
    std::vector<double> starts, wells, forgotten;
    for (std::size_t c = 0; c < chains; ++c) {
      starts.push_back(draws.normal());
      wells.push_back((starts.back() > 0 ? 1 : -1) + 0.1 * draws.normal());
      forgotten.push_back((draws.normal() > 0 ? 1 : -1) + 0.1 * draws.normal());
    }
    EXPECT_GT(*nested_r_hat(wells, chains, starts), 2);
    // M B / W is F-distributed with 7 and 248 degrees of freedom: 1e-6 of it lies above 6.
    EXPECT_LT(*nested_r_hat(forgotten, chains, starts), std::sqrt(1 + 6.0 / 32));
  }
}

/// Groups that nobody chose by where they started agree, also where no particle ever leaves its well.
TEST(NestedRHat, SaysNothingOfExchangeableChains) {
  constexpr std::size_t chains = 256;
  Draws draws(1);
  std::vector<double> labels, wells;
  for (std::size_t c = 0; c < chains; ++c) {
    labels.push_back(static_cast<double>(c));
    wells.push_back((draws.normal() > 0 ? 1 : -1) + 0.1 * draws.normal());
  }
  EXPECT_LT(*nested_r_hat(wells, chains, labels), std::sqrt(1 + 6.0 / 32));
}

TEST(NestedRHat, IsAbsentWhereItMeansNothing) {
  const std::vector<double> series = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  EXPECT_TRUE(nested_r_hat(series, 16, series));
  EXPECT_FALSE(nested_r_hat(series, 16, std::vector<double>(16, -1.0))) << "one place to start from";
  EXPECT_FALSE(nested_r_hat(std::vector<double>(16, 0.3), 16, series)) << "nothing moves";
  EXPECT_FALSE(nested_r_hat(std::span(series).first(15), 15, std::span(series).first(15)));
  EXPECT_FALSE(nested_r_hat({}, 0, {}));
}

}  // namespace
}  // namespace isotherm::verdict
