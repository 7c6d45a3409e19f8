// The Langevin integrators: one step, as lowered for the engines, against the formula written out in double; and what a
// step leads to on a quadratic, where it is a linear map, by linear algebra without a single random number.

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "dynamics/dynamics.hpp"
#include "dynamics/linear_map.hpp"
#include "experiment/plan.hpp"
#include "isotherm/core/error.hpp"
#include "loss/interpreter.hpp"
#include "statistical/oracles.hpp"

namespace isotherm {
namespace {

using test::oracle;
using Vector = std::vector<double>;

Experiment experiment(const std::string& loss, const std::string& dynamics) {
  Experiment experiment;
  experiment.loss = loss;
  experiment.dynamics = dynamics;
  experiment.particles = 1;
  experiment.steps = 1;
  experiment.burn_in = 0;
  experiment.init = {{"point", {0.0}}};
  experiment.dt = 0.07;
  return experiment;
}

Experiment underdamped(const std::string& loss, const std::string& scheme) {
  Experiment e = experiment(loss, "underdamped");
  e.scheme = scheme;
  return e;
}

/// The planned step as a function.
class Step {
 public:
  explicit Step(const Experiment& experiment) : plan_(make_plan(experiment, true)), run_(plan_.simulation.step) {}
  Vector operator()(const Vector& state, const Vector& draws) {
    EXPECT_LE(run_.state_rows(), state.size());
    EXPECT_LE(run_.draws(), draws.size());
    Vector next(rows());
    run_(state, draws, plan_.simulation.step_constants, next);
    return next;
  }
  const Plan& plan() const { return plan_; }
  std::size_t rows() const { return plan_.simulation.state_rows; }
  std::size_t numbers() const { return plan_.simulation.draws.numbers_per_step(); }

 private:
  Plan plan_;
  loss::Interpreter<double> run_;
};

/// A different vector for each trial, of numbers between -size and size.
Vector scattered(std::size_t count, int trial, double size, double phase) {
  Vector values;
  for (std::size_t i = 0; i < count; ++i)
    values.push_back(size * std::sin(1.3 * trial + 2.1 * static_cast<double>(i) + phase));
  return values;
}

/// Compares at several states and draws. `formula` maps (state, draws) to the new state.
void expect_step(const Experiment& experiment, const std::function<Vector(const Vector&, const Vector&)>& formula) {
  Step step(experiment);
  for (int trial = 0; trial < 20; ++trial) {
    const Vector state = scattered(step.rows(), trial, 1.7, 0.4), draws = scattered(step.numbers(), trial, 2.3, 1.9);
    const Vector next = step(state, draws), expected = formula(state, draws);
    ASSERT_EQ(next.size(), expected.size());
    for (std::size_t c = 0; c < next.size(); ++c) EXPECT_NEAR(next[c], expected[c], 1e-13) << "row " << c;
  }
}

constexpr const char* quartic = "x^4 - 2*x^2";
constexpr const char* coupled = "x^2*y + sin(x) + y^4";
double quartic_slope(double x) { return 4 * x * x * x - 4 * x; }
Vector coupled_gradient(double x, double y) { return {2 * x * y + std::cos(x), x * x + 4 * y * y * y}; }

TEST(LeimkuhlerMatthewsStep, EachNumberServesTwoSteps) {
  Experiment e = experiment(quartic, "leimkuhler-matthews");
  e.eta = {0.2};
  e.sigma = "1.3";
  expect_step(e, [](const Vector& s, const Vector& xi) {
    return Vector{s[0] - 0.07 * quartic_slope(s[0]) + std::sqrt(0.2 * 0.07) * 1.3 * (s[1] + xi[0]) / 2, xi[0]};
  });
}

TEST(LeimkuhlerMatthewsStep, RatesByCoordinateAndCovariance) {
  Experiment e = experiment(coupled, "leimkuhler-matthews");
  e.eta = {0.2, 0.5};
  e.covariance = "2,-0.6;-0.6,1.5";
  expect_step(e, [](const Vector& s, const Vector& xi) {
    const Vector g = coupled_gradient(s[0], s[1]);
    const double z0 = (s[2] + xi[0]) / 2, z1 = (s[3] + xi[1]) / 2;
    return Vector{
        s[0] - 0.07 * g[0] + std::sqrt(0.2 * 0.07) * std::sqrt(2.0) * z0,
        s[1] - 0.07 * g[1] + std::sqrt(0.5 * 0.07) * (-0.6 / std::sqrt(2.0) * z0 + std::sqrt(1.5 - 0.36 / 2) * z1),
        xi[0], xi[1]};
  });
}

TEST(LeimkuhlerMatthewsStep, StartsFromANormalNumber) {
  const Plan plan = make_plan(experiment(quartic, "leimkuhler-matthews"), true);
  loss::Interpreter<double> start(plan.simulation.start);
  EXPECT_EQ(plan.simulation.start_draws.per_step, 1u);
  Vector rows(2);
  start({}, Vector{0.37}, plan.simulation.start_constants, rows);
  EXPECT_EQ(rows, (Vector{0.0, 0.37}));
}

TEST(HeunStep, AveragesTheSlopesAtBothEnds) {
  Experiment e = experiment(quartic, "heun");
  e.eta = {0.2};
  e.sigma = "1.3";
  expect_step(e, [](const Vector& s, const Vector& xi) {
    const double noise = std::sqrt(0.2 * 0.07) * 1.3 * xi[0], y = s[0] - 0.07 * quartic_slope(s[0]) + noise;
    return Vector{s[0] - 0.07 * (quartic_slope(s[0]) + quartic_slope(y)) / 2 + noise};
  });
}

TEST(HeunStep, Covariance) {
  Experiment e = experiment(coupled, "heun");
  e.eta = {0.2};
  e.covariance = "2,-0.6;-0.6,1.5";
  expect_step(e, [](const Vector& s, const Vector& xi) {
    const double n0 = std::sqrt(0.2 * 0.07 * 2) * xi[0];
    const double n1 = std::sqrt(0.2 * 0.07) * (-0.6 / std::sqrt(2.0) * xi[0] + std::sqrt(1.5 - 0.36 / 2) * xi[1]);
    const Vector g = coupled_gradient(s[0], s[1]);
    const Vector h = coupled_gradient(s[0] - 0.07 * g[0] + n0, s[1] - 0.07 * g[1] + n1);
    return Vector{s[0] - 0.035 * (g[0] + h[0]) + n0, s[1] - 0.035 * (g[1] + h[1]) + n1};
  });
}

/// One coordinate of mass m, friction 1.3 and temperature T(x), letter by letter.
struct Particle {
  double x, v, mass, friction = 1.3;
  std::function<double(double)> slope, temperature;

