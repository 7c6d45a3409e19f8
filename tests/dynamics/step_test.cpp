// One step, as lowered for the engines, against the formula written out in double.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "dynamics/dynamics.hpp"
#include "experiment/plan.hpp"
#include "loss/interpreter.hpp"

namespace isotherm {
namespace {

using Vector = std::vector<double>;

Experiment experiment(const std::string& loss, const std::string& dynamics) {
  Experiment experiment;
  experiment.loss = loss;
  experiment.dynamics = dynamics;
  experiment.particles = 1;
  experiment.steps = 1;
  experiment.burn_in = 0;
  experiment.init = {{"point", {0.0}}};
  return experiment;
}

/// New state after one planned step, the draws given in the order of Leaf indices.
Vector stepped(const Plan& plan, const Vector& state, const Vector& draws) {
  loss::Interpreter<double> interpreter(plan.simulation.step);
  EXPECT_LE(interpreter.state_rows(), state.size());
  EXPECT_LE(interpreter.draws(), draws.size());
  Vector next(plan.simulation.step.results.size());
  interpreter(state, draws, plan.simulation.step_constants, next);
  return next;
}

/// Compares at several states and draws. `formula` maps (state, draws) to the new state.
void expect_step(const Experiment& experiment, const std::function<Vector(const Vector&, const Vector&)>& formula) {
  const Plan plan = make_plan(experiment, true);
  const std::size_t dimension = plan.problem->dimension();
  for (int trial = 0; trial < 20; ++trial) {
    Vector state, draws;
    for (std::size_t c = 0; c < dimension; ++c) {
      state.push_back(1.7 * std::sin(1.3 * trial + 2.1 * static_cast<double>(c) + 0.4));
      draws.push_back(2.3 * std::cos(0.9 * trial + 1.7 * static_cast<double>(c)));
    }
    const Vector next = stepped(plan, state, draws), expected = formula(state, draws);
    ASSERT_EQ(next.size(), expected.size());
    for (std::size_t c = 0; c < dimension; ++c)
      EXPECT_NEAR(next[c], expected[c], 1e-14) << "coordinate " << c << " from " << state[c];
  }
}

/// L = x^4 - 2 x^2 in one dimension, and L = x^2 y + sin(x) + y^4 in two.
constexpr const char* quartic = "x^4 - 2*x^2";
constexpr const char* coupled = "x^2*y + sin(x) + y^4";
Vector quartic_gradient(const Vector& x) { return {4 * x[0] * x[0] * x[0] - 4 * x[0]}; }
Vector coupled_gradient(const Vector& x) {
  return {2 * x[0] * x[1] + std::cos(x[0]), x[0] * x[0] + 4 * x[1] * x[1] * x[1]};
}

TEST(SgdStep, OneCoordinate) {
  Experiment e = experiment(quartic, "sgd");
  e.eta = {0.07};
  e.sigma = "1.3";
  expect_step(e, [](const Vector& x, const Vector& xi) {
    return Vector{x[0] - 0.07 * (quartic_gradient(x)[0] + 1.3 * xi[0])};
  });
}

TEST(SgdStep, RatesAndSigmasByCoordinate) {
  Experiment e = experiment(coupled, "sgd");
  e.eta = {0.07, 0.02};
  e.sigma = "1.3,0.4";
  expect_step(e, [](const Vector& x, const Vector& xi) {
    const Vector g = coupled_gradient(x);
    return Vector{x[0] - 0.07 * (g[0] + 1.3 * xi[0]), x[1] - 0.02 * (g[1] + 0.4 * xi[1])};
  });
}

TEST(SgdStep, TemperatureSetsTheNoiseOfEachCoordinate) {
  Experiment e = experiment(coupled, "sgd");
  e.eta = {0.07, 0.02};
  e.temperature = 0.3;
  expect_step(e, [](const Vector& x, const Vector& xi) {
    const Vector g = coupled_gradient(x);
    return Vector{x[0] - 0.07 * g[0] - std::sqrt(2 * 0.3 * 0.07) * xi[0],
                  x[1] - 0.02 * g[1] - std::sqrt(2 * 0.3 * 0.02) * xi[1]};
  });
}

/// The lower Cholesky factor of [[a, b], [b, c]] is [[sqrt a, 0], [b / sqrt a, sqrt(c - b^2 / a)]].
TEST(SgdStep, Covariance) {
  Experiment e = experiment(coupled, "sgd");
  e.eta = {0.05};
  e.covariance = "2,-0.6;-0.6,1.5";
  expect_step(e, [](const Vector& x, const Vector& xi) {
    const Vector g = coupled_gradient(x);
    const double noise0 = std::sqrt(2.0) * xi[0];
    const double noise1 = -0.6 / std::sqrt(2.0) * xi[0] + std::sqrt(1.5 - 0.36 / 2) * xi[1];
    return Vector{x[0] - 0.05 * (g[0] + noise0), x[1] - 0.05 * (g[1] + noise1)};
  });
}

TEST(SgdStep, StateDependentSigma) {
  Experiment e = experiment(quartic, "sgd");
  e.eta = {0.05};
  e.sigma = "sqrt(1 + x^2)";
  expect_step(e, [](const Vector& x, const Vector& xi) {
    return Vector{x[0] - 0.05 * (quartic_gradient(x)[0] + std::sqrt(1 + x[0] * x[0]) * xi[0])};
  });
  e.loss = coupled;
  e.sigma = "1 + y^2, s*cos(x)";
  e.set = {{"s", "0.7"}};
  expect_step(e, [](const Vector& x, const Vector& xi) {
    const Vector g = coupled_gradient(x);
    return Vector{x[0] - 0.05 * (g[0] + (1 + x[1] * x[1]) * xi[0]),
                  x[1] - 0.05 * (g[1] + 0.7 * std::cos(x[0]) * xi[1])};
  });
}

TEST(SgdStep, WithoutNoiseIsGradientDescent) {
  Experiment e = experiment(coupled, "sgd");
  e.noise = "none";
  const Plan plan = make_plan(e, true);
  EXPECT_EQ(plan.simulation.draws.numbers_per_step(), 0u);
  expect_step(e, [](const Vector& x, const Vector&) {
    const Vector g = coupled_gradient(x);
    return Vector{x[0] - 0.1 * g[0], x[1] - 0.1 * g[1]};
  });
}

TEST(LangevinStep, EulerAndMaruyama) {
  Experiment e = experiment(quartic, "langevin");
  e.eta = {0.2};
  e.dt = 0.013;
  e.sigma = "1.3";
  expect_step(e, [](const Vector& x, const Vector& xi) {
    return Vector{x[0] - 0.013 * quartic_gradient(x)[0] + std::sqrt(0.2 * 0.013) * 1.3 * xi[0]};
  });
  e.sigma = "exp(-x^2)";
  expect_step(e, [](const Vector& x, const Vector& xi) {
    return Vector{x[0] - 0.013 * quartic_gradient(x)[0] + std::sqrt(0.2 * 0.013) * std::exp(-x[0] * x[0]) * xi[0]};
  });
}

TEST(LangevinStep, RatesByCoordinateAndCovariance) {
  Experiment e = experiment(coupled, "langevin");
  e.eta = {0.2, 0.5};
  e.dt = 0.013;
  e.covariance = "2,-0.6;-0.6,1.5";
  expect_step(e, [](const Vector& x, const Vector& xi) {
    const Vector g = coupled_gradient(x);
    const double noise0 = std::sqrt(2.0) * xi[0];
    const double noise1 = -0.6 / std::sqrt(2.0) * xi[0] + std::sqrt(1.5 - 0.36 / 2) * xi[1];
    return Vector{x[0] - 0.013 * g[0] + std::sqrt(0.2 * 0.013) * noise0,
                  x[1] - 0.013 * g[1] + std::sqrt(0.5 * 0.013) * noise1};
  });
}

TEST(LangevinStep, DefaultStepIsATenthOfTheRate) {
  Experiment e = experiment(quartic, "langevin");
  e.eta = {0.2};
  expect_step(e, [](const Vector& x, const Vector& xi) {
    return Vector{x[0] - 0.02 * quartic_gradient(x)[0] + std::sqrt(0.2 * 0.02) * xi[0]};
  });
}

Vector runge_kutta_4(const Vector& x, double dt, const std::function<Vector(const Vector&)>& gradient) {
  const auto moved = [&](double by, const Vector& k) {
    Vector at = x;
    for (std::size_t c = 0; c < x.size(); ++c) at[c] -= by * k[c];
    return at;
  };
  const Vector k1 = gradient(x), k2 = gradient(moved(dt / 2, k1)), k3 = gradient(moved(dt / 2, k2)),
               k4 = gradient(moved(dt, k3));
  Vector next = x;
  for (std::size_t c = 0; c < x.size(); ++c) next[c] -= dt / 6 * (k1[c] + 2 * k2[c] + 2 * k3[c] + k4[c]);
  return next;
}

TEST(GradientFlowStep, RungeAndKutta) {
  Experiment e = experiment(quartic, "gradient-flow");
  e.dt = 0.03;
  EXPECT_EQ(make_plan(e, true).simulation.draws.numbers_per_step(), 0u);
  expect_step(e, [](const Vector& x, const Vector&) { return runge_kutta_4(x, 0.03, quartic_gradient); });
  e.loss = coupled;
  expect_step(e, [](const Vector& x, const Vector&) { return runge_kutta_4(x, 0.03, coupled_gradient); });
}

/// On L = h x^2 / 2 a step multiplies by 1 - a + a^2/2 - a^3/6 + a^4/24, a = dt h: stable up to a = 2.785.
TEST(GradientFlowStep, IsStableUpToItsBound) {
  const auto factor = [](double step) {
    Experiment e = experiment("x^2/2", "gradient-flow");
    e.dt = step;
    return stepped(make_plan(e, true), {1.0}, {})[0];
  };
  for (const double a : {0.1, 1.0, 2.0})
    EXPECT_NEAR(factor(a), 1 - a + a * a / 2 - a * a * a / 6 + a * a * a * a / 24, 1e-14);
  constexpr double bound = 2.785;  // as the descriptor's formula says
  EXPECT_LT(std::abs(factor(bound)), 1);
  EXPECT_GT(std::abs(factor(bound * 1.001)), 1);
}

TEST(Draws, AreOneForEachCoordinateAndStep) {
  for (const char* name : {"sgd", "langevin"}) {
    for (const auto& [loss, dimension, stride] : std::vector<std::tuple<std::string, std::size_t, std::size_t>>{
             {"x^2", 1, 1}, {"x^2+y^2", 2, 2}, {"x^2+y^2+z^2", 3, 4}}) {
      const Plan plan = make_plan(experiment(loss, name), true);
      const engine::DrawLayout& draws = plan.simulation.draws;
      EXPECT_EQ(draws.law, engine::DrawLayout::Law::normal);
      EXPECT_EQ(draws.purpose, random::Purpose::gradient_noise);
      EXPECT_EQ(draws.per_step, 1u);
      EXPECT_EQ(draws.dimension, dimension);
      EXPECT_EQ(draws.numbers_per_step(), stride);
      EXPECT_EQ(loss::Interpreter<double>(plan.simulation.step).draws(), dimension);
    }
  }
}

}  // namespace
}  // namespace isotherm
