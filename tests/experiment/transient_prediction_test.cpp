// The equation in time, compared with snapshots on the way; joint laws of positions and velocities.

#include <gtest/gtest.h>

#include "experiment/run.hpp"

namespace isotherm {
namespace {

Experiment relaxing() {
  Experiment experiment;
  experiment.loss = "double-well";
  experiment.dynamics = "langevin";
  experiment.eta = {0.1};
  experiment.temperature = 0.1;
  experiment.dt = 0.005;
  experiment.init = {{"point", {-1.0}}};
  experiment.burn_in = 0;
  experiment.steps = 2000;
  experiment.thinning = 2000;
  experiment.snapshots = {100, 1000};
  experiment.particles = 50'000;
  experiment.backend = Backend::cpu;
  experiment.histogram = {{AxisRequest{"x", 50, -2, 2, false}}};
  return experiment;
}

const verdict::Comparison& comparison(const Result& result, const std::string& observable) {
  for (const verdict::Comparison& candidate : result.verdict.comparisons)
    if (candidate.prediction == "fokker-planck" && candidate.observable == observable) return candidate;
  throw std::out_of_range(observable);
}

TEST(Transients, AreThoseOfTheEquation) {
  const Result result = run(relaxing());
  for (const char* observable : {"x@100", "x@1000"}) {
    const verdict::Comparison& found = comparison(result, observable);
    EXPECT_EQ(found.outcome, verdict::Outcome::consistent) << observable << ": " << found.reason;
    EXPECT_LT(found.distance.total_variation, 2 * found.floor.total_variation) << observable;
  }
  EXPECT_EQ(result.verdict.outcome.at("fokker-planck"), verdict::Outcome::consistent);
}

/// The same particles, taken for those of another start.
TEST(Transients, TellStartsApart) {
  Experiment experiment = relaxing();
  experiment.init = {{"normal", {-1.0, 0.3}}};
  experiment.snapshots = {20};
  EXPECT_EQ(comparison(run(experiment), "x@20").outcome, verdict::Outcome::consistent);
  Plan plan = make_plan(experiment);
  plan.experiment.init = {{"normal", {-0.9, 0.3}}};
  EXPECT_EQ(comparison(run(plan, {}), "x@20").outcome, verdict::Outcome::rejected);
}

TEST(JointPredictions, OfPositionsAndVelocitiesAreProducts) {
  Experiment experiment;
  experiment.loss = "x^2/2";
  experiment.dynamics = "underdamped";
  experiment.dt = 0.02;
  experiment.particles = 100'000;
  experiment.steps = 1;
  experiment.backend = Backend::cpu;
  const AxisRequest x{"x", 20, -1, 1, false}, v{"v.x", 20, -1, 1, false};
  experiment.histogram = {{x, v}};
  const Result result = run(experiment);
  EXPECT_EQ(result.verdict.outcome.at("gibbs"), verdict::Outcome::consistent);
  const std::vector<double>& probabilities = result.predictions.front().bins.front().probabilities;
  double sum = 0;
  for (const double p : probabilities) sum += p;
  EXPECT_EQ(probabilities.size(), 22u * 22u);
  EXPECT_NEAR(sum, 1, 1e-12);
}

}  // namespace
}  // namespace isotherm
