// Runs that have not mixed or not settled are told from runs that have, and no theory is blamed for them.

#include <gtest/gtest.h>

#include "experiment/run.hpp"

namespace isotherm {
namespace {

using verdict::Outcome;

/// T = 0.025: wells exchange at rate 1e-6 per step.
Experiment deep_wells() {
  Experiment experiment;
  experiment.loss = "double-well";
  experiment.eta = {0.05};
  experiment.temperature = 0.025;
  experiment.backend = Backend::cpu;
  experiment.particles = 1 << 18;
  return experiment;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(NotMixed, IsSaidInsteadOfARejection) {
  Experiment e = deep_wells();
  e.init = {{"point", {-1.0}}};
  e.burn_in = 1000;
  const Result result = run(e);
  EXPECT_EQ(result.verdict.diagnostics.mixed, false);
  for (const auto& [prediction, outcome] : result.verdict.outcome)
    EXPECT_EQ(outcome, Outcome::not_applicable) << prediction;
  std::size_t explained = 0;
  for (const verdict::Comparison& comparison : result.verdict.comparisons) {
    EXPECT_EQ(comparison.outcome, Outcome::not_applicable);
    EXPECT_FALSE(comparison.reason.empty());
    explained += contains(comparison.reason, "wells exchange their particles at rate ") &&
                 contains(comparison.reason, "only 2000 steps");
  }
  EXPECT_GT(explained, 0u);
  EXPECT_EQ(result.verdict.statement.find("The run has not mixed"), 0u) << result.verdict.statement;
  EXPECT_FALSE(contains(result.verdict.statement, "rejected")) << result.verdict.statement;
}

/// A symmetric start lacks the mode by which wells exchange: what such a run is too short for is another one.
TEST(NotMixed, IsNotBlamedOnWellsThatMirrorEachOther) {
  Experiment e = deep_wells();
  e.particles = 1 << 16;
  e.init.clear();
  e.burn_in = 0;
  e.steps = 10;
  const Result early = run(e);
  EXPECT_EQ(early.verdict.diagnostics.mixed, false);
  EXPECT_GT(early.verdict.diagnostics.exchange_rate, 0.01);  // about eta L''(1) = 0.1
  EXPECT_TRUE(contains(early.verdict.statement, "settle in their wells")) << early.verdict.statement;
}

/// Where the loss separates, the exact chain has the rate of each coordinate.
TEST(NotMixed, IsKnownOfCoordinatesThatSeparate) {
  Experiment e = deep_wells();
  e.loss = "(x^2-1)^2/4 + y^2/2";
  e.particles = 1 << 16;
  e.init = {{"point", {-1.0}}, {"point", {0.0}}};
  const Result frozen = run(e);
  EXPECT_EQ(frozen.verdict.diagnostics.mixed, false);
  EXPECT_NEAR(frozen.verdict.diagnostics.exchange_rate, 9.952e-7, 1e-10);
  EXPECT_TRUE(contains(frozen.verdict.statement, "at rate 9.952e-07")) << frozen.verdict.statement;
  for (const auto& [prediction, outcome] : frozen.verdict.outcome)
    EXPECT_EQ(outcome, Outcome::not_applicable) << prediction;

  e.init.clear();  // symmetric
  EXPECT_NE(run(e).verdict.diagnostics.mixed, false);
  e.init = {{"point", {-1.0}}, {"point", {0.0}}};
  e.temperature = 0.2;  // wells exchange all the time
  e.burn_in = 5000;
  const Result lively = run(e);
  EXPECT_EQ(lively.verdict.diagnostics.mixed, true);
  EXPECT_EQ(lively.verdict.outcome.at("exact-chain"), Outcome::consistent) << lively.verdict.statement;
}

/// Where nobody has a spectrum, here with four rows of state, that particles do not leave their wells is seen.
TEST(NotMixed, IsSeenInParticlesWhereNoRateIsKnown) {
  Experiment e = deep_wells();
  e.loss = "himmelblau";
  e.dynamics = "momentum";
  e.mu = 0.5;
  e.eta = {0.001};
  e.temperature = 0.5;
  e.particles = 1 << 14;
  e.burn_in = 2000;
  for (const bool one_well : {true, false}) {
    if (one_well) e.init = {{"point", {3.0}}, {"point", {2.0}}};
    if (!one_well) e.init = {{"normal", {0.0, 3.0}}};  // symmetric, but the loss is not
    const Result frozen = run(e);
    EXPECT_EQ(frozen.verdict.diagnostics.mixed, false) << one_well;
    EXPECT_LT(frozen.verdict.diagnostics.exchange_rate, 3e-4);
    EXPECT_EQ(frozen.verdict.statement.find("The run has not mixed"), 0u) << frozen.verdict.statement;
    EXPECT_TRUE(contains(frozen.verdict.statement, "at most at rate")) << frozen.verdict.statement;
    for (const auto& [prediction, outcome] : frozen.verdict.outcome)
      EXPECT_EQ(outcome, Outcome::not_applicable) << prediction;
  }
}

/// Four wells that x -> -x and y -> -y take to each other need no exchange. With x y in the loss they are two pairs,
/// and the symmetric start has the wrong weights of those.
TEST(NotMixed, KnowsWhichWellsMirrorEachOther) {
  Experiment e = deep_wells();
  e.temperature = 0.02;
  e.particles = 1 << 14;
  e.init = {{"normal", {0.0, 1.0}}};
  e.loss = "(x^2-1)^2/4 + (y^2-1)^2/4 + x^2*y^2/20";
  EXPECT_NE(run(e).verdict.diagnostics.mixed, false);
  e.loss = "(x^2-1)^2/4 + (y^2-1)^2/4 + x*y/50";
  EXPECT_EQ(run(e).verdict.diagnostics.mixed, false);
}

/// By Gibbs' law not one particle in 10^10 would be in the other well.
TEST(NotMixed, DoesNotMissWellsThatHoldNothing) {
  Experiment e = deep_wells();
  e.loss = "(x^2-1)^2/4 + 0.3*x + y^2/2 + x*y/10 + z^2/2 + y*z/10";
  e.init = {{"point", {-1.1}}, {"point", {0.0}}, {"point", {0.0}}};
  e.particles = 1 << 14;
  EXPECT_NE(run(e).verdict.diagnostics.mixed, false);
  e.init[0] = {"point", {0.8}};  // but in that one nobody should be
  EXPECT_NE(run(e).verdict.diagnostics.mixed, true);
}

TEST(NotMixed, IsSaidOfRulesWithInertia) {
  Experiment e = deep_wells();
  e.dynamics = "momentum";
  e.eta = {0.005};
  e.temperature = 0.025;
  e.particles = 1 << 14;
  e.init = {{"point", {-1.0}}};
  e.mu = 0.5;
  e.burn_in = 2000;
  EXPECT_EQ(run(e).verdict.diagnostics.mixed, false);
  e.init.clear();  // symmetric
  EXPECT_NE(run(e).verdict.diagnostics.mixed, false);
}

/// Of a run with a single sample nothing else tells that particles are where they started.
TEST(NestedRHat, RemembersTheStartWhereWellsDoNotExchange) {
  Experiment e = deep_wells();
  e.particles = 4096;
  for (const std::uint64_t steps : {1, 1000}) {
    e.steps = steps;
    e.temperature = 0.025;
    const verdict::Diagnostics frozen = run(e).verdict.diagnostics;
    EXPECT_GT(*frozen.nested_r_hat, 2);
    EXPECT_TRUE(frozen.mixed_by_symmetry);
    EXPECT_EQ(frozen.r_hat.has_value(), steps > 1);
    e.temperature = 0.2;
    const verdict::Diagnostics mixed = run(e).verdict.diagnostics;
    EXPECT_LT(*mixed.nested_r_hat, 1.09);  // sqrt(1 + 6/32): one in 10^6
    EXPECT_FALSE(mixed.mixed_by_symmetry);
  }
  e.init = {{"point", {-1.0}}};
  EXPECT_FALSE(run(e).verdict.diagnostics.nested_r_hat);
}

/// The wells have equal weights from the start, so that x -> -x leaves nothing to exchange.
TEST(NotMixed, DoesNotBlameASymmetricStart) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    Experiment e = deep_wells();
    e.seed = seed;
    if (seed == 3) e.init = {{"uniform", {-1.2, 1.2}}};
    const Result result = run(e);
    EXPECT_EQ(result.verdict.diagnostics.mixed, true);
    EXPECT_EQ(result.verdict.diagnostics.burn_in_sufficient, true);
    EXPECT_EQ(result.verdict.outcome.at("exact-chain"), Outcome::consistent) << result.verdict.statement;
    EXPECT_EQ(result.verdict.outcome.at("gibbs"), Outcome::rejected) << result.verdict.statement;
    EXPECT_FALSE(contains(result.verdict.statement, "mixed")) << result.verdict.statement;
  }
}

/// Where a start in one well has time to forget it, nothing is held against it.
TEST(NotMixed, DoesNotBlameWellsThatHadTheirTime) {
  Experiment e = deep_wells();
  e.temperature = 0.1;  // rate 0.0017 per step
  e.init = {{"point", {-1.0}}};
  e.particles = 1 << 16;
  const Result result = run(e);
  EXPECT_EQ(result.verdict.diagnostics.mixed, true);
  EXPECT_EQ(result.verdict.diagnostics.burn_in_sufficient, true);
  EXPECT_EQ(result.verdict.outcome.at("exact-chain"), Outcome::consistent) << result.verdict.statement;
}

Experiment far_from_equilibrium(std::uint64_t seed) {
  Experiment experiment;
  experiment.loss = "x^2/2";
  experiment.eta = {0.01};
  experiment.init = {{"point", {3.0}}};
  experiment.backend = Backend::cpu;
  experiment.particles = 1 << 16;
  experiment.seed = seed;
  return experiment;
}

TEST(BurnIn, ThatIsTooShortIsRecognized) {
  for (const std::uint64_t burn_in : {0, 100, 500}) {
    Experiment e = far_from_equilibrium(1);
    e.burn_in = burn_in;
    const Result result = run(e);
    const verdict::Diagnostics& diagnostics = result.verdict.diagnostics;
    EXPECT_EQ(diagnostics.burn_in_sufficient, false) << burn_in;
    ASSERT_TRUE(diagnostics.drift);
    EXPECT_LT(diagnostics.drift->change, 0);
    EXPECT_NE(diagnostics.mixed, false) << "there is one well";
    EXPECT_TRUE(contains(result.verdict.statement, "The burn-in was too short")) << result.verdict.statement;
    EXPECT_TRUE(contains(result.verdict.statement, "so what was rejected may be the transient"));
    // What is advised is what --burn-in auto takes, and it does.
    e.burn_in.reset();
    EXPECT_EQ(diagnostics.sufficient_burn_in, *make_plan(e).experiment.burn_in);
  }
}

/// The spread moves where the mean does not: a start of no width.
TEST(BurnIn, ThatIsTooShortForTheSpreadIsRecognized) {
  Experiment e = far_from_equilibrium(1);
  e.init = {{"point", {0.0}}};
  e.burn_in = 50;
  const verdict::Diagnostics diagnostics = run(e).verdict.diagnostics;
  ASSERT_TRUE(diagnostics.drift);
  EXPECT_NE(diagnostics.drift->observable, "mean of x");
  EXPECT_GT(diagnostics.drift->change, 0);
}

TEST(BurnIn, ThatWasChosenIsNotBlamed) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Result result = run(far_from_equilibrium(seed));
    EXPECT_EQ(result.verdict.diagnostics.burn_in_sufficient, true) << seed;
    EXPECT_FALSE(contains(result.verdict.statement, "burn-in")) << result.verdict.statement;
  }
  // Other rules, in more dimensions, and with noise that depends on the position.
  Experiment momentum = far_from_equilibrium(1), underdamped = momentum, plane = momentum, multiplicative = momentum;
  momentum.dynamics = "momentum";
  underdamped.dynamics = "underdamped";
  plane.loss = "x^2/2 + log(cosh(y))";
  multiplicative.sigma = "sqrt(1 + x^2)";
  for (const Experiment& e : {momentum, underdamped, plane, multiplicative})
    EXPECT_EQ(run(e).verdict.diagnostics.burn_in_sufficient, true) << e.dynamics << " on " << e.loss;
}

}  // namespace
}  // namespace isotherm
