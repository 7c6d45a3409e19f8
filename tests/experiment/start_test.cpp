// Where particles start: the laws of --init at step 0.

#include "experiment/start.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "experiment/run.hpp"

namespace isotherm {
namespace {

constexpr double particles = 100'000;

Measurement started(const std::string& loss, const std::vector<InitialRequest>& init, Precision precision,
                    const std::vector<HistogramRequest>& histograms = {}) {
  Experiment experiment;
  experiment.loss = loss;
  experiment.init = init;
  experiment.precision = precision;
  experiment.particles = static_cast<std::uint64_t>(particles);
  experiment.backend = Backend::cpu;
  experiment.threads = 1;
  experiment.burn_in = 0;
  experiment.steps = 1;
  experiment.snapshots = {0};
  experiment.histogram = histograms;
  const Plan plan = make_plan(experiment);
  const auto engine = engine::make_cpu_engine(plan.simulation, 1);
  Measurement measurement = measure(plan, *engine);
  EXPECT_EQ(measurement.snapshots.front().step, 0u);
  return measurement;
}

/// Mean and variance within five standard errors; `fourth` is the central moment of the law.
void expect_moments(const MomentSum& sum, double mean, double variance, double fourth) {
  EXPECT_EQ(sum.count, particles);
  EXPECT_LE(std::abs(sum.mean - mean), 5 * std::sqrt(variance / particles));
  EXPECT_LE(std::abs(sum.variance() - variance), 5 * std::sqrt((fourth - variance * variance) / particles));
}

class StartLaws : public testing::TestWithParam<Precision> {};

TEST_P(StartLaws, Uniform) {
  const Measurement measurement =
      started("x^2/2", {{"uniform", {2, 5}}}, GetParam(), {{AxisRequest{"x", 30, 2.0, 5.0, false}}});
  const Snapshot& start = measurement.snapshots.front();
  expect_moments(start.observables[0].total, 3.5, 0.75, 81.0 / 80);
  const std::vector<std::uint64_t> counts = start.histograms[0].total();
  double chi_squared = 0;
  for (std::size_t i = 1; i <= 30; ++i) {
    const double expected = particles / 30;
    chi_squared += std::pow(static_cast<double>(counts[i]) - expected, 2) / expected;
  }
  EXPECT_LE(std::abs(chi_squared - 29) / std::sqrt(2 * 29), 5);
  EXPECT_LE(counts.front() + counts.back(), 5u) << "ends only by rounding";
}

TEST_P(StartLaws, Normal) {
  const Measurement measurement = started("x^2/2", {{"normal", {1, 2}}}, GetParam());
  const MomentSum& x = measurement.snapshots.front().observables[0].total;
  expect_moments(x, 1, 4, 3 * 16);
  EXPECT_LE(std::abs(x.skewness()), 5 * std::sqrt(6 / particles));
  EXPECT_LE(std::abs(x.excess_kurtosis()), 5 * std::sqrt(24 / particles));
}

TEST_P(StartLaws, ClampedNormal) {
  const Measurement measurement =
      started("x^2/2", {{"normal", {0, 1, -0.5, 1}}}, GetParam(), {{AxisRequest{"x", 4, -0.5, 1.5, false}}});
  // Bins [-0.5, 0), [0, 0.5), [0.5, 1), [1, 1.5): the last holds those clamped to 1.
  const std::vector<std::uint64_t> counts = measurement.snapshots.front().histograms[0].total();
  const double expected[] = {0, 0.5, 0.19146246127401312, 0.14988228479452986, 0.15865525393145707, 0};
  for (std::size_t i = 0; i < 6; ++i)
    EXPECT_LE(std::abs(static_cast<double>(counts[i]) - particles * expected[i]),
              5 * std::sqrt(particles * expected[i] * (1 - expected[i])))
        << i;
}

TEST_P(StartLaws, MixedByCoordinate) {
  const std::vector<InitialRequest> init = {{"normal", {1, 2}},  {"point", {-0.75}}, {"uniform", {0, 1}},
                                            {"uniform", {2, 5}}, {"normal", {0, 1}}, {"normal", {-1, 2}}};
  const Measurement measurement = started("u^2 + v^2 + w^2 + x^2 + y^2 + z^2", init, GetParam());
  const Snapshot& start = measurement.snapshots.front();
  const auto law = [&](std::size_t c) -> const MomentSum& { return start.observables[c].total; };
  expect_moments(law(0), 1, 4, 48);
  EXPECT_EQ(law(1).mean, -0.75);
  EXPECT_EQ(law(1).m2, 0);
  expect_moments(law(2), 0.5, 1.0 / 12, 1.0 / 80);
  expect_moments(law(3), 3.5, 0.75, 81.0 / 80);
  expect_moments(law(4), 0, 1, 3);
  expect_moments(law(5), -1, 4, 48);
  for (std::size_t i = 0; i < init.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_LE(std::abs(start.coordinates.covariance(i, j)),
                5 * std::sqrt(start.coordinates.covariance(i, i) * start.coordinates.covariance(j, j) / particles))
          << "coordinates " << i << " and " << j << " are independent";
}

INSTANTIATE_TEST_SUITE_P(Precisions, StartLaws, testing::Values(Precision::single, Precision::twofold));

TEST(StartSymmetry, OfLaws) {
  EXPECT_TRUE(is_symmetric({{"point", {0}}, {"normal", {0, 1}}, {"uniform", {-2, 2}}, {"normal", {0, 1, -3, 3}}}));
  EXPECT_FALSE(is_symmetric({{"point", {1}}}));
  EXPECT_FALSE(is_symmetric({{"normal", {0.1, 1}}}));
  EXPECT_FALSE(is_symmetric({{"normal", {0, 1, -3, 2}}}));
  EXPECT_FALSE(is_symmetric({{"point", {0}}, {"uniform", {-2, 1}}}));
}

TEST(Start, IsRoundedByItsWidthAndNotByItsPlace) {
  Experiment e;
  e.loss = "(x-123456)^2/2";
  e.eta = {0.05};
  const Plan plan = make_plan(e, true);
  const std::vector<double>& p = plan.experiment.init.at(0).parameters;
  ASSERT_EQ(p.size(), 4u);
  EXPECT_NEAR(p[0], 123456, 0.1 * p[1]);
  EXPECT_LT(p[2], p[3]);
  EXPECT_NO_THROW(make_plan(plan.experiment, true));
}

}  // namespace
}  // namespace isotherm
