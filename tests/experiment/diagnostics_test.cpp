// What a plan knows about the time to equilibrium, and what is watched and tracked in a run.

#include "experiment/diagnostics.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "experiment/run.hpp"

namespace isotherm {
namespace {

Experiment small(const std::string& loss, double eta) {
  Experiment experiment;
  experiment.loss = loss;
  experiment.eta = {eta};
  experiment.backend = Backend::cpu;
  experiment.threads = 1;
  experiment.particles = 32768;
  experiment.steps = 400;
  return experiment;
}

verdict::Diagnostics diagnostics_of(const Experiment& experiment) { return run(experiment).verdict.diagnostics; }

TEST(Equilibration, IsKnownAlsoWhereBurnInIsGiven) {
  Experiment e = small("x^2/2", 0.1);
  e.init = {{"point", {3.0}}};  // not symmetric
  const Plan automatic = make_plan(e);
  ASSERT_TRUE(automatic.equilibration);
  EXPECT_EQ(automatic.equilibration->steps, *automatic.experiment.burn_in);
  EXPECT_FALSE(automatic.equilibration->symmetric);
  e.burn_in = 3;
  const Plan given = make_plan(e);
  ASSERT_TRUE(given.equilibration);
  EXPECT_EQ(given.equilibration->steps, automatic.equilibration->steps);
  EXPECT_EQ(given.simulation.burn_in, 3u);
  // The gap of the chain x' = (1 - eta) x + noise.
  EXPECT_NEAR(given.equilibration->relaxation.unmixed_rate, -std::log(0.9), 1e-6);
}

TEST(Equilibration, KnowsASymmetricStart) {
  Experiment e = small("double-well", 0.05);
  e.temperature = 0.025;
  const Plan plan = make_plan(e);
  ASSERT_TRUE(plan.equilibration);
  EXPECT_TRUE(plan.equilibration->symmetric);
  // lambda_1 = 1.9589e-5 per unit of time of the diffusion; the chain at eta = 0.05 is a few per cent faster.
  EXPECT_NEAR(plan.equilibration->relaxation.unmixed_rate / 0.05, 1.9589e-5, 0.1 * 1.9589e-5);
  e.noise = "two-point:0.2";  // skewed: wells that mirror each other are not equally deep
  EXPECT_FALSE(make_plan(e).equilibration->symmetric);
  e.noise = "gaussian";
  e.init = {{"point", {-1.0}}};
  EXPECT_FALSE(make_plan(e).equilibration->symmetric);
}

TEST(Equilibration, IsAbsentWhereThereIsNone) {
  Experiment e = small("x^2/2", 0.1);
  e.noise = "none";
  EXPECT_FALSE(make_plan(e).equilibration);
  e = small("x^2/2", 0.1);
  e.eta.clear();
  e.schedule = "power:0.5,0.75";
  EXPECT_FALSE(make_plan(e).equilibration);
}

/// Inefficiency (1 + a) / (1 - a) at a = 1 - eta; with every k-th state (1 + a^k) / (1 - a^k). 12800 to 102400 samples
/// have errors of a few per cent (see Inefficiency.OfAutoregression).
TEST(Diagnostics, AutocorrelationOfTheQuadratic) {
  for (const std::uint64_t thinning : {std::uint64_t{1}, std::uint64_t{8}}) {
    Experiment e = small("x^2/2", 0.1);
    e.thinning = thinning;
    e.steps = 400 * thinning;
    const double a = std::pow(0.9, static_cast<double>(thinning)), expected = (1 + a) / (1 - a);
    const verdict::Diagnostics diagnostics = diagnostics_of(e);
    ASSERT_TRUE(diagnostics.autocorrelation_time);
    const double error = expected * std::sqrt(2 * (5 * expected + 1) / (256.0 * 400));
    const double found = *diagnostics.autocorrelation_time / static_cast<double>(thinning);
    EXPECT_NEAR(found, expected, 5 * error) << thinning;
    EXPECT_DOUBLE_EQ(*diagnostics.effective_sample_size, 32768 * 400 / found);
    // Halves of 200 samples: variance of their means by the variance within.
    const double between = expected / 200;
    EXPECT_NEAR(*diagnostics.r_hat, std::sqrt(199.0 / 200 + between / (1 - between)), 0.01) << thinning;
    EXPECT_EQ(diagnostics.mixed, true);
    EXPECT_EQ(diagnostics.burn_in_sufficient, true);
  }
}

/// The slowest of several coordinates counts: y has eta h = 0.02.
TEST(Diagnostics, AreThoseOfTheSlowestCoordinate) {
  Experiment e = small("x^2/2 + 0.1*y^2", 0.1);
  e.thinning = 5;
  e.steps = 5000;
  const double a = std::pow(0.98, 5), expected = (1 + a) / (1 - a);
  EXPECT_NEAR(*diagnostics_of(e).autocorrelation_time / 5, expected, 0.15 * expected);
}

TEST(Diagnostics, OfParticlesInTwoWells) {
  Experiment e = small("double-well", 0.05);
  e.temperature = 0.025;
  const verdict::Diagnostics diagnostics = diagnostics_of(e);
  EXPECT_GT(*diagnostics.r_hat, 3);  // wells at +-1, of width 0.11
  // Samples of one particle are worth hardly more than one: it does not leave its well.
  EXPECT_GE(*diagnostics.effective_sample_size, 32768);
  EXPECT_LT(*diagnostics.effective_sample_size, 1.5 * 32768);
}

TEST(Diagnostics, DoNotDependOnChunksOrThreads) {
  Experiment e = small("x^2/2 + 0.1*y^2", 0.1);
  e.init = {{"point", {3.0}}};
  e.burn_in = 5;
  const verdict::Diagnostics whole = diagnostics_of(e);
  e.chunk = 1024;
  e.threads = 3;
  const verdict::Diagnostics parts = diagnostics_of(e);
  EXPECT_EQ(*whole.r_hat, *parts.r_hat);
  EXPECT_EQ(*whole.autocorrelation_time, *parts.autocorrelation_time);
  ASSERT_TRUE(whole.drift && parts.drift);
  EXPECT_EQ(whole.drift->change, parts.drift->change);
  EXPECT_EQ(whole.drift->t, parts.drift->t);
}

/// Beyond 2^20 particles the rest is not watched: the first ones say the same alone, and at the same two steps.
TEST(Diagnostics, WatchTheFirstParticlesOfALargeRun) {
  Experiment e = small("x^2/2", 0.1);
  e.particles = (1 << 20) + 3000;
  e.init = {{"point", {3.0}}};
  e.burn_in = 3;
  e.steps = 25;  // samples at 8, 18 and 28
  e.snapshots = {8, 20};
  e.histogram = {{AxisRequest{"x", 20, -3.0, 3.0, false}}};
  const verdict::Diagnostics large = diagnostics_of(e);
  EXPECT_EQ(large.first_sample, 8u);
  e.particles = 1 << 20;
  const verdict::Diagnostics same = diagnostics_of(e);
  ASSERT_TRUE(large.drift && same.drift);
  EXPECT_EQ(large.drift->t, same.drift->t);
  EXPECT_EQ(large.drift->observable, "mean of x");
  EXPECT_NEAR(large.drift->change, 3 * (std::pow(0.9, 28) - std::pow(0.9, 8)), 2e-3);
}

TEST(Diagnostics, AreAbsentWhereTheyMeanNothing) {
  Experiment one_sample = small("x^2/2", 0.1);
  one_sample.thinning = one_sample.steps;
  const verdict::Diagnostics alone = diagnostics_of(one_sample);
  EXPECT_FALSE(alone.burn_in_sufficient);
  EXPECT_FALSE(alone.r_hat);
  EXPECT_FALSE(alone.autocorrelation_time);
  EXPECT_EQ(alone.mixed, true);

  Experiment flow = small("x^2/2", 0.1);
  flow.noise = "none";
  Experiment annealed = small("x^2/2", 0.1);
  annealed.eta.clear();
  annealed.schedule = "power:0.5,0.75";
  Experiment free = small("0*x", 0.1);
  for (const Experiment& e : {flow, annealed, free}) {
    const verdict::Diagnostics none = diagnostics_of(e);
    EXPECT_FALSE(none.r_hat || none.autocorrelation_time || none.burn_in_sufficient || none.mixed) << e.loss;
  }
}

}  // namespace
}  // namespace isotherm
