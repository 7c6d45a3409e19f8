// Chains of two state rows against their exact densities: what a run says of two coordinates that the loss couples,
// and of position and velocity, at steps so coarse that Gibbs is rejected. One snapshot of independent particles at a
// fixed seed; p > 1e-5 in each comparison.

#include <gtest/gtest.h>

#include <map>

#include "experiment/run.hpp"

namespace isotherm {
namespace {

void expect_exact_chain_and_not_gibbs(Experiment experiment) {
  experiment.particles = 1'000'000;
  experiment.steps = 1;
  experiment.backend = Backend::cpu;
  const Result result = run(experiment);
  std::map<std::string, int> consistent, rejected;
  for (const verdict::Comparison& comparison : result.verdict.comparisons) {
    if (!comparison.p_value) continue;
    ++(*comparison.p_value > 1e-5 ? consistent : rejected)[comparison.prediction];
    if (comparison.prediction == "exact-chain") {
      EXPECT_GT(*comparison.p_value, 1e-5) << comparison.observable << ", chi-squared " << *comparison.chi_squared;
    }
  }
  EXPECT_EQ(consistent["exact-chain"], 3);
  EXPECT_GE(rejected["gibbs"], 1);
}

TEST(TwoRows, CoupledCoordinates) {
  Experiment experiment;
  experiment.loss = "(x^2-1)^2/4 + y^2/2 + 0.4*x*y + x^2*y^2/4";
  experiment.eta = {0.1};
  experiment.histogram = {{AxisRequest{"x", 60, -2, 2, false}},
                          {AxisRequest{"y", 60, -1.5, 1.5, false}},
                          {AxisRequest{"x", 20, -2, 2, false}, AxisRequest{"y", 20, -1.5, 1.5, false}}};
  expect_exact_chain_and_not_gibbs(experiment);
}

TEST(TwoRows, MomentumInADoubleWell) {
  Experiment experiment;
  experiment.loss = "double-well";
  experiment.dynamics = "momentum";
  experiment.mu = 0.5;
  experiment.eta = {0.05};
  experiment.histogram = {{AxisRequest{"x", 60, -2, 2, false}},
                          {AxisRequest{"v.x", 60, -.3, .3, false}},
                          {AxisRequest{"x", 20, -2, 2, false}, AxisRequest{"v.x", 20, -.3, .3, false}}};
  expect_exact_chain_and_not_gibbs(experiment);
}

}  // namespace
}  // namespace isotherm
