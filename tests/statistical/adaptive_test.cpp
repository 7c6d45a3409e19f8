// RMSProp and Adam against their limit of a frozen preconditioner, beta2 -> 1, with the tolerance max(5 standard
// errors, 1 - beta2): the limit is off by a share of order 1 - beta2.

#include <gtest/gtest.h>

#include <cmath>

#include "statistical/oracles.hpp"
#include "statistical/stationary.hpp"

namespace isotherm {
namespace {

using test::axis;
using test::oracle;
using test::Stationary;

constexpr std::uint64_t particles = 1 << 19;

Experiment adaptive(const std::string& dynamics, double eta, double beta2) {
  Experiment experiment;
  experiment.loss = "x^2/2";
  experiment.dynamics = dynamics;
  experiment.eta = {eta};
  experiment.beta2 = beta2;
  experiment.histogram = {{axis("x", 100, -2, 2)}};
  return experiment;
}

void expect_limit(const Stationary& run, const std::string& name, double variance, double beta2) {
  const MomentSum& x = run.observable(name).total;
  const double tolerance = std::max(5 * *output::variance_standard_error(x), (1 - beta2) * variance);
  EXPECT_NEAR(x.variance(), variance, tolerance) << name;
  run.expect_mean(name, 0);
}

TEST(Rmsprop, T16FrozenLimit) {
  const Stationary run(adaptive("rmsprop", 0.1, 0.99), particles);
  expect_limit(run, "x", oracle("T16", "var"), 0.99);
  // s is the mean of ghat^2: sigma^2 + h^2 Var x.
  Experiment experiment = adaptive("rmsprop", 0.1, 0.99);
  experiment.histogram = {{axis("s.x", 100, 0, 2)}};
  const Stationary squares(experiment, particles);
  squares.expect_mean("s.x", 1 + squares.observable("x").total.raw_second());
}

/// beta1 = .9, h = sigma = 1: the value beside T16, eta_eff = eta / sqrt(sigma^2 + h^2 Var) solved jointly with
/// Var = eta_eff sigma^2 / (h (2 - eta_eff h (1 - beta1) / (1 + beta1))).
TEST(Adam, FrozenLimit) {
  const Stationary run(adaptive("adam", 0.1, 0.99), particles);
  expect_limit(run, "x", 0.04894529145878, 0.99);
  Experiment uncorrected = adaptive("adam", 0.1, 0.99);
  uncorrected.no_bias_correction = true;
  expect_limit(Stationary(uncorrected, particles), "x", 0.04894529145878, 0.99);
}

/// Away from the limit, eta = .02: Var is .97089 and .98327 of it at beta2 = .9 and .95, each +- .0013, by an
/// independent simulation (numpy); 1 - 3 (1 - beta2) / 8 + .8 (1 - beta2)^2.
TEST(Rmsprop, VarianceBelowTheLimit) {
  constexpr double eta = 0.02;
  const double rate = (-eta * eta + std::sqrt(std::pow(eta, 4) + 16 * eta * eta)) / 4, frozen = rate / (2 - rate);
  for (const auto& [beta2, share] : {std::pair{0.9, 0.97089}, {0.95, 0.98327}}) {
    const Stationary run(adaptive("rmsprop", eta, beta2), 2 * particles);
    const MomentSum& x = run.observable("x").total;
    const double error = std::hypot(*output::variance_standard_error(x) / frozen, 0.0013);
    EXPECT_LE(std::abs(x.variance() / frozen - share) / error, 5) << beta2;
    EXPECT_NEAR(share, 1 - 3 * (1 - beta2) / 8 + 0.8 * (1 - beta2) * (1 - beta2), 0.001);
  }
}

/// sigma = (2, .5): the temperatures differ as sigma, those of SGD as sigma^2. At h = 1 the variances are they.
TEST(Rmsprop, HasATemperatureForEachCoordinate) {
  Experiment experiment = adaptive("rmsprop", 0.01, 0.99);
  experiment.loss = "x^2/2 + y^2/2";
  experiment.sigma = "2,0.5";
  experiment.histogram = {{axis("x", 100, -1, 1)}, {axis("y", 100, -1, 1)}};
  const Stationary run(experiment, particles / 2);
  expect_limit(run, "x", 0.010012507812, 0.99);
  expect_limit(run, "y", 0.002512531250, 0.99);
  EXPECT_FALSE(run.result().scales.one_temperature);
}

/// AdamW: the decay is not divided by sqrt(s). Second moments of (x, m) in the limit by iteration: with r = eta_eff,
///     m' = beta1 m + (1 - beta1) (x + sigma xi),   x' = (1 - eta lambda) x - r m'
TEST(Adam, DecoupledWeightDecay) {
  constexpr double lambda = 1, sigma = 2, beta1 = 0.9, beta2 = 0.99;
  const auto variance = [&](double eta) {
    double xx = 0, xm = 0, mm = 0;
    for (double time = 0; time < 20; time += eta) {
      const double rate = eta / std::sqrt(sigma * sigma + xx), keep = 1 - eta * lambda, w = 1 - beta1;
      const double new_mm = beta1 * beta1 * mm + 2 * beta1 * w * xm + w * w * (xx + sigma * sigma);
      const double old_x_new_m = beta1 * xm + w * xx;
      xm = keep * old_x_new_m - rate * new_mm;
      xx = keep * keep * xx - 2 * keep * rate * old_x_new_m + rate * rate * new_mm;
      mm = new_mm;
    }
    return xx;
  };
  Experiment experiment = adaptive("adam", 0.02, beta2);
  experiment.sigma = "2";
  experiment.weight_decay = lambda;
  experiment.decoupled = true;
  const Stationary run(experiment, particles);
  expect_limit(run, "x", variance(0.02), beta2);
  // The potential that the plan knows, L + lambda sigma x^2 / 2 at T = eta sigma / 2, is that of small rates.
  constexpr double small = 1e-5;
  EXPECT_NEAR(variance(small) * (1 + lambda * sigma) / (small * sigma / 2), 1, 1e-3);
  EXPECT_NEAR(run.result().scales.temperature, 0.02 * sigma / 2, 1e-8);
}

/// eta h / sigma = 10: s grows until eta_eff h < 2, and the chain stays near its limit instead of leaving.
TEST(Rmsprop, LargeRatesAreHeldByTheAverage) {
  Experiment experiment = adaptive("rmsprop", 10, 0.99);
  experiment.init = {{"normal", {0, 5}}};
  const double rate = (-100 + std::sqrt(1e4 + 1600)) / 4;
  const Stationary run(experiment, particles / 8);
  expect_limit(run, "x", rate / (2 - rate), 0.99);
}

/// L = 0: the average over N gradients has the variance sigma^2 / (2N - 1), so that the rate has a floor.
TEST(StatisticalRate, HasTheNoiseOfItsAverage) {
  Experiment experiment;
  experiment.loss = "0";
  experiment.dynamics = "statistical-rate";
  experiment.window = 10;
  experiment.sigma = "2";
  experiment.burn_in = 300;
  experiment.histogram = {{axis("g.x", 100, -2, 2)}, {axis("s.x", 100, 0, 10)}};
  const Stationary run(experiment, particles);
  run.expect_mean("g.x", 0);
  run.expect_variance("g.x", 4.0 / 19);
  run.expect_mean("s.x", 4);
}

}  // namespace
}  // namespace isotherm
