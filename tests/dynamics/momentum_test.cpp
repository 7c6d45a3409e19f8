// Momentum and Nesterov, step by step against PyTorch's SGD (torch.optim.SGD with momentum, dampening 0) written out in
// double, and the formulas of their descriptors.

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "dynamics/linear_map.hpp"
#include "dynamics/trajectory.hpp"

namespace isotherm {
namespace {

using test::some_draws;
using test::Trajectory;
using Vector = std::vector<double>;

Experiment experiment(const std::string& loss, const std::string& dynamics, double eta) {
  Experiment experiment;
  experiment.loss = loss;
  experiment.dynamics = dynamics;
  experiment.eta = {eta};
  return experiment;
}

constexpr double eta = 0.02, mu = 0.8;

/// torch.optim.SGD on x^4/4 - x^2/2: 500 steps from 1.7. The first step, with an empty buffer, is as later ones.
void expect_torch(Experiment e, bool nesterov, double coupled_decay, double decoupled_decay) {
  e.mu = mu;
  Trajectory trajectory(e, {1.7});
  double x = 1.7, buffer = 0;
  for (std::uint64_t t = 1; t <= 500; ++t) {
    const Vector xi = some_draws(t, 1);
    const double grad = x * x * x - x + xi[0] + coupled_decay * x;
    x *= 1 - eta * decoupled_decay;
    buffer = mu * buffer + grad;
    x -= eta * (nesterov ? grad + mu * buffer : buffer);
    trajectory.step(xi);
    ASSERT_NEAR(trajectory.state()[0], x, 1e-13) << "step " << t;
    ASSERT_NEAR(trajectory.state()[1], nesterov ? buffer : eta * buffer, 1e-12) << "step " << t;
  }
}

TEST(MomentumStep, IsTorch) { expect_torch(experiment("double-well", "momentum", eta), false, 0, 0); }

TEST(NesterovStep, IsTorch) {
  Experiment e = experiment("double-well", "nesterov", eta);
  expect_torch(e, true, 0, 0);
  e.weight_decay = 0.3;
  expect_torch(e, true, 0.3, 0);
  e.decoupled = true;
  expect_torch(e, true, 0, 0.3);
}

/// eta' = eta / (1 - mu), v = eta' m: the lecture's two parameterizations are one process.
TEST(MomentumStep, ParameterizationsAgreeToRounding) {
  for (const char* loss : {"0.7*x^2/2", "x^4/4 - x^2/2 + 0.1*sin(5*x)"}) {
    Experiment standard = experiment(loss, "momentum", eta), averaged = experiment(loss, "momentum", eta / (1 - mu));
    standard.mu = averaged.mu = mu;
    averaged.parameterization = "averaged";
    Trajectory one(standard, {1.1}), other(averaged, {1.1});
    for (std::uint64_t t = 1; t <= 500; ++t) {
      const Vector xi = some_draws(t, 1);
      one.step(xi);
      other.step(xi);
      ASSERT_NEAR(one.state()[0], other.state()[0], 1e-13) << loss << ", step " << t;
      ASSERT_NEAR(one.state()[1], eta / (1 - mu) * other.state()[1], 1e-13) << loss << ", step " << t;
    }
    EXPECT_DOUBLE_EQ(one.plan().scales.temperature, other.plan().scales.temperature);
    EXPECT_DOUBLE_EQ(one.plan().scales.temperature, eta / (2 * (1 - mu)));
    const double ratio = one.plan().velocity_mass[0] / other.plan().velocity_mass[0];
    EXPECT_NEAR(ratio * std::pow(eta / (1 - mu), 2), 1, 1e-14) << "the same kinetic energy";
  }
}

struct Linear {
  std::string name, parameterization;
  double bound;  ///< of eta h
};

dynamics::Parameters parameters(const Linear& rule, double rate, double sigma2) {
  dynamics::Parameters p{
      .eta = rate, .sigma2 = sigma2, .options = dynamics::default_options(dynamics::find(rule.name))};
  p.options.numbers["mu"] = {mu};
  if (!rule.parameterization.empty()) p.options.choices["parameterization"] = rule.parameterization;
  return p;
}

const std::vector<Linear>& linear_rules() {
  static const std::vector<Linear> all = {{"sgd", "", 2},
                                          {"momentum", "standard", 2 * (1 + mu)},
                                          {"momentum", "averaged", 2 * (1 + mu) / (1 - mu)},
                                          {"nesterov", "", 2 * (1 + mu) / (1 + 2 * mu)}};
  return all;
}

TEST(LinearRules, AreStableUpToTheirBound) {
  constexpr double h = 1.7;
  for (const Linear& rule : linear_rules()) {
    const dynamics::Descriptor& descriptor = dynamics::find(rule.name);
    EXPECT_LT(dynamics::contraction(descriptor, parameters(rule, 0.999999 * rule.bound / h, 1), h), 1) << rule.name;
    EXPECT_GT(dynamics::contraction(descriptor, parameters(rule, 1.000001 * rule.bound / h, 1), h), 1) << rule.name;
  }
}

/// Second moments of the stationary chain on h x^2 / 2, from C = A C A' + b b' with the columns of A and b read from
/// the step.
std::array<double, 3> stationary(Experiment e, double start_step = 1) {
  Trajectory zero(e, {0.0});
  const bool velocity = zero.state().size() > 1;
  const auto column = [&](double x, double v, double xi) {
    Trajectory one(e, {x});
    if (velocity) one.state()[1] = v;
    one.step({xi});
    return std::array<double, 2>{one.state()[0], velocity ? one.state()[1] : 0.0};
  };
  auto a = column(start_step, 0, 0), b = column(0, start_step, 0), n = column(0, 0, start_step);
  double map[2][2] = {{a[0], b[0]}, {a[1], b[1]}};
  double c[2][2] = {{n[0] * n[0], n[0] * n[1]}, {n[0] * n[1], n[1] * n[1]}};
  // Doubling: after k rounds the sum has 2^k terms of A^i b b' A'^i.
  for (int round = 0; round < 40; ++round) {
    double next[2][2], square[2][2];
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j) {
        next[i][j] = c[i][j];
        square[i][j] = 0;
        for (int k = 0; k < 2; ++k) {
          square[i][j] += map[i][k] * map[k][j];
          for (int l = 0; l < 2; ++l) next[i][j] += map[i][k] * c[k][l] * map[j][l];
        }
      }
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j) {
        c[i][j] = next[i][j];
        map[i][j] = square[i][j];
      }
  }
  return {c[0][0], c[0][1], c[1][1]};
}

