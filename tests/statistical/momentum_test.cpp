// Momentum, Nesterov, weight decay, preconditioners, weighted gradients and averages of iterates, against the exact
// second moments of the linear chains (records T02 and T19 of tests/data/oracles.json, and the formulas beside each
// test).

#include <gtest/gtest.h>

#include <cmath>

#include "statistical/oracles.hpp"
#include "statistical/stationary.hpp"

namespace isotherm {
namespace {

using test::axis;
using test::oracle;
using test::Stationary;

constexpr std::uint64_t particles = 1'000'000;

Experiment on_quadratic(const std::string& dynamics) {
  Experiment experiment;
  experiment.loss = "1.5*x^2/2";
  experiment.dynamics = dynamics;
  experiment.eta = {0.1};
  experiment.sigma = "0.8";
  return experiment;
}

Experiment in_two_dimensions(const std::string& dynamics) {
  Experiment experiment;
  experiment.loss = "x^2 + 0.6*x*y + y^2/2";
  experiment.dynamics = dynamics;
  experiment.eta = {0.1};
  experiment.covariance = "1,-0.3;-0.3,0.5";
  return experiment;
}

void expect_covariance(const Stationary& run, double xx, double xy, double yy) {
  run.expect_covariance(0, 0, xx);
  run.expect_covariance(0, 1, xy);
  run.expect_covariance(1, 1, yy);
}

TEST(Momentum, T02Standard) {
  Experiment experiment = on_quadratic("momentum");
  experiment.mu = 0.9;
  experiment.histogram = {{axis("x", 100, -2, 2)}, {axis("v.x", 100, -1, 1)}, {axis("x*v.x", 100, -1, 1)}};
  const Stationary run(experiment, particles);
  run.expect_mean("x", 0);
  run.expect_variance("x", oracle("T02", "HB_std_var_x"));
  run.expect_variance("v.x", oracle("T02", "HB_std_var_v"));
  run.expect_mean("x*v.x", oracle("T02", "HB_std_cov_xv"));
  run.expect_corrected_virial();
  EXPECT_NEAR(run.result().scales.temperature, oracle("T02", "T_eff_HB_std=eta s2/2/(1-mu)"), 1e-14);
  // <v^2> (1 + mu) / (2 eta) = <x g> exactly: the kinetic alpha is the virial one.
  run.expect_alpha(run.result().verdict.alpha.kinetic, 1.5 * oracle("T02", "HB_std_var_x") / (2 * 0.32),
                   "kinetic energy");
}

TEST(Momentum, T02Averaged) {
  Experiment experiment = on_quadratic("momentum");
  experiment.parameterization = "averaged";
  const Stationary run(experiment, particles);
  run.expect_variance("x", oracle("T02", "HB_nonstd_var_x"));
  run.expect_corrected_virial();
  // Var m = 2 sigma^2 (1 - mu) / (2 (1 + mu) - (1 - mu) eta h)
  run.expect_variance("v.x", 2 * 0.64 * 0.1 / (2 * 1.9 - 0.1 * 0.1 * 1.5));
}

TEST(Momentum, T02Nesterov) {
  Experiment experiment = on_quadratic("nesterov");
  // theta = x - mu v: Sutskever's main iterate, v = -eta b.
  experiment.histogram = {{axis("x", 100, -2, 2)}, {axis("x + 0.9*0.1*v.x", 100, -2, 2)}};
  const Stationary run(experiment, particles);
  run.expect_variance("x", oracle("T02", "NAG_var_x"));
  run.expect_variance("x + 0.9*0.1*v.x", 0.09480884636367);
}

TEST(Momentum, T19DoubleWell) {
  Experiment experiment;
  experiment.loss = "double-well";
  experiment.dynamics = "momentum";
  experiment.eta = {0.01};
  const Stationary run(experiment, 4 * particles);
  run.expect_second_moment("x", oracle("T19", "<x2>"));
  run.expect_mean("loss", oracle("T19", "<L>"));
  run.expect_variance("v.x", oracle("T19", "<v2>"));
  run.expect_corrected_virial();
  run.expect_alpha(run.result().verdict.alpha.virial, oracle("T19", "<xg>") / 0.1, "virial");
}

/// Covariances of the 2-D chain by its Lyapunov equation, from the reference beside T02.
TEST(Momentum, CorrelatedNoiseInTwoDimensions) {
  const Stationary standard(in_two_dimensions("momentum"), particles);
  expect_covariance(standard, 0.25498151065174, -0.17949971360908, 0.48504673986056);
  standard.expect_corrected_virial();
  Experiment experiment = in_two_dimensions("momentum");
  experiment.parameterization = "averaged";
  const Stationary averaged(experiment, particles);
  expect_covariance(averaged, 0.02968952133978, -0.02212991340686, 0.04245981121928);
  averaged.expect_corrected_virial();
}

TEST(WeightDecay, IsCurvature) {
  for (const bool decoupled : {false, true}) {
    Experiment experiment = on_quadratic("sgd");
    experiment.weight_decay = 0.2;
    experiment.decoupled = decoupled;
    const Stationary run(experiment, particles);
    run.expect_variance("x", 0.02057216329155);
    run.expect_corrected_virial();
  }
}

TEST(WeightDecay, OfTheHeavyBallDependsOnWhereItEnters) {
  Experiment experiment = on_quadratic("momentum");
  experiment.weight_decay = 0.2;
  const Stationary coupled(experiment, particles);
  coupled.expect_variance("x", 0.19705072111489);
  coupled.expect_corrected_virial();
  experiment.decoupled = true;
  const Stationary decoupled(experiment, particles);
  decoupled.expect_variance("x", 0.18592006227631);
  EXPECT_FALSE(decoupled.result().verdict.alpha.corrected_virial.has_value());
}

TEST(Preconditioner, DiagonalAndFull) {
  Experiment experiment = in_two_dimensions("sgd");
  experiment.preconditioner = "0.5,2";
  const Stationary diagonal(experiment, particles);
  expect_covariance(diagonal, 0.02057756116121, -0.02494485734999, 0.069682581922);
  diagonal.expect_corrected_virial();
  // P = Sigma^-1 restores one temperature, eta / 2, for any curvature.
  experiment.preconditioner = "1.2195121951219512,0.73170731707317073;0.73170731707317073,2.4390243902439024";
  const Stationary inverse(experiment, particles);
  expect_covariance(inverse, 0.03428719697531, -0.0155064620555, 0.06857439395063);
  inverse.expect_corrected_virial();
  EXPECT_TRUE(inverse.result().scales.one_temperature);
  EXPECT_NEAR(inverse.result().scales.temperature, 0.05, 1e-12);
}

/// Velocities that add up preconditioned or weighted gradients have as much less mass: to leading order alpha is 1/2.
TEST(Preconditioner, LeavesTheKineticTemperature) {
  for (const auto& [dynamics, form] : {std::pair{"momentum", "standard"}, {"momentum", "averaged"}, {"nesterov", ""}}) {
    Experiment experiment;
    experiment.loss = "x^2/2";
    experiment.dynamics = dynamics;
    experiment.parameterization = form;
    experiment.eta = {form == std::string("averaged") ? 0.01 : 0.001};
    experiment.preconditioner = "2";
    experiment.gradient_weights = {0.5, 1};
    const Stationary run(experiment, 200'000);
    const verdict::Estimate kinetic = run.result().verdict.alpha.kinetic.value();
    EXPECT_NEAR(kinetic.value, 0.5, 5 * kinetic.standard_error + 0.01) << dynamics << " " << form;
  }
}

/// The noise of sum_i w_i ghat_i has sum_i w_i^2 times the variance of one: .38, not 1.
TEST(GradientWeights, AddTheirSquares) {
  Experiment experiment = on_quadratic("sgd");
  experiment.gradient_weights = {0.5, 0.3, 0.2};
  const Stationary run(experiment, particles);
  run.expect_variance("x", 0.38 * 0.1 * 0.64 / (1.5 * (2 - 0.1 * 1.5)));
  run.expect_corrected_virial();
  EXPECT_NEAR(run.result().scales.temperature, 0.38 * 0.1 * 0.64 / 2, 1e-15);
}

/// eta = (1 - mu) B eta_0 keeps the temperature: Var 2h/(eta_0 sigma^2) = 2(1+mu) / (2(1+mu) - (1-mu) B eta_0 h).
TEST(Scaling, OfTheLearningRateWithBatchAndMomentum) {
  constexpr double base = 0.01, batch = 16;
  for (const auto& [mu, ratio] : {std::pair{0.5, 1.0273972603}, {0.9, 1.0042283298}}) {
    Experiment experiment;
    experiment.loss = "x^2/2";
    experiment.dynamics = "momentum";
    experiment.mu = mu;
    experiment.batch_size = static_cast<std::uint64_t>(batch);
    experiment.eta = {(1 - mu) * batch * base};
    const Stationary run(experiment, particles);
    run.expect_variance("x", ratio * base / 2);
  }
  Experiment uncorrected;
  uncorrected.loss = "x^2/2";
  uncorrected.dynamics = "momentum";
  uncorrected.batch_size = static_cast<std::uint64_t>(batch);
  uncorrected.eta = {batch * base};
  const Stationary run(uncorrected, particles);
  const double eta = batch * base, mu = 0.9;
  run.expect_variance("x", eta / batch * (1 + mu) / ((1 - mu) * (2 * (1 + mu) - eta)));
}

/// Variances of the averages of N iterates of a stationary chain: boxcar, and exponential with weight 1/N.
TEST(Averages, OfIterates) {
  for (const auto& [n, boxcar, exponential] :
       {std::tuple{10u, 0.01444963927003, 0.00911675393198}, {100u, 0.00267019020543, 0.00134650002792}}) {
    const std::string length = std::to_string(n), mean = "average(x," + length + ")", ema = "ema(x," + length + ")";
    Experiment experiment = on_quadratic("sgd");
    experiment.thinning = n;
    experiment.burn_in = 14 * n + 200;  // the exponential average forgets its start at rate 1/N
    experiment.histogram = {{axis(mean, 100, -1, 1)}, {axis(ema, 100, -1, 1)}};
    const Stationary run(experiment, particles);
    run.expect_variance("x", 0.02306306306306);
    run.expect_variance(mean, boxcar);
    run.expect_variance(ema, exponential);
  }
}

/// From m = 0 the weights of an exponential average add up to 1 - (1 - 1/N)^t: .6513215599 after t = N = 10.
TEST(Averages, ExponentialWeightsAddUp) {
  Experiment experiment;
  experiment.loss = "0";
  experiment.noise = "none";
  experiment.init = {{"point", {1.0}}};
  experiment.burn_in = 9;
  experiment.precision = Precision::twofold;
  experiment.histogram = {{axis("ema(x,10)", 10, 0, 1)}};
  const Stationary run(experiment, 256);
  EXPECT_NEAR(run.observable("ema(x,10)").total.mean, 0.6513215599, 1e-10);
}

}  // namespace
}  // namespace isotherm
