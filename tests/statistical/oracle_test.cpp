// Simulation against the exact law of the discrete chain. One snapshot of independent particles each, so that |z| <= 5
// has a false-alarm rate of 6e-7 for each value; seeds are fixed.

#include <gtest/gtest.h>

#include <cmath>

#include "statistical/oracles.hpp"
#include "statistical/stationary.hpp"

namespace isotherm {
namespace {

using test::axis;
using test::oracle;
using test::Stationary;

Experiment sgd(const std::string& loss, double eta) {
  Experiment experiment;
  experiment.loss = loss;
  experiment.eta = {eta};
  return experiment;
}

TEST(Oracle, T01Quadratic) {
  Experiment experiment = sgd("x^2/2", 0.1);
  experiment.histogram = {{axis("x", 200, -2, 2)}, {axis("abs(x)", 200, 0, 2)}};
  const Stationary run(experiment);
  run.expect_mean("x", 0);
  run.expect_variance("x", oracle("T01", "var"));
  run.expect_mean("loss", oracle("T01", "mean_loss"));
  run.expect_mean("abs(x)", oracle("T01", "E|x|"));
  run.expect_quantile("x", "0.5", oracle("T01", "q50"));
  run.expect_quantile("x", "0.9", oracle("T01", "q90"));
  run.expect_quantile("x", "0.99", oracle("T01", "q99"));
  run.expect_alpha(run.result().verdict.alpha.maximum_likelihood, oracle("T01", "alpha_hat"), "maximum likelihood");
  run.expect_alpha(run.result().verdict.alpha.virial, oracle("T01", "alpha_hat"), "virial");
  run.expect_alpha(run.result().verdict.alpha.configurational, oracle("T01", "alpha_hat"), "configuration");
  run.expect_corrected_virial();
}

TEST(Oracle, T04DoubleWell) {
  Experiment experiment = sgd("double-well", 0.05);
  experiment.histogram = {{axis("x", 200, -2, 2)}, {axis("abs(x)", 1, 0, 0.5)}};
  const Stationary run(experiment);
  run.expect_second_moment("x", oracle("T04", "<x2>"));
  run.expect_fourth_moment("x", oracle("T04", "<x4>"));
  run.expect_mean("loss", oracle("T04", "<L>"));
  run.expect_quantile("x", "0.75", oracle("T04", "q75"));
  run.expect_quantile("x", "0.95", oracle("T04", "q95"));
  run.expect_quantile("x", "0.99", oracle("T04", "q99"));
  run.expect_fraction("abs(x)", 1, 1, oracle("T04", "P(|x|<0.5)"));
  run.expect_alpha(run.result().verdict.alpha.maximum_likelihood, oracle("T04", "alpha_MLE"), "maximum likelihood");
  run.expect_alpha(run.result().verdict.alpha.virial, oracle("T04", "alpha_virial"), "virial");
  run.expect_alpha(run.result().verdict.alpha.configurational, oracle("T04", "alpha_config"), "configuration");
  run.expect_corrected_virial();
}

TEST(Oracle, T05Quartic) {
  Experiment experiment = sgd("quartic", 0.1);
  experiment.temperature = 0.1;
  const Stationary run(experiment);
  run.expect_second_moment("x", oracle("T05", "chain<x2>"));
  run.expect_mean("loss", oracle("T05", "chain<L>"));
  run.expect_alpha(run.result().verdict.alpha.maximum_likelihood, oracle("T05", "chain alpha_MLE"),
                   "maximum likelihood");
  run.expect_corrected_virial();
}

TEST(Oracle, T06LogCosh) {
  Experiment experiment = sgd("log-cosh", 0.1);
  experiment.temperature = 0.2;
  const Stationary run(experiment);
  run.expect_second_moment("x", oracle("T06", "chain<x2>"));
  run.expect_mean("loss", oracle("T06", "chain<L>"));
  run.expect_quantile("x", "0.95", oracle("T06", "chain q95"));
  run.expect_corrected_virial();
}

TEST(Oracle, T07PseudoHuber) {
  Experiment experiment = sgd("pseudo-huber", 0.2);
  experiment.temperature = 0.2;
  const Stationary run(experiment);
  run.expect_second_moment("x", oracle("T07", "chain<x2>"));
  run.expect_mean("loss", oracle("T07", "chain<L>"));
  run.expect_corrected_virial();
}

TEST(Oracle, T08Rugged) {
  Experiment experiment = sgd("rugged", 0.05);
  experiment.temperature = 0.2;
  const Stationary run(experiment);
  run.expect_second_moment("x", oracle("T08", "chain<x2>"));
  run.expect_mean("loss", oracle("T08", "chain<L>"));
  run.expect_corrected_virial();
}

TEST(Oracle, T09TiltedDoubleWell) {
  Experiment experiment = sgd("tilted-double-well", 0.05);
  experiment.temperature = 0.1;
  experiment.histogram = {{axis("x", 2, -2.5, 2.5)}};
  const Stationary run(experiment);
  run.expect_mean("x", oracle("T09", "chain<x>"));
  run.expect_mean("loss", oracle("T09", "chain<L>"));
  run.expect_fraction("x", 0, 1, oracle("T09", "chain P(x<0)"));
  run.expect_corrected_virial();
}

TEST(Oracle, T10AnisotropicNoise) {
  Experiment experiment = sgd("quadratic", 0.1);
  experiment.set = {{"h", "2,0.6;0.6,1"}};
  experiment.covariance = "1,-0.3;-0.3,0.5";
  const Stationary run(experiment);
  run.expect_covariance(0, 0, oracle("T10", "C11"));
  run.expect_covariance(0, 1, oracle("T10", "C12"));
  run.expect_covariance(1, 1, oracle("T10", "C22"));
  run.expect_mean("loss", oracle("T10", "<L>"));
  run.expect_corrected_virial();
}

TEST(Oracle, T10StochasticEquationIsApproachedByLangevin) {
  // The limit dt -> 0 at fixed eta Sigma: dt h = 1e-3 leaves a relative bias of 1e-3, within five standard errors here.
  Experiment experiment = sgd("quadratic", 0.1);
  experiment.dynamics = "langevin";
  experiment.dt = 1e-3;
  experiment.set = {{"h", "2,0.6;0.6,1"}};
  experiment.covariance = "1,-0.3;-0.3,0.5";
  experiment.particles = 1'000'000;
  experiment.steps = 1;
  const Result result = run(experiment);
  const Snapshot& last = result.measurement.last();
  EXPECT_NEAR(last.coordinates.covariance(0, 0) / oracle("T10", "SDE C11"), 1, 5e-3);
  EXPECT_NEAR(last.coordinates.covariance(0, 1) / oracle("T10", "SDE C12"), 1, 5e-3);
  EXPECT_NEAR(last.coordinates.covariance(1, 1) / oracle("T10", "SDE C22"), 1, 5e-3);
  ASSERT_TRUE(result.verdict.alpha.corrected_virial.has_value());
  EXPECT_LE(std::abs(result.verdict.alpha.corrected_virial->value - 0.5) /
                result.verdict.alpha.corrected_virial->standard_error,
            5);
}

TEST(Oracle, T15Transient) {
  Experiment experiment = sgd("1.2*x^2/2", 0.05);
  experiment.sigma = "0.7";
  experiment.init = {{"normal", {2.0, std::sqrt(0.1)}}};
  experiment.burn_in = 39;  // and one sampled step: n = 40
  const Stationary run(experiment);
  run.expect_mean("x", oracle("T15", "mean"));
  run.expect_variance("x", oracle("T15", "var"));
}

TEST(Oracle, CorrectedVirialOfLangevinAndOfStateDependentNoise) {
  Experiment langevin = sgd("double-well", 0.1);
  langevin.dynamics = "langevin";
  langevin.dt = 0.05;
  langevin.temperature = 0.1;
  Stationary(langevin).expect_corrected_virial();

  Experiment state_dependent = sgd("x^2/2", 0.05);
  state_dependent.sigma = "sqrt(1 + 2*x^2)";
  Stationary(state_dependent).expect_corrected_virial();
}

}  // namespace
}  // namespace isotherm