  void A(double h) { x += h * v; }
  void B(double h) { v -= h / mass * slope(x); }
  void O(double h, double xi) {
    const double c = std::exp(-friction * h);
    v = c * v + std::sqrt((1 - c * c) * temperature(x) / mass) * xi;
  }
  Vector state() const { return {x, v}; }
};

void expect_splittings(const Experiment& base, const std::function<double(double)>& temperature) {
  const auto with = [&](const Vector& s) { return Particle{s[0], s[1], 0.8, 1.3, quartic_slope, temperature}; };
  const auto scheme = [&](const std::string& name) {
    Experiment e = base;
    e.scheme = name;
    return e;
  };
  constexpr double d = 0.07;
  expect_step(scheme("baoab"), [&](const Vector& s, const Vector& xi) {
    Particle p = with(s);
    p.B(d / 2), p.A(d / 2), p.O(d, xi[0]), p.A(d / 2), p.B(d / 2);
    return p.state();
  });
  expect_step(scheme("aboba"), [&](const Vector& s, const Vector& xi) {
    Particle p = with(s);
    p.A(d / 2), p.B(d / 2), p.O(d, xi[0]), p.B(d / 2), p.A(d / 2);
    return p.state();
  });
  expect_step(scheme("obabo"), [&](const Vector& s, const Vector& xi) {
    Particle p = with(s);
    p.O(d / 2, xi[0]), p.B(d / 2), p.A(d), p.B(d / 2), p.O(d / 2, xi[1]);
    return p.state();
  });
  expect_step(scheme("oabao"), [&](const Vector& s, const Vector& xi) {
    Particle p = with(s);
    p.O(d / 2, xi[0]), p.A(d / 2), p.B(d), p.A(d / 2), p.O(d / 2, xi[1]);
    return p.state();
  });
  const auto kicked = [&](const Vector& s, const Vector& xi) {
    return s[1] - d * (quartic_slope(s[0]) / 0.8 + 1.3 * s[1]) +
           std::sqrt(2 * 1.3 * d * temperature(s[0]) / 0.8) * xi[0];
  };
  expect_step(scheme("euler"), [&](const Vector& s, const Vector& xi) {
    return Vector{s[0] + d * s[1], kicked(s, xi)};
  });
  expect_step(scheme("semi-implicit"), [&](const Vector& s, const Vector& xi) {
    return Vector{s[0] + d * kicked(s, xi), kicked(s, xi)};
  });
}

TEST(UnderdampedStep, EverySchemeLetterByLetter) {
  Experiment e = underdamped(quartic, "");
  e.friction = 1.3;
  e.mass = {0.8};
  e.temperature = 0.35;
  expect_splittings(e, [](double) { return 0.35; });
}

/// sigma is that of the place where the noise acts.
TEST(UnderdampedStep, StateDependentSigma) {
  Experiment e = underdamped(quartic, "");
  e.friction = 1.3;
  e.mass = {0.8};
  e.eta = {0.2};
  e.sigma = "sqrt(1 + x^2)";
  expect_splittings(e, [](double x) { return 0.2 * (1 + x * x) / 2; });
}

TEST(UnderdampedStep, BaoabIsTheDefault) {
  EXPECT_EQ(make_plan(experiment(quartic, "underdamped"), true).experiment.scheme, "baoab");
}

TEST(UnderdampedStep, RatesMassesAndCovariance) {
  Experiment e = underdamped(coupled, "baoab");
  e.eta = {0.2, 0.5};
  e.friction = 1.3;
  e.mass = {0.8, 3};
  e.covariance = "2,-0.6;-0.6,1.5";
  expect_step(e, [](const Vector& s, const Vector& xi) {
    constexpr double d = 0.07, m0 = 0.8, m1 = 3;
    double x = s[0], y = s[1], u = s[2], v = s[3];
    const auto kick = [&] {
      const Vector g = coupled_gradient(x, y);
      u -= d / 2 / m0 * g[0];
      v -= d / 2 / m1 * g[1];
    };
    const auto drift = [&] { x += d / 2 * u, y += d / 2 * v; };
    kick(), drift();
    const double c = std::exp(-1.3 * d), root = std::sqrt(1 - c * c);
    u = c * u + root * std::sqrt(0.2 / (2 * m0)) * std::sqrt(2.0) * xi[0];
    v = c * v + root * std::sqrt(0.5 / (2 * m1)) * (-0.6 / std::sqrt(2.0) * xi[0] + std::sqrt(1.5 - 0.36 / 2) * xi[1]);
    drift(), kick();
    return Vector{x, y, u, v};
  });
}

/// N(0, T / m), with sigma at the place where the particle starts.
TEST(UnderdampedStart, VelocitiesAreInEquilibrium) {
  Experiment e = underdamped(quartic, "baoab");
  e.init = {{"normal", {0.5, 2.0}}};
  e.eta = {0.2};
  e.mass = {0.8};
  e.sigma = "1 + x^2";
  const Plan plan = make_plan(e, true);
  loss::Interpreter<double> start(plan.simulation.start);
  EXPECT_EQ(plan.simulation.start_draws.per_step, 2u);
  Vector rows(2);
  start({}, Vector{0.37, -1.2}, plan.simulation.start_constants, rows);
  const double x = 0.5 + 2 * 0.37;
  EXPECT_DOUBLE_EQ(rows[0], x);
  EXPECT_NEAR(rows[1], -1.2 * (1 + x * x) * std::sqrt(0.2 / 2 / 0.8), 1e-14);
}

/// 1 - c^2 keeps all its digits where the friction is small.
TEST(UnderdampedStep, SmallFriction) {
  Experiment e = underdamped("0*x", "obabo");
  e.friction = 1e-12;
  e.temperature = 0.35;
  Step step(e);
  const Vector next = step({0, 0}, {0, 1});
  EXPECT_NEAR(next[1] / std::sqrt(0.35 * 1e-12 * 0.07), 1, 1e-12);
}

/// Metropolis and Hastings as in the textbook, with distances squared and a logarithm.
TEST(MalaStep, IsTheTextbooks) {
  constexpr double eta = 0.2, sigma = 1.3, dt = 0.2, temperature = eta * sigma * sigma / 2;
  Experiment e = experiment(quartic, "mala");
  e.eta = {eta};
  e.sigma = "1.3";
  e.dt = dt;
  Step step(e);
  ASSERT_EQ(step.numbers(), 3u);
  const auto loss = [](double x) { return x * x * x * x - 2 * x * x; };
  int accepted = 0, rejected = 0;
  for (int trial = 0; trial < 400; ++trial) {
    const double x = scattered(1, trial, 1.7, 0.4)[0];
    const Vector draws = scattered(3, 2 * trial, 1.5, 1.9);
    const double y = x - dt * quartic_slope(x) + std::sqrt(eta * dt) * sigma * draws[0];
    const double back = x - y + dt * quartic_slope(y), forth = y - x + dt * quartic_slope(x);
    const double log_ratio =
        (loss(x) - loss(y)) / temperature - (back * back - forth * forth) / (2 * eta * dt * sigma * sigma);
    const double uniform = std::exp(-(draws[1] * draws[1] + draws[2] * draws[2]) / 2);
    ASSERT_GT(std::abs(std::log(uniform) - log_ratio), 1e-9);
    const bool accepts = std::log(uniform) < log_ratio;
    (accepts ? accepted : rejected)++;
    const Vector next = step({x, 0.5}, draws);
    EXPECT_NEAR(next[0], accepts ? y : x, 1e-13) << trial;
    EXPECT_EQ(next[1], accepts ? 1 : 0) << trial;
  }
  EXPECT_GT(accepted, 40);
  EXPECT_GT(rejected, 40);
}

TEST(MalaStep, TakesTheUniformNumberFromTwoCoordinates) {
  constexpr double temperature = 0.3, dt = 0.15;
  Experiment e = experiment(coupled, "mala");
  e.temperature = temperature;
  e.dt = dt;
  Step step(e);
  ASSERT_EQ(step.numbers(), 4u);
  const auto loss = [](double x, double y) { return x * x * y + std::sin(x) + y * y * y * y; };
  int accepted = 0, rejected = 0;
  for (int trial = 0; trial < 400; ++trial) {
    const Vector x = scattered(2, trial, 1.7, 0.4), draws = scattered(4, 2 * trial, 1.5, 1.9);
    const Vector g = coupled_gradient(x[0], x[1]);
    Vector y(2);
    for (std::size_t c = 0; c < 2; ++c) y[c] = x[c] - dt * g[c] + std::sqrt(2 * temperature * dt) * draws[c];
    const Vector there = coupled_gradient(y[0], y[1]);
    double log_ratio = (loss(x[0], x[1]) - loss(y[0], y[1])) / temperature;
    for (std::size_t c = 0; c < 2; ++c) {
      const double back = x[c] - y[c] + dt * there[c], forth = y[c] - x[c] + dt * g[c];
      log_ratio -= (back * back - forth * forth) / (4 * temperature * dt);
    }
    const double log_uniform = -(draws[2] * draws[2] + draws[3] * draws[3]) / 2;
    ASSERT_GT(std::abs(log_uniform - log_ratio), 1e-9);
    const bool accepts = log_uniform < log_ratio;
    (accepts ? accepted : rejected)++;
    const Vector next = step({x[0], x[1], 0.5}, draws), expected = accepts ? y : x;
    EXPECT_NEAR(next[0], expected[0], 1e-13) << trial;
    EXPECT_NEAR(next[1], expected[1], 1e-13) << trial;
    EXPECT_EQ(next[2], accepts ? 1 : 0) << trial;
  }
  EXPECT_GT(accepted, 40);
  EXPECT_GT(rejected, 40);
}

/// A batch makes the noise smaller, and not the uniform number.
TEST(MalaStep, BatchesLeaveTheUniformNumberUniform) {
  Experiment one = experiment(quartic, "mala"), batch = one;
  one.sigma = "0.5";
  batch.sigma = "1";
  batch.batch_size = 4;
  one.dt = batch.dt = 0.2;
  Step alone(one), together(batch);
  for (int trial = 0; trial < 200; ++trial) {
    const Vector state = {scattered(1, trial, 1.7, 0.4)[0], 0}, draws = scattered(3, 2 * trial, 1.5, 1.9);
    const Vector a = alone(state, draws), b = together(state, draws);
    EXPECT_NEAR(a[0], b[0], 1e-14);
    EXPECT_EQ(a[1], b[1]);
  }
}

/// Beyond the domain, at a pole and where numbers overflow, a particle stays where it is.
TEST(MalaStep, RejectsWhatIsNotANumber) {
  const auto expect_stays = [](const std::string& loss, double x, double draw) {
    Experiment e = experiment(loss, "mala");
    e.eta = {1};
    e.dt = 1;
    // A uniform number next to 0, at which any finite ratio would do.
    EXPECT_EQ(Step(e)({x, 1}, {draw, 1e3, 1e3}), (Vector{x, 0})) << loss;
  };
  expect_stays("x - log(x)", 1, -3);       // log of -2
  expect_stays("x^2/2 + 1/x^2", 1, -2);    // y = 0: infinite loss
  expect_stays("x^4", 1e90, 0);            // the proposal overflows in loss and gradient
  expect_stays("x + sqrt(x)^3", 0.5, -2);  // NaN gradient
}

TEST(MalaStep, NeedsOneTemperature) {
  const auto refused = [](const std::function<void(Experiment&)>& change) {
    Experiment e = experiment(coupled, "mala");
    change(e);
    EXPECT_THROW(make_plan(e, true), InputError);
  };
  refused([](Experiment& e) { e.eta = {0.1, 0.2}; });
  refused([](Experiment& e) { e.sigma = "1,2"; });
  refused([](Experiment& e) { e.covariance = "1,0.2;0.2,1"; });
  refused([](Experiment& e) { e.noise = "laplace"; });
}

TEST(Integrators, DrawsAndGradientsPerStep) {
  const auto cost = [](const std::string& name, const std::string& scheme) {
    const dynamics::Descriptor& rule = dynamics::find(name);
    dynamics::Parameters p{0.1, 1, 0.01, dynamics::default_options(rule), 0};
    if (!scheme.empty()) p.options.choices["scheme"] = scheme;
    const dynamics::Cost cost = dynamics::cost(rule, p);
    return std::vector<std::size_t>{cost.draws, cost.gradient_evaluations, cost.state_rows};
  };
  using Counts = std::vector<std::size_t>;
  EXPECT_EQ(cost("leimkuhler-matthews", ""), (Counts{1, 1, 2}));
  EXPECT_EQ(cost("heun", ""), (Counts{1, 2, 1}));
  EXPECT_EQ(cost("underdamped", "baoab"), (Counts{1, 2, 2}));
  EXPECT_EQ(cost("underdamped", "aboba"), (Counts{1, 1, 2}));
  EXPECT_EQ(cost("underdamped", "obabo"), (Counts{2, 2, 2}));
  EXPECT_EQ(cost("underdamped", "oabao"), (Counts{2, 1, 2}));
  EXPECT_EQ(cost("underdamped", "euler"), (Counts{1, 1, 2}));
  EXPECT_EQ(cost("underdamped", "semi-implicit"), (Counts{1, 1, 2}));
  EXPECT_EQ(cost("mala", ""), (Counts{3, 2, 2}));
}

/// Without noise there are no draws.
TEST(Integrators, WithoutNoise) {
  for (const char* name : {"leimkuhler-matthews", "heun", "underdamped", "mala"}) {
    Experiment e = experiment(quartic, name);
    e.noise = "none";
    Step step(e);
    EXPECT_EQ(step.numbers(), 0u) << name;
    Vector state(step.rows(), 0.0);
    state[0] = 0.8;
    EXPECT_LT(std::abs(step(state, {})[0] - 1), 0.2) << name;
  }
}

/// Stationary covariance of the state on a quadratic: S = A S A^T + B B^T, by doubling, A and B from unit vectors.
Eigen::MatrixXd stationary_covariance(const Experiment& experiment) {
  Step step(experiment);
  const auto rows = static_cast<Eigen::Index>(step.rows()), numbers = static_cast<Eigen::Index>(step.numbers());
  Eigen::MatrixXd a(rows, rows), b(rows, numbers);
  for (Eigen::Index j = 0; j < rows + numbers; ++j) {
    Vector state(step.rows(), 0.0), draws(step.numbers(), 0.0);
    (j < rows ? state[static_cast<std::size_t>(j)] : draws[static_cast<std::size_t>(j - rows)]) = 1;
    const Vector next = step(state, draws);
    for (Eigen::Index i = 0; i < rows; ++i) (j < rows ? a(i, j) : b(i, j - rows)) = next[static_cast<std::size_t>(i)];
  }
  EXPECT_LT(a.eigenvalues().cwiseAbs().maxCoeff(), 1);
  Eigen::MatrixXd s = b * b.transpose();
  for (int doubling = 0; doubling < 60; ++doubling) {
    s += a * s * a.transpose();
    a = a * a;
  }
  return s;
}

void expect_relative(double value, double expected, const std::string& what) {
  EXPECT_NEAR(value / expected, 1, 1e-12) << what << ": " << value << ", expected " << expected;
}

struct Harmonic {
  double temperature = 0.35, h = 1.5, dt = 0.2, friction = 1.3, mass = 1;