TEST(Nesterov, VarianceOnAQuadratic) {
  // Record T02 (NAG_var_x): h = 1.5, sigma = .8, eta = .1, mu = .9.
  Experiment e = experiment("1.5*x^2/2", "nesterov", 0.1);
  e.sigma = "0.8";
  EXPECT_NEAR(stationary(e)[0], 0.1223651852784, 1e-12);
}

TEST(Nesterov, CorrectedVirialIsExact) {
  constexpr double h = 1.5, sigma = 0.8, rate = 0.1, m = 0.9;
  Experiment e = experiment("1.5*x^2/2", "nesterov", rate);
  e.sigma = "0.8";
  const auto [xx, xv, vv] = stationary(e);
  const double virial = h * xx - (rate / 2 * h * h * xx + rate * m * m * h * xv) / (1 - m);
  EXPECT_NEAR(virial, rate * sigma * sigma / (2 * (1 - m)), 1e-13);
}

/// Temperature, mass and the share of decoupled decay are those of the chain as eta h -> 0.
TEST(LinearRules, HaveTheirTemperatureToLeadingOrder) {
  constexpr double rate = 1e-5, h = 1.5, lambda = 0.7;
  for (const Linear& rule : linear_rules()) {
    const dynamics::Descriptor& descriptor = dynamics::find(rule.name);
    const dynamics::Parameters p = parameters(rule, rate, 4);
    const double temperature = descriptor.temperature(p);
    Experiment e = experiment("1.5*x^2/2", rule.name, rate);
    e.sigma = "2";
    e.parameterization = rule.parameterization;
    if (rule.name != "sgd") e.mu = mu;
    const auto [xx, xv, vv] = stationary(e);
    EXPECT_NEAR(h * xx / temperature, 1, 1e-3) << rule.name;
    if (descriptor.mass) {
      EXPECT_NEAR(descriptor.mass(p) * vv / temperature, 1, 1e-3) << rule.name;
    }
    e.weight_decay = lambda;
    e.decoupled = true;
    const double share = descriptor.decay_share ? descriptor.decay_share(p) : 1;
    EXPECT_NEAR((h + share * lambda) * stationary(e)[0] / temperature, 1, 1e-3) << rule.name;
  }
}

}  // namespace
}  // namespace isotherm
