// run(): nothing is lost, divergence is said with its step, and callers can watch and stop.

#include "experiment/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "isotherm/core/error.hpp"
#include "loss/interpreter.hpp"

namespace isotherm {
namespace {

Experiment small(const std::string& loss) {
  Experiment experiment;
  experiment.loss = loss;
  experiment.backend = Backend::cpu;
  experiment.threads = 1;
  experiment.particles = 1000;  // not a multiple of 256
  experiment.burn_in = 0;
  experiment.steps = 40;
  return experiment;
}

/// x^4 with eta = 0.3 sends away those that noise takes beyond |x| = sqrt(2 / (4 eta)).
Experiment divergent() {
  Experiment e = small("x^4");
  e.eta = {0.3};
  e.init = {{"uniform", {-1.2, 1.2}}};
  return e;
}

std::uint64_t sum(const std::vector<std::uint64_t>& counts) {
  std::uint64_t total = 0;
  for (const std::uint64_t count : counts) total += count;
  return total;
}

TEST(Run, CountsEveryParticleAtEverySample) {
  Experiment e = divergent();
  e.steps = 37;
  e.thinning = 5;
  e.snapshots = {0, 3};
  e.chunk = 256;
  e.histogram = {{AxisRequest{"x", 20, -1.0, 1.0, false}},
                 {AxisRequest{"x", 8, -1.0, 1.0, false}, AxisRequest{"log(x)", 8, -1.0, 1.0, false}}};
  const Measurement measurement = run(e).measurement;
  EXPECT_EQ(measurement.particles, 1000u);
  EXPECT_EQ(measurement.samples, 8u);  // 37, 32, ... 2
  ASSERT_EQ(measurement.histograms.size(), 2u);
  for (const Histogram& histogram : measurement.histograms) {
    EXPECT_EQ(sum(histogram.counts) + sum(histogram.nonfinite), 8000u) << histogram.name;
    EXPECT_GT(sum(histogram.nonfinite), 0u) << histogram.name;
    EXPECT_GT(sum(histogram.counts), 0u) << histogram.name;
  }
  ASSERT_EQ(measurement.snapshots.size(), 3u);
  for (const Snapshot& snapshot : measurement.snapshots) {
    EXPECT_EQ(snapshot.observables[0].total.count + static_cast<double>(snapshot.nonfinite), 1000);
    for (const Histogram& histogram : snapshot.histograms)
      EXPECT_EQ(sum(histogram.counts) + sum(histogram.nonfinite), 1000u) << histogram.name;
  }
  EXPECT_EQ(measurement.snapshots.front().nonfinite, 0u);
  EXPECT_GT(measurement.last().nonfinite, 0u);
  EXPECT_LT(measurement.last().nonfinite, 1000u);
}

/// The first step with a non-finite particle: there is one after that many steps, and none one step earlier.
TEST(Run, SaysWhenTheFirstParticleLeft) {
  Experiment e = divergent();
  e.particles = 200;  // one block
  const auto first = run(e).measurement.first_nonfinite_step;
  ASSERT_TRUE(first.has_value());
  ASSERT_GT(*first, 1u);
  e.steps = *first;
  EXPECT_GT(run(e).measurement.last().nonfinite, 0u);
  e.steps = *first - 1;
  const Measurement before = run(e).measurement;
  EXPECT_EQ(before.last().nonfinite, 0u);
  EXPECT_FALSE(before.first_nonfinite_step.has_value());
}

TEST(Run, FailsWithTheStepWhereAllDiverge) {
  for (const Precision precision : {Precision::single, Precision::twofold}) {
    Experiment e = small("x^4");
    e.noise = "none";
    e.eta = {1};
    e.init = {{"point", {1.25}}};
    e.precision = precision;
    const Plan plan = make_plan(e);
    std::uint64_t step = 0;
    const auto iterate = [&]<class real>(real x) {
      loss::Interpreter<real> interpreter(plan.simulation.step);
      const std::vector<real> constants(plan.simulation.step_constants.begin(), plan.simulation.step_constants.end());
      for (; std::isfinite(x); ++step) interpreter({&x, 1}, {}, constants, {&x, 1});
    };
    precision == Precision::single ? iterate(1.25F) : iterate(1.25);
    ASSERT_GT(step, 2u);
    ASSERT_LT(step, e.steps);
    try {
      run(e);
      FAIL() << "no RunError";
    } catch (const RunError& error) {
      const std::string message = error.what();
      EXPECT_NE(message.find("every particle is non-finite"), std::string::npos) << message;
      EXPECT_NE(message.find("at step " + std::to_string(step) + ":"), std::string::npos) << message;
      EXPECT_NE(message.find("smaller --eta"), std::string::npos) << message;
    }
    e.steps = step - 1;
    EXPECT_NO_THROW(run(e)) << "still finite one step earlier";
  }
}

TEST(Run, StopsAfterTheSegmentInWhichItIsAsked) {
  Experiment e = small("x^2/2");
  e.steps = 1'000'000'000'000;
  std::atomic<bool> stop = false;
  int calls = 0;
  Control control;
  control.stop = &stop;
  control.on_progress = [&](const Progress& progress) {
    ++calls;
    EXPECT_LT(progress.particle_steps_done, progress.particle_steps_total);
    if (calls == 2) stop = true;
  };
  EXPECT_THROW(run(e, control), Stopped);
  EXPECT_EQ(calls, 2);
  calls = 0;
  EXPECT_THROW(run(e, control), Stopped) << "asked before it began";
  EXPECT_EQ(calls, 0);
}

TEST(Run, ReportsProgressUpToTheTotal) {
  Experiment e = small("x^2/2");
  e.steps = 3000;
  e.burn_in = 77;
  e.chunk = 512;
  e.snapshots = {0, 100, 1234};
  Control control;
  std::vector<Progress> seen;
  control.on_progress = [&](const Progress& progress) { seen.push_back(progress); };
  const Result result = run(e, control);
  ASSERT_GE(seen.size(), 6u) << "two chunks, and each stops at three snapshots";
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].particle_steps_total, 1000u * 3077);
    if (i == 0) continue;
    EXPECT_GT(seen[i].particle_steps_done, seen[i - 1].particle_steps_done);
    EXPECT_GE(seen[i].seconds, seen[i - 1].seconds);
  }
  EXPECT_EQ(seen.back().particle_steps_done, 1000u * 3077);
  EXPECT_EQ(result.execution.particle_steps, 1000u * 3077);
}

