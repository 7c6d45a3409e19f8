// The verdict with real Gibbs laws, on chains advanced here.

#include "theory/gibbs.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "loss/problem.hpp"
#include "verdict/synthetic.hpp"
#include "verdict/verdict.hpp"

namespace isotherm::verdict {
namespace {

/// x' = x - eta (x^3 - x + xi) on the double well (x^2 - 1)^2 / 4, from the curvature's Gaussian in each well.
std::vector<double> double_well_chain(std::uint64_t seed, std::size_t particles, int steps, double eta) {
  Draws draws(seed);
  std::vector<double> positions;
  for (std::size_t i = 0; i < particles; ++i) {
    double x = (draws.uniform() < 0.5 ? 1 : -1) + std::sqrt(eta / 4) * draws.normal();
    for (int n = 0; n < steps; ++n) x -= eta * (x * x * x - x + draws.normal());
    positions.push_back(x);
  }
  return positions;
}

Snapshot double_well_snapshot(const std::vector<double>& x, double eta, const Axis& axis, std::uint64_t step) {
  Snapshot snapshot = make_snapshot(x, 1, eta, 1, axis, step);
  ComomentSum sum;
  for (const double value : x) {
    const double g = value * value * value - value, well = value * value - 1, virial = value * g;
    const std::vector<double> row = {well * well / 4,          virial, g * g, 3 * value * value - 1,
                                     virial - eta / 2 * g * g, eta,    0};
    sum = merge(sum, ComomentSum{1, row, std::vector<double>(row.size() * row.size())});
  }
  snapshot.temperature = sum;
  return snapshot;
}

Scales sgd_scales(double eta) {
  Scales scales;
  scales.eta = scales.step = scales.alpha_unit = eta;
  scales.sigma = 1;
  scales.temperature = eta / 2;
  scales.corrected_virial_applies = true;
  scales.dynamics = "sgd";
  return scales;
}

double z(const std::optional<Estimate>& estimate, double truth) {
  return (estimate->value - truth) / estimate->standard_error;
}

class DoubleWellTest : public ::testing::Test {
 protected:
  static constexpr double eta = 0.05;
  const Axis axis{"x", 100, -1.8, 1.8, false};
  loss::Problem problem{{"(x^2-1)^2/4", {}, {}}};
  theory::GibbsFamily family{problem};
};

// Exact values of the chain at eta = 0.05, sigma = 1, from its transfer operator: alpha by maximum likelihood
// .5235623021; by corrected virial 1/2. 80000 particles see the difference at 9 standard errors.
TEST_F(DoubleWellTest, IsRejectedAtOneHalfBecauseOfTheFiniteStep) {
  constexpr int steps = 300;
  Measurement measurement;
  measurement.particles = 80000;
  measurement.burn_in = measurement.steps = steps / 2;
  measurement.samples = 1;
  measurement.snapshots = {
      double_well_snapshot(double_well_chain(1, measurement.particles, steps, eta), eta, axis, steps)};
  const Scales scales = sgd_scales(eta);
  const AlphaEstimates alpha = estimate_alpha(measurement.last(), &family, scales);
  ASSERT_TRUE(alpha.maximum_likelihood && alpha.virial && alpha.corrected_virial && alpha.configurational);
  EXPECT_LT(std::abs(z(alpha.maximum_likelihood, 0.5235623021)), 5);
  EXPECT_LT(std::abs(z(alpha.corrected_virial, 0.5)), 5);
  // N Var(T)/T^2 = 1.787 for maximum likelihood on Gibbs at T = 0.025.
  EXPECT_NEAR(alpha.maximum_likelihood->standard_error, 0.52 * std::sqrt(1.787 / 80000), 1e-4);

  const std::vector<std::vector<Axis>> axes = {{axis}};
  std::vector<theory::Prediction> predictions = {family.predict(0.025, axes),
                                                 family.predict(alpha.maximum_likelihood->value * eta, axes)};
  predictions[0].name = "gibbs";
  predictions[1].name = "gibbs-fitted";
  const Verdict verdict = judge(measurement, predictions, &family, scales);
  EXPECT_TRUE(verdict.independent);
  EXPECT_EQ(verdict.outcome.at("gibbs"), Outcome::rejected);
  EXPECT_EQ(verdict.outcome.at("gibbs-fitted"), Outcome::consistent);
  EXPECT_EQ(verdict.statement.rfind("Gibbs at alpha = 0.5 is rejected (x@last: chi-squared ", 0), 0u);
  EXPECT_NE(verdict.statement.find("alpha differs from 1/2 because of the finite step, by a relative order of eta h"),
            std::string::npos);
}

// Draws from Gibbs itself, by inversion, are consistent with it at any seed.
TEST_F(DoubleWellTest, IsConsistentForDrawsFromGibbs) {
  const Axis fine{"x", 4000, -2.2, 2.2, false};
  const std::vector<std::vector<Axis>> axes = {{fine}, {axis}};
  theory::Prediction gibbs = family.predict(0.025, axes);
  gibbs.name = "gibbs";
  const std::vector<double>& law = gibbs.bins[0].probabilities;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    Draws draws(seed);
    std::vector<double> x;
    const std::vector<std::uint64_t> counts = draws.multinomial(law, 80000);
    for (std::size_t i = 1; i <= fine.bins; ++i)
      for (std::uint64_t n = 0; n < counts[i]; ++n) x.push_back(fine.edge(i - 1) + fine.width() * draws.uniform());
    for (std::size_t i = x.size(); i > 1; --i)
      std::swap(x[i - 1], x[static_cast<std::size_t>(draws.uniform() * static_cast<double>(i))]);
    Measurement measurement;
    measurement.particles = x.size();
    measurement.samples = 1;
    measurement.snapshots = {double_well_snapshot(x, eta, axis, 0)};
    const Verdict verdict = judge(measurement, {gibbs}, &family, sgd_scales(eta));
    EXPECT_EQ(verdict.outcome.at("gibbs"), Outcome::consistent) << verdict.statement;
    EXPECT_LT(std::abs(z(verdict.alpha.maximum_likelihood, 0.5)), 5);
    EXPECT_LT(std::abs(z(verdict.alpha.virial, 0.5)), 5);
    EXPECT_LT(std::abs(z(verdict.alpha.configurational, 0.5)), 5);
  }
}

TEST(Gibbs, IsNotMatchedWhereItCannotBeNormalized) {
  loss::Problem flat({"0*x", {}, {"x"}});
  const theory::GibbsFamily family(flat);
  Draws draws(1);
  const Axis axis{"x", 10, -3, 3, false};
  const Snapshot snapshot = make_snapshot(normal_draws(draws, 1000, 1), 0, 0.1, 1, axis, 10);
  EXPECT_FALSE(estimate_alpha(snapshot, &family, sgd_scales(0.1)).maximum_likelihood);
  EXPECT_FALSE(estimate_alpha(snapshot, nullptr, sgd_scales(0.1)).maximum_likelihood);
}

}  // namespace
}  // namespace isotherm::verdict
