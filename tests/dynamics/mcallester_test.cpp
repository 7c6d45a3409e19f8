// The lecture's original algorithm: its steps against the rule written out in double, and the behaviour of its three
// forms on L = x^2/2 with sigma = 1 from x = 3, k = 20, and on L = 0.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "dynamics/trajectory.hpp"
#include "engine/simulation.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm {
namespace {

using test::some_draws;
using test::Trajectory;
using Vector = std::vector<double>;

Experiment mcallester(const std::string& loss) {
  Experiment experiment;
  experiment.loss = loss;
  experiment.dynamics = "mcallester";
  experiment.precision = Precision::twofold;
  return experiment;
}

/// The rule in two dimensions with L = x^2/2 + 2 y^2, Lip = (1, 5), k = 7; `literal` and `largest` as the options.
void expect_rule(Experiment experiment, bool literal, double largest) {
  constexpr int k = 7;
  constexpr double h[2] = {1, 4}, lipschitz[2] = {1, 5}, epsilon = 1e-6;
  experiment.window = k;
  experiment.epsilon = epsilon;
  experiment.lipschitz = {1, 5};
  Trajectory trajectory(experiment, {3, -2});
  Vector x = {3, -2}, gt = {0, 0}, s = {0, 0};
  for (int t = 1; t <= 40; ++t) {
    const Vector xi = some_draws(static_cast<std::uint64_t>(t), 2);
    for (std::size_t c = 0; c < 2; ++c) {
      const double g = h[c] * x[c] + xi[c], before = std::max(s[c] - gt[c] * gt[c], 0.0);
      double w = literal ? 1.0 / k : 1.0 / t, eta = 0;
      if (t > k) {
        w = (gt[c] * gt[c] + epsilon) / (16 * before);
        if (!literal) w = std::min(w, largest);
      }
      gt[c] += w * (g - gt[c]);
      s[c] += w * (g * g - s[c]);
      const double s2 = std::max(s[c] - gt[c] * gt[c], 0.0);
      if (t > k) {
        eta = gt[c] * gt[c] / (32 * s2 * lipschitz[c]);
        if (!literal) eta = std::min(eta, 1 / (2 * lipschitz[c]));
      }
      x[c] -= eta * g;
    }
    trajectory.step(xi);
    const Vector expected = {x[0], x[1], gt[0], gt[1], s[0], s[1]};
    for (std::size_t row = 0; row < 6; ++row)
      ASSERT_NEAR(trajectory.state()[row], expected[row], 1e-10 * std::max(1.0, std::abs(expected[row])))
          << "row " << row << ", step " << t;
    if (t <= k) {
      ASSERT_EQ(trajectory.state()[0], 3) << "no motion during the warm-up";
    }
  }
}

TEST(McallesterStep, IsTheRule) {
  Experiment experiment = mcallester("x^2/2 + 2*y^2");
  expect_rule(experiment, false, 1.0 / 7);
  experiment.largest_weight = 0.4;
  expect_rule(experiment, false, 0.4);
  experiment = mcallester("x^2/2 + 2*y^2");
  experiment.literal = true;
  expect_rule(experiment, true, 0);
}

/// Gradients that are all the same leave s2 = 0: both quotients are infinite, or 0/0 where the gradient is 0 too. The
/// caps stand in.
TEST(McallesterStep, HasCapsForInfinityAndNotANumber) {
  Experiment experiment = mcallester("x^2/2");
  experiment.noise = "none";
  experiment.epsilon = 0;
  experiment.window = 2;
  Trajectory resting(experiment, {0.0}), moving(experiment, {3.0});
  for (int t = 1; t <= 3; ++t) {
    resting.step({});
    moving.step({});
    EXPECT_EQ(resting.state(), Vector(3, 0.0));
    EXPECT_EQ(moving.state()[0], t <= 2 ? 3 : 1.5);
  }
}

TEST(Mcallester, SetsItsOwnRates) {
  const auto message = [](const Experiment& experiment) -> std::string {
    try {
      make_plan(experiment, true);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  Experiment experiment = mcallester("x^2/2");
  const Plan plan = make_plan(experiment, true);
  EXPECT_EQ(plan.time(17), 17) << "time counts steps";
  EXPECT_TRUE(plan.experiment.eta.empty());
  EXPECT_EQ(plan.experiment.window, 20u);
  EXPECT_FALSE(plan.gibbs_not_applicable.empty());
  experiment.eta = {0.1};
  EXPECT_EQ(message(experiment), "--eta: mcallester sets its own learning rate; drop it, or use --dynamics sgd");
  experiment.eta.clear();
  experiment.schedule = "power:0.5,0.75";
  EXPECT_EQ(message(experiment), "--schedule: mcallester sets its own learning rate; drop it, or use --dynamics sgd");
  experiment.schedule.clear();
  experiment.temperature = 0.1;
  EXPECT_EQ(message(experiment), "--temperature: mcallester has no temperature; give --sigma");
  experiment.temperature.reset();
  experiment.literal = true;
  experiment.largest_weight = 0.5;
  EXPECT_EQ(message(experiment), "--largest-weight: --literal has no largest weight; drop one of them");
}

/// Rows x, g, s of all particles after given steps.
class Ensemble {
 public:
  Ensemble(Experiment experiment, std::uint64_t particles, double start)
      : plan_(make_plan(complete(std::move(experiment), particles, start), true)),
        engine_(engine::make_cpu_engine(plan_.simulation, 1)) {
    engine_->start({0, plan_.simulation.blocks()});
  }

  void advance_to(std::uint64_t step) {
    engine_->advance(step_, step);
    step_ = step;
    for (std::size_t row = 0; row < 3; ++row) {
      rows_[row].resize(plan_.simulation.blocks() * engine::block_size);
      engine_->read_row(row, rows_[row]);
      rows_[row].resize(plan_.simulation.particles);
    }
  }

  double nonfinite() const {
    return fraction([](double x, double, double) { return !std::isfinite(x); });
  }
  double locked() const {
    return fraction([](double, double g, double s) { return s - g * g < 1e-12; });
  }
  /// Median of 4 Lip t eta_t at Lip = 1.
  double median_rate() const {
    std::vector<double> rates;
    for (std::size_t i = 0; i < rows_[0].size(); ++i) {
      const double square = rows_[1][i] * rows_[1][i];
      const double rate = std::min(square / (32 * std::max(rows_[2][i] - square, 0.0)), 0.5);
      rates.push_back(4 * static_cast<double>(step_) * rate);
    }
    const auto middle = rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2);
    std::nth_element(rates.begin(), middle, rates.end());
    return *middle;
  }

 private:
  static Experiment complete(Experiment experiment, std::uint64_t particles, double start) {
    experiment.particles = particles;
    experiment.burn_in = 0;
    experiment.steps = 100'000;
    experiment.init = {{"point", {start}}};
    return experiment;
  }
  template <class Holds>
  double fraction(const Holds& holds) const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < rows_[0].size(); ++i) count += holds(rows_[0][i], rows_[1][i], rows_[2][i]);
    return static_cast<double>(count) / static_cast<double>(rows_[0].size());
  }