  Eigen::MatrixXd covariance(const std::string& dynamics, const std::string& scheme = "") const {
    Experiment e = experiment("h*x^2/2", dynamics);
    e.set = {{"h", std::to_string(h)}};
    e.temperature = temperature;
    e.dt = dt;
    if (dynamics == "underdamped") {
      e.scheme = scheme;
      e.friction = friction;
      e.mass = {mass};
    }
    return stationary_covariance(e);
  }
};

/// T17, and its supplement: the same inputs, by the closed forms and by an independent Lyapunov solver (14 digits).
TEST(HarmonicIntegrators, T17) {
  const Harmonic t17;
  expect_relative(t17.covariance("langevin")(0, 0), oracle("T17", "EM var x"), "Euler and Maruyama");
  expect_relative(t17.covariance("heun")(0, 0), oracle("T17", "Heun var x"), "Heun");
  expect_relative(t17.covariance("leimkuhler-matthews")(0, 0), oracle("T17", "LM var x"), "Leimkuhler and Matthews");
  const Eigen::MatrixXd baoab = t17.covariance("underdamped", "baoab");
  expect_relative(baoab(0, 0), oracle("T17", "BAOAB var x"), "BAOAB x");
  expect_relative(baoab(1, 1), oracle("T17", "BAOAB var v"), "BAOAB v");
  const Eigen::MatrixXd obabo = t17.covariance("underdamped", "obabo");
  expect_relative(obabo(0, 0), oracle("T17", "OBABO var x"), "OBABO x");
  expect_relative(obabo(1, 1), oracle("T17", "OBABO var v"), "OBABO v");
  expect_relative(t17.covariance("underdamped", "aboba")(1, 1), .35532994923858, "ABOBA v");
  const Eigen::MatrixXd euler = t17.covariance("underdamped", "euler");
  expect_relative(euler(0, 0), .30847457627119, "explicit Euler x");
  expect_relative(euler(1, 1), .51412429378531, "explicit Euler v");
  const Eigen::MatrixXd semi_implicit = t17.covariance("underdamped", "semi-implicit");
  expect_relative(semi_implicit(0, 0), .23742690058480, "semi-implicit Euler x");
  expect_relative(semi_implicit(1, 1), .40935672514620, "semi-implicit Euler v");
}

/// Fluctuation and dissipation: the closed forms of the header comments, whatever friction and mass.
TEST(HarmonicIntegrators, ClosedFormsAtEveryFrictionAndMass) {
  for (const double friction : {0.05, 1.3, 8.0}) {
    for (const double mass : {0.5, 1.0, 4.0}) {
      Harmonic o;
      o.friction = friction;
      o.mass = mass;
      o.dt = 0.15;
      const double s = o.dt * o.dt * o.h / mass, f = friction * o.dt;
      const double x = o.temperature / o.h, v = o.temperature / mass;
      const auto expect = [&](const std::string& scheme, double var_x, double var_v) {
        const Eigen::MatrixXd covariance = o.covariance("underdamped", scheme);
        const std::string where = " at friction " + std::to_string(friction) + ", mass " + std::to_string(mass);
        expect_relative(covariance(0, 0), var_x, scheme + " x" + where);
        expect_relative(covariance(1, 1), var_v, scheme + " v" + where);
      };
      expect("baoab", x, v * (1 - s / 4));
      expect("aboba", x, v / (1 - s / 4));
      expect("obabo", x / (1 - s / 4), v);
      expect("oabao", x * (1 - s / 4), v);
      if (s < f)
        expect("euler", 2 * x * f * (2 - f + s) / ((f - s) * (4 - 2 * f + s)), 4 * v * f / ((f - s) * (4 - 2 * f + s)));
      expect("semi-implicit", 2 * x * (2 - f) / (4 - 2 * f - s), 4 * v / (4 - 2 * f - s));
    }
  }
}

/// Correlated noise on an isotropic quadratic: the covariance of the noise is that of the positions and velocities.
TEST(HarmonicIntegrators, CorrelatedNoise) {
  constexpr double eta = 0.1, h = 1.5, dt = 0.2;
  const Eigen::Matrix2d noise{{1, -0.3}, {-0.3, 0.5}};
  const auto covariance = [&](const std::string& dynamics) {
    Experiment e = experiment("h*(x^2+y^2)/2", dynamics);
    e.set = {{"h", "1.5"}};
    e.covariance = "1,-0.3;-0.3,0.5";
    e.eta = {eta};
    e.dt = dt;
    return stationary_covariance(e);
  };
  const Eigen::MatrixXd gibbs = eta / (2 * h) * noise;
  EXPECT_LT((covariance("leimkuhler-matthews").topLeftCorner(2, 2) - gibbs).norm(), 1e-13 * gibbs.norm());
  const Eigen::MatrixXd baoab = covariance("underdamped");
  EXPECT_LT((baoab.topLeftCorner(2, 2) - gibbs).norm(), 1e-12 * gibbs.norm());
  const Eigen::MatrixXd velocities = eta / 2 * (1 - dt * dt * h / 4) * noise;
  EXPECT_LT((baoab.bottomRightCorner(2, 2) - velocities).norm(), 1e-12 * velocities.norm());
}

/// The stability bounds of the descriptors, from the spectral radius on either side.
TEST(HarmonicIntegrators, AreStableUpToTheirBounds) {
  constexpr double h = 1.7, friction = 0.9, mass = 0.6;
  const auto radius = [&](const std::string& name, const std::string& scheme, double dt) {
    const dynamics::Descriptor& rule = dynamics::find(name);
    dynamics::Parameters p{0.1, 1, dt, dynamics::default_options(rule), 0};
    if (!scheme.empty()) {
      p.options.choices["scheme"] = scheme;
      p.options.numbers["friction"] = {friction};
      p.options.numbers["mass"] = {mass};
    }
    return dynamics::contraction(rule, p, h);
  };
  const auto expect = [&](const std::string& name, const std::string& scheme, double bound) {
    EXPECT_LT(radius(name, scheme, bound * 0.999), 1) << name << ' ' << scheme;
    EXPECT_GT(radius(name, scheme, bound * 1.001), 1) << name << ' ' << scheme;
  };
  expect("leimkuhler-matthews", "", 2 / h);
  expect("heun", "", 2 / h);
  for (const char* scheme : {"baoab", "aboba", "obabo", "oabao"})
    expect("underdamped", scheme, 2 / std::sqrt(h / mass));
  expect("underdamped", "euler", friction * mass / h);
  // dt^2 h / m + 2 friction dt = 4
  expect("underdamped", "semi-implicit", (std::sqrt(friction * friction + 4 * h / mass) - friction) / (h / mass));
  EXPECT_LT(radius("mala", "", 100), 1);
}

/// On a weak curvature h a deviation shrinks by 1 - h overdamped_step.
TEST(HarmonicIntegrators, OverdampedStepIsThatOfTheSlowMode) {
  constexpr double h = 1e-7;
  const auto expect = [&](const std::string& name, const std::string& scheme, double friction, double mass, double dt) {
    const dynamics::Descriptor& rule = dynamics::find(name);
    dynamics::Parameters p{0.1, 1, dt, dynamics::default_options(rule), 0};
    if (!scheme.empty()) {
      p.options.choices["scheme"] = scheme;
      p.options.numbers["friction"] = {friction};
      p.options.numbers["mass"] = {mass};
    }
    EXPECT_NEAR((1 - dynamics::contraction(rule, p, h)) / h / rule.overdamped_step(p), 1, 1e-5)
        << name << ' ' << scheme << " at friction " << friction;
  };
  for (const char* name : {"leimkuhler-matthews", "heun", "mala"}) expect(name, "", 0, 0, 0.2);
  for (const double friction : {0.5, 3.0, 30.0})
    for (const char* scheme : {"baoab", "aboba", "obabo", "oabao"}) expect("underdamped", scheme, friction, 0.6, 0.2);
  for (const char* scheme : {"euler", "semi-implicit"}) expect("underdamped", scheme, 0.5, 0.6, 0.2);
}

}  // namespace
}  // namespace isotherm
