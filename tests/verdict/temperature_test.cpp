#include "verdict/temperature.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "verdict/synthetic.hpp"

namespace isotherm::verdict {
namespace {

const Axis axis{"x", 10, -1, 1, false};
constexpr double eta = 0.1, sigma = 0.8, h = 1.5;

Scales sgd_scales() {
  Scales scales;
  scales.eta = scales.step = eta;
  scales.sigma = sigma;
  scales.alpha_unit = eta * sigma * sigma;
  scales.temperature = scales.alpha_unit / 2;
  scales.corrected_virial_applies = true;
  scales.dynamics = "sgd";
  return scales;
}

/// Gibbs on h x^2 / 2: <L> = T/2, Var L = T^2/2.
std::optional<LossMatch> quadratic(double mean_loss, double) {
  return LossMatch{2 * mean_loss, 2 * mean_loss * mean_loss};
}

/// Stationary variance of the chain on h x^2 / 2.
double chain_variance() { return eta * sigma * sigma / (h * (2 - eta * h)); }

AlphaEstimates chain_estimates(std::uint64_t seed, std::size_t particles) {
  Draws draws(seed);
  const std::vector<double> x = normal_draws(draws, particles, std::sqrt(chain_variance()));
  return estimate_alpha(make_snapshot(x, h, eta, sigma * sigma, axis, 100), quadratic, sgd_scales());
}

TEST(Alpha, OfTheQuadraticChainIsThatOfTheory) {
  const AlphaEstimates alpha = chain_estimates(1, 200000);
  const double expected = 1 / (2 - eta * h);
  for (const auto& estimate : {alpha.maximum_likelihood, alpha.virial, alpha.configurational}) {
    ASSERT_TRUE(estimate);
    EXPECT_LT(std::abs(estimate->value - expected) / estimate->standard_error, 5);
    EXPECT_NEAR(estimate->standard_error, expected * std::sqrt(2 / 2e5), 0.02 * expected * std::sqrt(2 / 2e5));
  }
  ASSERT_TRUE(alpha.corrected_virial);
  EXPECT_LT(std::abs(alpha.corrected_virial->value - 0.5) / alpha.corrected_virial->standard_error, 5);
  EXPECT_GT(std::abs(alpha.virial->value - 0.5) / alpha.virial->standard_error, 5);
}

// 200 replications: the standard deviation of z is 1 within 15 %, its mean 0 within 5 standard errors.
TEST(Alpha, HasTheStandardErrorThatItStates) {
  MomentSum z[4];
  const double expected = 1 / (2 - eta * h);
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const AlphaEstimates alpha = chain_estimates(seed, 4000);
    const auto add = [](MomentSum& sum, const std::optional<Estimate>& estimate, double truth) {
      sum = merge(sum, MomentSum{1, (estimate->value - truth) / estimate->standard_error, 0, 0, 0});
    };
    add(z[0], alpha.maximum_likelihood, expected);
    add(z[1], alpha.virial, expected);
    add(z[2], alpha.corrected_virial, 0.5);
    add(z[3], alpha.configurational, expected);
  }
  for (const MomentSum& sum : z) {
    EXPECT_NEAR(std::sqrt(sum.variance()), 1, 0.15);
    EXPECT_LT(std::abs(sum.mean) * std::sqrt(200), 5);
  }
}

/// Independent quadruples (|g|^2, lap, ...) with a spread in both parts of the ratios.
TEST(Alpha, HasTheStandardErrorOfARatio) {
  MomentSum z;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Draws draws(seed);
    ComomentSum sum;
    for (int i = 0; i < 2000; ++i) {
      const double u = draws.normal(), v = draws.normal();
      constexpr auto size = static_cast<std::size_t>(TemperatureObservable::count);
      std::vector<double> row(size, 0.0);
      row[static_cast<std::size_t>(TemperatureObservable::gradient_squared)] = 3 + u + v;
      row[static_cast<std::size_t>(TemperatureObservable::laplacian)] = 2 + u;  // correlated with the above
      sum = merge(sum, ComomentSum{1, row, std::vector<double>(size * size)});
    }
    Snapshot snapshot;
    snapshot.temperature = sum;
    const AlphaEstimates alpha = estimate_alpha(snapshot, MatchMeanLoss{}, sgd_scales());
    const double truth = 1.5 / (eta * sigma * sigma);
    z = merge(z, MomentSum{1, (alpha.configurational->value - truth) / alpha.configurational->standard_error, 0, 0, 0});
  }
  EXPECT_NEAR(std::sqrt(z.variance()), 1, 0.15);
  EXPECT_LT(std::abs(z.mean) * std::sqrt(200), 5);
}

