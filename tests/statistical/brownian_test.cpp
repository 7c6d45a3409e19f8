// L = 0: SGD is a random walk (TTIC 31230, Brownian motion), Var x = n eta^2 sigma^2 exactly after n steps.

#include <gtest/gtest.h>

#include <cmath>

#include "experiment/run.hpp"
#include "output/standard_errors.hpp"

namespace isotherm {
namespace {

TEST(Brownian, VarianceGrowsByEtaSquaredSigmaSquaredAStep) {
  Experiment experiment;
  experiment.loss = "0";
  experiment.eta = {0.03};
  experiment.sigma = "2";
  experiment.init = {{"point", {0.0}}};
  experiment.particles = 1 << 20;
  experiment.snapshots = {1, 10, 100};
  experiment.steps = 1000;
  experiment.backend = Backend::cpu;
  const Result result = run(experiment);
  ASSERT_EQ(result.measurement.snapshots.size(), 4u);
  for (const Snapshot& snapshot : result.measurement.snapshots) {
    const MomentSum& x = snapshot.observables[0].total;
    const double expected = static_cast<double>(snapshot.step) * 0.03 * 0.03 * 4;
    EXPECT_LE(std::abs(x.variance() - expected), 5 * *output::variance_standard_error(x)) << snapshot.step;
    EXPECT_LE(std::abs(x.mean), 5 * *output::mean_standard_error(x)) << snapshot.step;
    EXPECT_DOUBLE_EQ(snapshot.time, 0.03 * static_cast<double>(snapshot.step));
  }
  EXPECT_FALSE(result.predictions[0].not_applicable.empty()) << "exp(-0/T) has no normalization";
  for (const auto& [name, outcome] : result.verdict.outcome)
    EXPECT_EQ(outcome, verdict::Outcome::not_applicable) << name;
}

TEST(GradientFlow, FollowsTheExactFlow) {
  // log cosh: sinh x(t) = e^-t sinh x(0).
  Experiment experiment;
  experiment.loss = "log-cosh";
  experiment.dynamics = "gradient-flow";
  experiment.dt = 0.01;
  experiment.init = {{"point", {1.0}}};
  experiment.particles = 300;
  experiment.burn_in = 0;
  experiment.steps = 100;
  experiment.precision = Precision::twofold;
  const Result result = run(experiment);
  const MomentSum& x = result.measurement.last().observables[0].total;
  EXPECT_NEAR(x.mean, 0.419885257562, 1e-10);
  EXPECT_EQ(x.m2, 0);
}

}  // namespace
}  // namespace isotherm