  Plan plan_;
  std::unique_ptr<engine::Engine> engine_;
  std::uint64_t step_ = 0;
  std::vector<double> rows_[3];
};

TEST(Mcallester, DoesNotLock) {
  Ensemble ensemble(mcallester("x^2/2"), 100'000, 3);
  for (const std::uint64_t step : {30u, 100u, 1000u}) {
    ensemble.advance_to(step);
    EXPECT_EQ(ensemble.locked(), 0) << step;
    EXPECT_EQ(ensemble.nonfinite(), 0) << step;
  }
}

/// Once w = 1, s - g^2 = 0 and w stays 1: 71 % of the particles end there.
TEST(Mcallester, LocksWhereTheWeightMayBeOne) {
  Experiment experiment = mcallester("x^2/2");
  experiment.largest_weight = 1;
  Ensemble ensemble(experiment, 100'000, 3);
  ensemble.advance_to(1000);
  EXPECT_NEAR(ensemble.locked(), 0.71, 0.02 * 0.71);
  EXPECT_EQ(ensemble.nonfinite(), 0);
}

TEST(Mcallester, LiteralDividesByZero) {
  Experiment experiment = mcallester("x^2/2");
  experiment.literal = true;
  Ensemble ensemble(experiment, 100'000, 3);
  ensemble.advance_to(100);
  EXPECT_GE(ensemble.nonfinite(), 0.001);
  EXPECT_LE(ensemble.nonfinite(), 0.004);
}

/// L = 0: the slow way of 4 Lip t eta_t to 32 / chi^2_35, whose median is .932.
TEST(Mcallester, AnnealsItself) {
  Ensemble many(mcallester("0"), 65'536, 0), few(mcallester("0"), 16'384, 0);
  many.advance_to(1'000);
  EXPECT_NEAR(many.median_rate(), 0.649, 0.01);
  many.advance_to(10'000);
  EXPECT_NEAR(many.median_rate(), 0.838, 0.01);
  few.advance_to(100'000);
  EXPECT_NEAR(few.median_rate(), 0.903, 0.01);
}

}  // namespace
}  // namespace isotherm
