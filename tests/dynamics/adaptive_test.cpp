// RMSProp, Adam and the statistical rate, step by step against the formulas of PyTorch's documentation (torch.optim:
// RMSprop, Adam, AdamW) and of the lecture, written out in double; and the formulas of their descriptors.

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "dynamics/frozen_rate.hpp"
#include "dynamics/linear_map.hpp"
#include "dynamics/trajectory.hpp"

namespace isotherm {
namespace {

using test::some_draws;
using test::Trajectory;
using Vector = std::vector<double>;

constexpr double eta = 0.07, sigma = 1.3;

Experiment coupled(const std::string& dynamics) {
  Experiment experiment;
  experiment.loss = "x^2*y + sin(x) + y^4 + x^4";
  experiment.dynamics = dynamics;
  experiment.eta = {eta};
  experiment.sigma = "1.3";
  return experiment;
}
Vector gradient(const Vector& x) {
  return {2 * x[0] * x[1] + std::cos(x[0]) + 4 * x[0] * x[0] * x[0], x[0] * x[0] + 4 * x[1] * x[1] * x[1]};
}

/// What an optimizer does with parameter c: from the gradient and its own numbers to the new parameter. t = 1, 2, ...
using Optimizer = std::function<double(double x, double gradient, int t, std::size_t c)>;

/// Follows 500 steps of both from (0.8, -0.4).
void expect_same(const Experiment& experiment, double weight_decay, const Optimizer& optimizer) {
  Trajectory trajectory(experiment, {0.8, -0.4});
  Vector x = {0.8, -0.4};
  for (int t = 1; t <= 500; ++t) {
    const Vector xi = some_draws(static_cast<std::uint64_t>(t), 2), g = gradient(x);
    for (std::size_t c = 0; c < 2; ++c) x[c] = optimizer(x[c], g[c] + sigma * xi[c] + weight_decay * x[c], t, c);
    trajectory.step(xi);
    for (std::size_t c = 0; c < 2; ++c) ASSERT_NEAR(trajectory.state()[c], x[c], 1e-12) << "step " << t;
  }
}

Optimizer torch_rmsprop(double alpha, double epsilon) {
  return [=, square_avg = Vector{0, 0}](double x, double g, int, std::size_t c) mutable {
    square_avg[c] = alpha * square_avg[c] + (1 - alpha) * g * g;
    return x - eta * g / (std::sqrt(square_avg[c]) + epsilon);
  };
}

Optimizer torch_adam(double beta1, double beta2, double epsilon, bool corrected = true, double decoupled_decay = 0) {
  return [=, exp_avg = Vector{0, 0}, exp_avg_sq = Vector{0, 0}](double x, double g, int t, std::size_t c) mutable {
    x *= 1 - eta * decoupled_decay;
    exp_avg[c] = beta1 * exp_avg[c] + (1 - beta1) * g;
    exp_avg_sq[c] = beta2 * exp_avg_sq[c] + (1 - beta2) * g * g;
    const double bias_correction1 = corrected ? 1 - std::pow(beta1, t) : 1;
    const double bias_correction2 = corrected ? 1 - std::pow(beta2, t) : 1;
    const double denom = std::sqrt(exp_avg_sq[c]) / std::sqrt(bias_correction2) + epsilon;
    return x - eta / bias_correction1 * exp_avg[c] / denom;
  };
}

TEST(RmspropStep, IsTorch) {
  expect_same(coupled("rmsprop"), 0, torch_rmsprop(0.99, 1e-8));
  Experiment other = coupled("rmsprop");
  other.beta2 = 0.8;
  other.epsilon = 0.3;
  expect_same(other, 0, torch_rmsprop(0.8, 0.3));
  other.weight_decay = 0.2;
  expect_same(other, 0.2, torch_rmsprop(0.8, 0.3));
}

TEST(AdamStep, IsTorch) {
  expect_same(coupled("adam"), 0, torch_adam(0.9, 0.999, 1e-8));
  Experiment other = coupled("adam");
  other.beta1 = 0.7;
  other.beta2 = 0.95;
  other.epsilon = 0.3;
  expect_same(other, 0, torch_adam(0.7, 0.95, 0.3));
  other.no_bias_correction = true;
  expect_same(other, 0, torch_adam(0.7, 0.95, 0.3, false));
}

TEST(AdamStep, WithWeightDecayCoupledAndNot) {
  Experiment experiment = coupled("adam");
  experiment.weight_decay = 0.4;
  expect_same(experiment, 0.4, torch_adam(0.9, 0.999, 1e-8));
  experiment.decoupled = true;
  expect_same(experiment, 0, torch_adam(0.9, 0.999, 1e-8, true, 0.4));
}

/// |dx| / eta of every step on L = slope x without noise.
std::vector<double> step_sizes(Experiment experiment, const std::string& slope, int steps) {
  experiment.loss = slope + "*x";
  experiment.eta = {0.1};
  experiment.noise = "none";
  Trajectory trajectory(experiment, {0.0});
  std::vector<double> sizes = {0};  // index 1 is the first step
  for (int t = 1; t <= steps; ++t) {
    const double before = trajectory.state()[0];
    trajectory.step({});
    sizes.push_back((before - trajectory.state()[0]) / 0.1);
  }
  return sizes;
}

TEST(RmspropStep, SizesForAConstantGradient) {
  Experiment experiment;
  experiment.dynamics = "rmsprop";
  experiment.epsilon = 0;
  const std::vector<double> size = step_sizes(experiment, "1", 1000);
  for (int t = 1; t <= 1000; ++t) EXPECT_NEAR(size[t], 1 / std::sqrt(1 - std::pow(0.99, t)), 1e-10) << t;
  EXPECT_NEAR(size[1], 10, 1e-10);
  EXPECT_NEAR(size[2], 7.0888, 5e-5);
  EXPECT_NEAR(size[10], 3.2339, 5e-5);
  EXPECT_NEAR(size[100], 1.2559, 5e-5);
  experiment.epsilon.reset();
  const std::vector<double> small = step_sizes(experiment, "1e-7", 1000);
  for (int t = 1; t <= 1000; ++t)
    EXPECT_NEAR(small[t], 1e-7 / (1e-7 * std::sqrt(1 - std::pow(0.99, t)) + 1e-8), 1e-10) << t;
}

TEST(AdamStep, SizesForAConstantGradient) {
  Experiment experiment;
  experiment.dynamics = "adam";
  experiment.epsilon = 0;
  const std::vector<double> unit = step_sizes(experiment, "3", 3000);
  for (int t = 1; t <= 3000; ++t) EXPECT_NEAR(unit[t], 1, 1e-10) << t;
  experiment.no_bias_correction = true;
  const std::vector<double> size = step_sizes(experiment, "1", 3000);
  EXPECT_NEAR(size[1], 3.1622776602, 1e-10);
  EXPECT_NEAR(size[12], 6.5685202525, 1e-10);
  EXPECT_NEAR(size[1000], 1.2575835210, 1e-10);
  for (const double other : size) EXPECT_LE(other, size[12]);

  // A gradient so small that epsilon counts: with the correction it stands beside |g|, without beside sqrt(1-b2^t) |g|.
  experiment = {};
  experiment.dynamics = "adam";
  const std::vector<double> corrected = step_sizes(experiment, "1e-7", 1000);
  experiment.no_bias_correction = true;
  const std::vector<double> plain = step_sizes(experiment, "1e-7", 1000);
  for (int t = 1; t <= 1000; ++t) {
    EXPECT_NEAR(corrected[t], 1e-7 / (1e-7 + 1e-8), 1e-10) << t;
    const double mean = 1 - std::pow(0.9, t), root = std::sqrt(1 - std::pow(0.999, t));
    EXPECT_NEAR(plain[t], 1e-7 * mean / (1e-7 * root + 1e-8), 1e-10) << t;
  }
}

/// 0/0 with epsilon 0, as in PyTorch; with any other epsilon the particle stays.
TEST(AdaptiveSteps, WithoutAnyGradient) {
  for (const char* name : {"rmsprop", "adam"}) {
    Experiment experiment;
    experiment.loss = "x^2/2";
    experiment.dynamics = name;
    experiment.noise = "none";
    Trajectory resting(experiment, {0.0});
    resting.step({});
    EXPECT_EQ(resting.state()[0], 0) << name;
    experiment.epsilon = 0;
    Trajectory undefined(experiment, {0.0});
    undefined.step({});
    EXPECT_TRUE(std::isnan(undefined.state()[0])) << name;
  }
}

TEST(StatisticalRateStep, IsTheLectures) {
  Experiment experiment = coupled("statistical-rate");
  experiment.window = 10;
  experiment.lipschitz = {40, 15};
  bool capped = false, free = false;
  expect_same(experiment, 0,
              [&, mean = Vector{0, 0}, square = Vector{0, 0}](double x, double g, int, std::size_t c) mutable {
                mean[c] = 0.9 * mean[c] + 0.1 * g;
                square[c] = 0.9 * square[c] + 0.1 * g * g;
                const double rate = eta * mean[c] * mean[c] / (square[c] - mean[c] * mean[c]);
                const double largest = 1 / (2 * experiment.lipschitz[c]);
                (rate > largest ? capped : free) = true;
                return x - std::min(rate, largest) * g;
              });
  EXPECT_TRUE(capped && free);
}

/// Without noise the estimate of sigma^2 goes to 0, and the rate to its cap: x' = x / 2 on x^2 / 2 with Lip = 1. Where
/// there never was a gradient, 0/0 is the cap too, and the particle stays.
TEST(StatisticalRateStep, IsCappedWithoutNoise) {
  Experiment experiment;
  experiment.loss = "x^2/2";
  experiment.dynamics = "statistical-rate";
  experiment.window = 1;
  experiment.noise = "none";
  Trajectory moving(experiment, {3.0}), resting(experiment, {0.0});
  moving.step({});
  EXPECT_EQ(moving.state()[0], 1.5);
  resting.step({});
  EXPECT_EQ(resting.state()[0], 0);
}

namespace rules = dynamics;

rules::Parameters parameters(const std::string& rule, double rate, double noise, double beta2) {
  rules::Parameters p{.eta = rate, .sigma2 = noise * noise, .options = rules::default_options(rules::find(rule))};
  p.options.numbers["beta2"] = {beta2};
  return p;
}

/// Records T16 and the value of Adam beside it: eta = .1, h = sigma = 1, beta1 = .9, epsilon = 0.
TEST(FrozenRate, OfTheStationaryChain) {
  rules::Parameters p{.eta = 0.1, .sigma2 = 1, .options = {}};
  EXPECT_NEAR(rules::frozen_rate(p, 1, 1), 0.09753124511871, 1e-13);
  const double kappa = 0.1 / 1.9, rate = rules::frozen_rate(p, 1, kappa);
  EXPECT_NEAR(rate / (2 - kappa * rate), 0.04894529145878, 1e-13);
  // [-eta^2 h + sqrt(eta^4 h^2 + 16 sigma^2 eta^2)] / (4 sigma^2), which stays below 2 / h.
  for (const double large : {1.0, 10.0, 1000.0}) {
    const double h = 0.7, s2 = 2.5, e2 = large * large;
    p = {.eta = large, .sigma2 = s2, .options = {}};
    EXPECT_NEAR(rules::frozen_rate(p, h, 1), (-e2 * h + std::sqrt(e2 * e2 * h * h + 16 * s2 * e2)) / (4 * s2), 1e-8);
    EXPECT_LT(rules::frozen_rate(p, h, 1), 2 / h);
  }
  // Without noise: eta / epsilon, until that oscillates.
  p = {.eta = 0.1, .sigma2 = 0, .options = {}};
  p.options.numbers["epsilon"] = {0.5};
  EXPECT_NEAR(rules::frozen_rate(p, 1, 1), 0.2, 1e-15);
  p.options.numbers["epsilon"] = {0};
  EXPECT_NEAR(rules::frozen_rate(p, 1, 1), 2, 1e-15);
}

TEST(AdaptiveDescriptors, GiveTheTemperature) {
  for (const char* name : {"rmsprop", "adam"}) {
    rules::Parameters p = parameters(name, 0.3, 2, 0.99);
    p.options.numbers["epsilon"] = {0.25};
    EXPECT_DOUBLE_EQ(rules::find(name).temperature(p), 0.3 / 2.25 * 4 / 2) << name;
    EXPECT_DOUBLE_EQ(rules::find(name).overdamped_step(p), 0.3 / 2.25) << name;
    EXPECT_DOUBLE_EQ(rules::find(name).decay_share(p), 2.25) << name;
    p.options.numbers["epsilon"] = {0};
    p.sigma2 = 0;
    EXPECT_EQ(rules::find(name).temperature(p), 0) << name;
    EXPECT_FALSE(rules::find(name).mass || rules::find(name).corrected_virial) << name;
  }
  EXPECT_EQ(rules::find("statistical-rate").stationary, rules::Stationary::own);
}

/// The slower of the position, at the frozen rate, and of s, at beta2; never unstable.
TEST(AdaptiveDescriptors, RelaxWithTheSlowerOfPositionAndAverage) {
  const rules::Descriptor &rmsprop = rules::find("rmsprop"), &adam = rules::find("adam");
  EXPECT_NEAR(rules::contraction(rmsprop, parameters("rmsprop", 0.1, 1, 0.5), 1), 1 - 0.09753124511871, 1e-8);
  EXPECT_EQ(rules::contraction(rmsprop, parameters("rmsprop", 0.1, 1, 0.999), 1), 0.999);
  // Complex roots have modulus sqrt(beta1).
  EXPECT_NEAR(rules::contraction(adam, parameters("adam", 0.1, 1, 0.5), 1), std::sqrt(0.9), 1e-12);
  // A small rate: lambda = 1 - eta_eff h + ..., and momentum does nothing.
  EXPECT_NEAR(rules::contraction(adam, parameters("adam", 1e-4, 1, 0.5), 1), 1 - 1e-4, 1e-6);
  for (const double rate : {1.0, 100.0, 1e6}) {
    EXPECT_LT(rules::contraction(rmsprop, parameters("rmsprop", rate, 1, 0.9), 1), 1) << rate;
    EXPECT_LT(rules::contraction(adam, parameters("adam", rate, 1, 0.9), 1), 1) << rate;
  }
}

/// Decoupled decay is not divided by sqrt(s): it weighs sigma times as much as in the loss.
TEST(AdaptivePlans, KnowTheShareOfDecoupledDecay) {
  Experiment experiment;
  experiment.loss = "x^2/2";
  experiment.dynamics = "adam";
  experiment.sigma = "3";
  experiment.epsilon = 0;
  experiment.weight_decay = 0.2;
  EXPECT_DOUBLE_EQ(make_plan(experiment, true).problem->values().at("weight decay of the potential"), 0.2);
  experiment.decoupled = true;
  EXPECT_DOUBLE_EQ(make_plan(experiment, true).problem->values().at("weight decay of the potential"), 0.6);
}

}  // namespace
}  // namespace isotherm