TEST(Run, SnapshotsAtTheFirstAndTheLastStep) {
  Experiment e = small("x^2/2");
  e.burn_in = 5;
  e.snapshots = {45, 0, 7, 7};  // 45 is the last step
  const Measurement measurement = run(e).measurement;
  ASSERT_EQ(measurement.snapshots.size(), 3u);
  const std::uint64_t steps[] = {0, 7, 45};
  const char* names[] = {"x@0", "x@7", "x@last"};
  for (std::size_t s = 0; s < 3; ++s) {
    EXPECT_EQ(measurement.snapshots[s].step, steps[s]);
    EXPECT_DOUBLE_EQ(measurement.snapshots[s].time, 0.1 * static_cast<double>(steps[s]));
    ASSERT_EQ(measurement.snapshots[s].histograms.size(), 2u);
    EXPECT_EQ(measurement.snapshots[s].histograms[0].name, names[s]);
    EXPECT_TRUE(measurement.snapshots[s].histograms[0].single_snapshot);
  }
}

TEST(Run, OneSampleIsNamedOnce) {
  Experiment e = small("x^2/2");
  e.thinning = 40;
  const Result result = run(e);
  const Measurement& measurement = result.measurement;
  EXPECT_EQ(measurement.samples, 1u);
  ASSERT_EQ(measurement.histograms.size(), 2u);
  EXPECT_EQ(measurement.histograms[0].name, "x");
  EXPECT_TRUE(measurement.histograms[0].single_snapshot);
  EXPECT_EQ(measurement.histograms[0].step, 40u);
  ASSERT_EQ(measurement.snapshots.size(), 1u);
  EXPECT_TRUE(measurement.last().histograms.empty());
  EXPECT_EQ(measurement.last().observables.size(), 2u) << "the sums stay";
  for (const verdict::Comparison& comparison : result.verdict.comparisons)
    EXPECT_EQ(comparison.observable.find('@'), std::string::npos) << comparison.observable;

  e.thinning = 39;
  const Measurement two = run(e).measurement;
  EXPECT_FALSE(two.histograms[0].single_snapshot);
  EXPECT_EQ(two.last().histograms.size(), 2u);
}

TEST(Run, OneParticle) {
  Experiment e = small("x^2/2");
  e.particles = 1;
  const Result result = run(e);
  EXPECT_EQ(sum(result.measurement.histograms[0].counts), 4u);
  EXPECT_EQ(result.measurement.last().observables[0].total.count, 1);
  EXPECT_TRUE(std::isfinite(result.measurement.last().observables[0].total.mean));
  EXPECT_FALSE(result.verdict.statement.empty());
}

/// Without noise every particle is where the interpreter takes one.
TEST(Run, MomentsOfAPointAreExact) {
  Experiment e = small("x^4/4 + x*y + y^2");
  e.dynamics = "gradient-flow";
  e.precision = Precision::twofold;
  e.particles = 512;
  e.init = {{"point", {1.25}}, {"point", {-0.5}}};
  const Plan plan = make_plan(e);
  loss::Interpreter<double> interpreter(plan.simulation.step);
  std::vector<double> x = {1.25, -0.5};
  for (int step = 0; step < 40; ++step) interpreter(x, {}, plan.simulation.step_constants, x);
  for (const std::uint64_t particles : {512u, 700u}) {
    e.particles = particles;
    const Snapshot last = run(e).measurement.last();
    for (std::size_t c = 0; c < 2; ++c) {
      const MomentSum& sum = last.observables[c].total;
      EXPECT_EQ(sum.count, static_cast<double>(particles));
      EXPECT_NEAR(sum.mean, x[c], particles == 512 ? 0 : 1e-15);
      EXPECT_LE(sum.m2, particles == 512 ? 0 : 1e-26);
    }
  }
}

/// A run planned again from its resolved experiment gives the same counts.
TEST(Run, OfTheResolvedExperimentIsTheSame) {
  Experiment e = small("double-well");
  e.burn_in.reset();
  const Result first = run(e), second = run(first.experiment);
  ASSERT_EQ(second.measurement.histograms.size(), first.measurement.histograms.size());
  for (std::size_t h = 0; h < first.measurement.histograms.size(); ++h)
    EXPECT_EQ(second.measurement.histograms[h].counts, first.measurement.histograms[h].counts);
  EXPECT_EQ(second.measurement.last().observables[0].total.mean, first.measurement.last().observables[0].total.mean);
  EXPECT_EQ(second.verdict.statement, first.verdict.statement);
}

}  // namespace
}  // namespace isotherm