/// Velocities of a normal law of variance T / m: m v^2 / 2 has mean T / 2 and variance T^2 / 2.
TEST(Alpha, IsMeasuredByVelocitiesWhereThereAreAny) {
  constexpr double temperature = 0.3, mass = 2.5;
  constexpr auto size = static_cast<std::size_t>(TemperatureObservable::count);
  Draws draws(3);
  ComomentSum sum;
  for (int i = 0; i < 50000; ++i) {
    std::vector<double> row(size, 0.0);
    for (int c = 0; c < 2; ++c) {
      const double v = std::sqrt(temperature / mass) * draws.normal();
      row[static_cast<std::size_t>(TemperatureObservable::kinetic)] += mass * v * v / 2;
    }
    sum = merge(sum, ComomentSum{1, row, std::vector<double>(size * size)});
  }
  Snapshot snapshot;
  snapshot.temperature = sum;
  Scales scales = sgd_scales();
  scales.dimension = 2;
  scales.temperature = 0.2;
  scales.alpha_unit = 0.4;
  EXPECT_FALSE(estimate_alpha(snapshot, MatchMeanLoss{}, scales).kinetic);
  scales.has_velocity = true;
  const std::optional<Estimate> kinetic = estimate_alpha(snapshot, MatchMeanLoss{}, scales).kinetic;
  ASSERT_TRUE(kinetic);
  const double expected = temperature / 0.4, error = expected / std::sqrt(50000.0);  // relative sqrt(2 / (N D)), D = 2
  EXPECT_NEAR(kinetic->standard_error, error, 0.03 * error);
  EXPECT_LT(std::abs(kinetic->value - expected), 5 * error);
}

TEST(Alpha, UsesTheDimension) {
  Draws draws(1);
  const std::vector<double> x = normal_draws(draws, 1000, 1);
  const Snapshot snapshot = make_snapshot(x, h, eta, sigma * sigma, axis, 100);
  Scales scales = sgd_scales();
  const double one = estimate_alpha(snapshot, MatchMeanLoss{}, scales).virial->value;
  scales.dimension = 4;
  EXPECT_DOUBLE_EQ(estimate_alpha(snapshot, MatchMeanLoss{}, scales).virial->value, one / 4);
}

TEST(Alpha, IsNormalizedByTheMeasuredNoiseWhereSigmaDependsOnThePosition) {
  Draws draws(1);
  const std::vector<double> x = normal_draws(draws, 100000, std::sqrt(chain_variance()));
  Scales scales = sgd_scales();
  scales.sigma.reset();
  scales.alpha_unit = scales.temperature = 0;
  const AlphaEstimates alpha = estimate_alpha(make_snapshot(x, h, eta, sigma * sigma, axis, 100), quadratic, scales);
  ASSERT_TRUE(alpha.corrected_virial);
  EXPECT_LT(std::abs(alpha.corrected_virial->value - 0.5) / alpha.corrected_virial->standard_error, 5);
  EXPECT_FALSE(alpha.maximum_likelihood || alpha.virial || alpha.configurational);
}

TEST(Alpha, IsAbsentWhereItDoesNotApply) {
  Draws draws(1);
  Snapshot snapshot = make_snapshot(normal_draws(draws, 1000, 1), h, eta, sigma * sigma, axis, 100);
  Scales scales = sgd_scales();
  scales.corrected_virial_applies = false;
  EXPECT_FALSE(estimate_alpha(snapshot, quadratic, scales).corrected_virial);
  EXPECT_FALSE(estimate_alpha(snapshot, MatchMeanLoss{}, scales).maximum_likelihood);
  EXPECT_FALSE(estimate_alpha(
                   snapshot, [](double, double) { return std::nullopt; }, scales)
                   .maximum_likelihood);

  const auto expect_none = [](const AlphaEstimates& alpha) {
    EXPECT_FALSE(alpha.maximum_likelihood || alpha.virial || alpha.corrected_virial || alpha.configurational);
  };
  // L = 0: no curvature, and a virial that is 0 for every particle.
  const Snapshot flat = make_snapshot(normal_draws(draws, 1000, 1), 0, eta, sigma * sigma, axis, 100);
  expect_none(estimate_alpha(flat, MatchMeanLoss{}, sgd_scales()));

  expect_none(estimate_alpha(Snapshot{}, quadratic, sgd_scales()));
  expect_none(estimate_alpha(make_snapshot({0.5}, h, eta, 1, axis, 100), quadratic, sgd_scales()));
  for (double& mean : snapshot.temperature.mean) mean = std::numeric_limits<double>::quiet_NaN();
  expect_none(estimate_alpha(snapshot, quadratic, sgd_scales()));

  Scales no_noise = sgd_scales();
  no_noise.sigma = no_noise.alpha_unit = no_noise.temperature = 0;
  expect_none(estimate_alpha(make_snapshot({0.5, 0.2, 0.1}, h, eta, 0, axis, 100), quadratic, no_noise));
}

}  // namespace
}  // namespace isotherm::verdict
