#include "verdict/coordinate_temperature.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "verdict/judge.hpp"
#include "verdict/synthetic.hpp"

namespace isotherm::verdict {
namespace {

Scales scales_of(std::vector<double> temperatures) {
  Scales scales;
  scales.dynamics = "sgd";
  scales.dimension = temperatures.size();
  scales.temperatures = std::move(temperatures);
  scales.coordinate_temperature_method = "corrected virial";
  scales.corrected_virial_applies = true;
  return scales;
}

/// A snapshot that has these means and this covariance of a single particle.
Snapshot snapshot_of(double count, std::vector<double> mean, std::vector<double> covariance) {
  Snapshot snapshot;
  for (double& entry : covariance) entry *= count - 1;
  for (std::size_t c = 0; c < mean.size(); ++c) {
    snapshot.observables.emplace_back();
    snapshot.observables.back().name = std::string("xyzuvw").substr(c, 1);
  }
  snapshot.coordinate_temperatures = {count, std::move(mean), std::move(covariance)};
  return snapshot;
}

/// Three correlated normal observables of as many particles; their standard deviations are 1, 2.1 and 0.4.
Snapshot correlated_draws(std::uint64_t seed, int particles, const std::vector<double>& mean) {
  Draws draws(seed);
  ComomentSum sum;
  for (int i = 0; i < particles; ++i) {
    const double u = draws.normal(), v = draws.normal(), w = draws.normal();
    sum = merge(
        sum,
        {1, {mean[0] + u, mean[1] + 2 * u + 0.6 * v, mean[2] - 0.2 * u + 0.2 * v + 0.3 * w}, std::vector<double>(9)});
  }
  Snapshot snapshot = snapshot_of(3, mean, std::vector<double>(9));
  snapshot.coordinate_temperatures = sum;
  return snapshot;
}

TEST(CoordinateTemperature, OfTwoCoordinatesByHand) {
  // Standard errors .01 and .02 at a correlation of .5: Var(m_x - m_y) = 1e-4 + 4e-4 - 2e-4.
  const auto t = coordinate_temperatures(snapshot_of(10000, {1.03, 1.0}, {1, 1, 1, 4}), scales_of({1, 1}));
  EXPECT_EQ(t.method, "corrected virial");
  ASSERT_EQ(t.by_coordinate.size(), 2u);
  EXPECT_EQ(t.by_coordinate[1].coordinate, "y");
  EXPECT_DOUBLE_EQ(t.by_coordinate[0].temperature.value, 1.03);
  EXPECT_NEAR(t.by_coordinate[0].temperature.standard_error, 0.01, 1e-12);
  EXPECT_NEAR(t.by_coordinate[1].temperature.standard_error, 0.02, 1e-12);
  EXPECT_EQ(t.by_coordinate[1].expected, 1.0);
  EXPECT_NEAR(*t.one.chi_squared, 9e-4 / 3e-4, 1e-9);
  EXPECT_EQ(t.one.degrees_of_freedom, 1.0);
  EXPECT_NEAR(*t.one.p_value, std::erfc(std::sqrt(3 / 2.)), 1e-4);
  // d' S^-1 d for d = (.03, 0): 9e-4 * 4e-4 / (4e-8 - 1e-8).
  EXPECT_NEAR(*t.expected.chi_squared, 12, 1e-9);
  EXPECT_EQ(t.expected.degrees_of_freedom, 2.0);
  EXPECT_NEAR(*t.expected.p_value, std::exp(-6), 5e-5);
}

TEST(CoordinateTemperature, TestsWhetherAllAreOneNotWhichOne) {
  const auto t =
      coordinate_temperatures(snapshot_of(10000, {3, 3, 3}, {1, .2, 0, .2, 1, 0, 0, 0, 2}), scales_of({1, 1, 1}));
  EXPECT_NEAR(*t.one.chi_squared, 0, 1e-9);
  EXPECT_NEAR(*t.one.p_value, 1, 1e-9);
  EXPECT_LT(*t.expected.p_value, 1e-100);
  EXPECT_LT(*t.expected.log10_p_value, -1000);
}

/// 300 replications of 40 particles each: Hotelling's law, not the chi-squared that it becomes for many. Kolmogorov's
/// statistic is above 1.95 with probability .001.
TEST(CoordinateTemperature, HasUniformPValuesForOneTemperature) {
  std::vector<double> one, expected;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto t = coordinate_temperatures(correlated_draws(seed, 40, {5, 5, 5}), scales_of({5, 5, 5}));
    one.push_back(*t.one.p_value);
    expected.push_back(*t.expected.p_value);
  }
  EXPECT_LT(uniformity(one), 1.95);
  EXPECT_LT(uniformity(expected), 1.95);
}

TEST(CoordinateTemperature, SeesADifferenceThroughCorrelations) {
  // x and y differ by .2; sd(x - y) = sqrt(1 + .36): 11 standard errors at 4000 particles.
  const auto t = coordinate_temperatures(correlated_draws(1, 4000, {5, 5.2, 5}), scales_of({5, 5.2, 5}));
  EXPECT_LT(*t.one.p_value, 1e-10);
  EXPECT_GT(*t.expected.p_value, 1e-4);
}

TEST(CoordinateTemperature, SaysWhyThereIsNone) {
  const std::vector<double> identity = {1, 0, 0, 1};
  EXPECT_TRUE(coordinate_temperatures(snapshot_of(100, {1}, {1}), scales_of({1})).one.reason.empty());

  Scales refused = scales_of({1, 1});
  refused.no_coordinate_temperatures = "the preconditioner mixes the coordinates";
  auto t = coordinate_temperatures(snapshot_of(100, {1, 1}, identity), refused);
  EXPECT_TRUE(t.by_coordinate.empty());
  EXPECT_EQ(t.one.reason, refused.no_coordinate_temperatures);
  EXPECT_FALSE(t.one.p_value);

  EXPECT_EQ(coordinate_temperatures(Snapshot{}, scales_of({1, 1})).one.reason, "there are too few particles");
  EXPECT_EQ(coordinate_temperatures(snapshot_of(2, {1, 1}, identity), scales_of({1, 1})).one.reason,
            "there are too few particles");
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(coordinate_temperatures(snapshot_of(100, {nan, 1}, identity), scales_of({1, 1})).one.reason, "");
  EXPECT_NE(coordinate_temperatures(snapshot_of(100, {0, 1}, {0, 0, 0, 1}), scales_of({1, 1})).one.reason, "");

  t = coordinate_temperatures(snapshot_of(100, {1, 2}, {1, 2, 2, 4}), scales_of({1, 1}));
  EXPECT_EQ(t.by_coordinate.size(), 2u) << "the temperatures are there, if not their test";
  EXPECT_FALSE(t.one.p_value);
  EXPECT_NE(t.one.reason, "");
}

TEST(CoordinateTemperature, ByTheVirialHasNoTest) {
  Scales scales = scales_of({1, 1});
  scales.coordinate_temperature_method = "virial";
  scales.dynamics = "rmsprop";
  scales.temperatures.clear();
  const auto t = coordinate_temperatures(snapshot_of(100, {1, 2}, {1, 0, 0, 1}), scales);
  EXPECT_EQ(t.method, "virial");
  ASSERT_EQ(t.by_coordinate.size(), 2u);
  EXPECT_FALSE(t.by_coordinate[0].expected);
  EXPECT_FALSE(t.one.p_value || t.expected.p_value);
  EXPECT_NE(t.one.reason.find("rmsprop"), std::string::npos);
}

TEST(CoordinateTemperature, IsConcludedInTheVerdict) {
  const auto judged = [](const std::vector<double>& mean, const Scales& scales, const Diagnostics& diagnostics = {}) {
    Measurement measurement;
    measurement.snapshots = {snapshot_of(10000, mean, {1, 0, 0, 1})};
    return judge(measurement, {}, AlphaEstimates{}, scales, diagnostics);
  };
  const Verdict same = judged({1, 1.01}, scales_of({1, 1}));
  EXPECT_EQ(same.temperatures.one.outcome, Outcome::consistent);
  EXPECT_EQ(same.temperatures.expected.outcome, Outcome::consistent);
  EXPECT_DOUBLE_EQ(same.threshold, same.significance / 2) << "two tests";

  const Verdict two = judged({1, 2}, scales_of({1, 2}));
  EXPECT_EQ(two.temperatures.one.outcome, Outcome::rejected);
  EXPECT_EQ(two.temperatures.expected.outcome, Outcome::consistent);

  Scales correlated = scales_of({1, 1});
  correlated.correlated = true;
  const Verdict along_axes = judged({1, 1.01}, correlated);
  EXPECT_EQ(along_axes.temperatures.one.outcome, Outcome::not_applicable);
  EXPECT_NE(along_axes.temperatures.one.reason.find("correlated"), std::string::npos);
  EXPECT_EQ(along_axes.temperatures.expected.outcome, Outcome::consistent);
  EXPECT_EQ(judged({1, 2}, correlated).temperatures.one.outcome, Outcome::rejected);

  Diagnostics unmixed;
  unmixed.mixed = false;
  const Verdict nothing = judged({1, 2}, scales_of({1, 1}), unmixed);
  EXPECT_EQ(nothing.temperatures.one.outcome, Outcome::not_applicable);
  EXPECT_NE(nothing.temperatures.one.reason, "");
}

}  // namespace
}  // namespace isotherm::verdict
