// Learning rates that change, against exact means and variances of the quadratic and against density evolution.

#include "schedule/schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "experiment/run.hpp"
#include "statistical/stationary.hpp"

namespace isotherm {
namespace {

using test::axis;
using test::Stationary;

/// x^2/2 from x = 1, sigma = 1, in double.
Experiment quadratic(const std::string& schedule, std::uint64_t steps) {
  Experiment experiment;
  experiment.loss = "x^2/2";
  experiment.schedule = schedule;
  experiment.init = {{"point", {1.0}}};
  experiment.burn_in = steps - 1;
  experiment.precision = Precision::twofold;
  experiment.histogram = {{axis("x", 100, -2, 2)}};
  return experiment;
}

struct Normal {
  double mean = 1, variance = 0;
};

/// The law of the quadratic after n updates: mean' = (1 - eta_t) mean, var' = (1 - eta_t)^2 var + eta_t^2.
Normal exact_law(const schedule::Schedule& schedule, std::uint64_t n) {
  Normal law;
  for (std::uint64_t t = 1; t <= n; ++t) {
    const double eta = schedule.rate(t), a = 1 - eta;
    law = {a * law.mean, a * a * law.variance + eta * eta};
  }
  return law;
}

TEST(Schedule, TimeIsTheSumOfTheRatesToLeadingOrder) {
  // One unit of time in 100 updates. Gradient flow would be at exp(-1) = .367879441.
  for (const auto& [text, expected] :
       {std::pair{"step:0.01@0,0.01@7,0.02@100", 0.366032341}, {"linear:2/101,0,100", 0.365422716}}) {
    Experiment e = quadratic(text, 100);
    e.noise = "none";
    e.particles = 256;
    e.steps = 1;
    const Result result = run(e);
    const Snapshot& last = result.measurement.last();
    EXPECT_NEAR(last.observables[0].total.mean, expected, 5e-10) << text;
    EXPECT_NEAR(last.observables[0].total.mean, exact_law(schedule::parse(text, 0), 100).mean, 1e-15) << text;
    EXPECT_NEAR(last.time, 1, 1e-14) << text;

    e.noise = "gaussian";
    Stationary(e, 100'000).expect_mean("x", expected);
  }
}

struct Decay {
  const char* schedule;
  double mean, variance;  ///< at t = 1e6, as published; 0: below 1e-20
  double digits;          ///< half a unit of the last digit of each, relative
};

/// The seven cases of the convergence theorem: eta_t = C t^-A. The first five converge, the last two stop short.
constexpr Decay decays[] = {
    {"power:0.5,0.5", 0, 2.5019e-4, 3e-5},
    {"power:0.5,0.75", 0, 8.0994e-6, 1e-5},
    {"power:1,1", 0, 1e-6, 1e-9},
    {"power:0.4,1", 2.6733e-3, 1.4325e-5, 4e-5},
    {"power:0.25,1", 2.5806e-2, 1.7864e-4, 4e-5},
    {"power:0.5,1.5", 0.21736, 0.063632, 3e-5},
    {"power:0.5,2", 0.35819, 0.14264, 4e-5},
};

TEST(Schedule, RecursionGivesThePublishedLawsAtAMillionSteps) {
  for (const Decay& decay : decays) {
    const Normal law = exact_law(schedule::parse(decay.schedule, 0), 1'000'000);
    EXPECT_NEAR(law.mean, decay.mean, std::max(1e-20, decay.digits * decay.mean)) << decay.schedule;
    EXPECT_NEAR(law.variance, decay.variance, decay.digits * decay.variance) << decay.schedule;
  }
}

TEST(Schedule, DecaysConvergeOrStopShort) {
  constexpr std::uint64_t particles = 10'240, steps = 10'000;
  for (const Decay& decay : decays) {
    SCOPED_TRACE(decay.schedule);
    const Normal law = exact_law(schedule::parse(decay.schedule, 0), steps);
    const Stationary run(quadratic(decay.schedule, steps), particles);
    const MomentSum& x = run.observable("x").total;
    // The law is normal: standard errors are exact.
    run.expect_z(x.mean, std::sqrt(law.variance / particles), law.mean, "mean");
    run.expect_z(x.variance(), law.variance * std::sqrt(2.0 / (particles - 1)), law.variance, "variance");
  }
}

/// Every kind of schedule: mean and variance on the way.
TEST(Schedule, EveryKindFollowsItsRates) {
  for (const schedule::Kind& kind : schedule::registry()) {
    SCOPED_TRACE(kind.name);
    Experiment e = quadratic(kind.example, 60);
    if (kind.name == "step") e.schedule = "step:0.3@0,0.02@30,0.1@50";
    if (kind.name == "linear") e.schedule = "linear:0.3,0.01,40";
    if (kind.name == "cosine") e.schedule = "cosine:0.3,25";
    if (kind.name == "warm-up") e.schedule = "warm-up:40";
    if (kind.scales_eta) e.eta = {0.2};
    const schedule::Schedule rates = schedule::parse(e.schedule, 0.2);
    e.snapshots = {1, 29, 31};
    const Stationary run(e, 400'000);
    for (const Snapshot& snapshot : run.result().measurement.snapshots) {
      const Normal law = exact_law(rates, snapshot.step);
      const MomentSum& x = snapshot.observables[0].total;
      const std::string when = " at state " + std::to_string(snapshot.step);
      run.expect_z(x.mean, std::sqrt(law.variance / x.count), law.mean, "mean" + when);
      run.expect_z(x.variance(), law.variance * std::sqrt(2 / x.count), law.variance, "variance" + when);
      EXPECT_NEAR(snapshot.time, rates.time(snapshot.step), 1e-14) << when;
    }
  }
}

/// Once it is constant, a schedule leads to the stationary law of its last rate.
TEST(Schedule, SettlesToItsLastRate) {
  for (const std::string text : {"warm-up:50", "step:0.2@0,0.1@100", "linear:0.3,0.1,80"}) {
    SCOPED_TRACE(text);
    Experiment e;
    e.loss = "x^2/2";
    e.schedule = text;
    e.noise = "rademacher";
    if (text == "warm-up:50") e.eta = {0.1};
    const Stationary run(e, 400'000);
    run.expect_variance("x", 0.1 / 1.9);
    run.expect_corrected_virial();
    EXPECT_DOUBLE_EQ(run.result().scales.temperature, 0.05);
  }
}

/// Cosine cycles on the double well from the left: P(x > 0) at the end of each cycle, by evolution of the density, and
/// the mean loss at the end of the fifth, by 2e5 particles (so with a standard error).
TEST(Schedule, CyclesCarryParticlesOverTheBarrier) {
  struct Cycles {
    const char* schedule;
    double right[5], loss, loss_error;
  };
  for (const Cycles& cycles :
       {Cycles{"cosine:0.3,200", {.419830, .487187, .497951, .499671, .499946}, 7.607e-3, 1.9e-5},
        Cycles{"cosine:0.2,200", {.159992, .269239, .343384, .393706, .427859}, 5.93e-3, 2e-5}}) {
    SCOPED_TRACE(cycles.schedule);
    Experiment e;
    e.loss = "double-well";
    e.schedule = cycles.schedule;
    e.init = {{"normal", {-1.0, 0.05}}};
    e.burn_in = 999;
    e.snapshots = {200, 400, 600, 800};
    e.histogram = {{axis("x", 2, -4, 4)}};
    const Stationary run(e, 400'000);
    const auto n = static_cast<double>(run.particles());
    const std::vector<Snapshot>& snapshots = run.result().measurement.snapshots;
    ASSERT_EQ(snapshots.size(), 5u);
    for (std::size_t cycle = 0; cycle < 5; ++cycle) {
      // The last snapshot is the one sample of the run.
      const Histogram& x =
          cycle < 4 ? snapshots[cycle].histograms.front() : run.result().measurement.histograms.front();
      const double right = static_cast<double>(x.total()[2]) / n, expected = cycles.right[cycle];
      run.expect_z(right, std::sqrt(expected * (1 - expected) / n), expected, "P(x > 0) after " + x.name);
    }
    const MomentSum& loss = run.observable("loss").total;
    run.expect_z(loss.mean, std::hypot(*output::mean_standard_error(loss), cycles.loss_error), cycles.loss, "loss");
  }
}

}  // namespace
}  // namespace isotherm
