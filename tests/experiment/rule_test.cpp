// Options of rules, schedules, preconditioners and observables as a plan resolves them.

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "dynamics/linear_map.hpp"
#include "experiment/plan.hpp"
#include "experiment/refusal.hpp"
#include "experiment/run.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm {
namespace {

using test::expect_refusal;

Experiment small(const std::string& dynamics = "sgd", const std::string& loss = "x^2/2") {
  Experiment experiment;
  experiment.loss = loss;
  experiment.dynamics = dynamics;
  experiment.particles = 256;
  experiment.steps = 10;
  experiment.burn_in = 0;
  return experiment;
}

TEST(RuleOptions, OfOtherRulesAreRefused) {
  expect_refusal(small(), [](Experiment& e) { e.mu = 0.5; }, {"--mu", "sgd has no such option", "momentum"});
  expect_refusal(small(), [](Experiment& e) { e.parameterization = "averaged"; }, {"--parameterization", "momentum"});
  expect_refusal(small(), [](Experiment& e) { e.literal = true; }, {"--literal", "sgd has no such option"});
  expect_refusal(small("langevin"), [](Experiment& e) { e.weight_decay = 0.1, e.decoupled = true; },
                 {"--decoupled", "langevin has no such option", "sgd"});
  expect_refusal(small("langevin"), [](Experiment& e) { e.preconditioner = "2"; }, {"--preconditioner", "sgd"});
  expect_refusal(small("langevin"), [](Experiment& e) { e.gradient_weights = {1, 1}; }, {"--gradient-weights", "sgd"});
}

TEST(RuleOptions, OutsideTheirRangeAreRefused) {
  for (const double mu : {-0.1, 1.0, std::nan("")})
    expect_refusal(small("momentum"), [=](Experiment& e) { e.mu = mu; }, {"--mu", "at least 0 and below 1"});
  expect_refusal(small("momentum"), [](Experiment& e) { e.parameterization = "averagd"; },
                 {"--parameterization", "did you mean 'averaged'"});
  expect_refusal(small(), [](Experiment& e) { e.weight_decay = -1; }, {"--weight-decay", "0 or greater"});
  expect_refusal(small(), [](Experiment& e) { e.decoupled = true; }, {"--decoupled", "--weight-decay"});
  expect_refusal(small(), [](Experiment& e) { e.gradient_weights = {1, -1}; }, {"--gradient-weights", "above 0"});
  expect_refusal(small(), [](Experiment& e) { e.batch_size = 0; }, {"--batch-size", "between 1 and"});
  expect_refusal(small(), [](Experiment& e) { e.noise = "none", e.batch_size = 4; }, {"--noise none", "--batch-size"});
}

TEST(RuleOptions, DefaultsAreWrittenBack) {
  const Plan plan = make_plan(small("momentum"), true);
  EXPECT_EQ(plan.experiment.mu, 0.9);
  EXPECT_EQ(plan.experiment.parameterization, "standard");
  EXPECT_FALSE(plan.experiment.friction.has_value());
  EXPECT_FALSE(make_plan(small(), true).experiment.mu.has_value());
}

TEST(Preconditioner, MustBePositiveDefinite) {
  const Experiment e = small("sgd", "x^2+y^2");
  expect_refusal(e, [](Experiment& e) { e.preconditioner = "1,2;2,1"; }, {"--preconditioner", "not positive definite"});
  expect_refusal(e, [](Experiment& e) { e.preconditioner = "1,2;3,9"; }, {"--preconditioner", "not symmetric"});
  expect_refusal(e, [](Experiment& e) { e.preconditioner = "1,0"; }, {"--preconditioner", "not positive definite"});
  expect_refusal(e, [](Experiment& e) { e.preconditioner = "1;1"; }, {"--preconditioner", "row 1"});
  expect_refusal(e, [](Experiment& e) { e.preconditioner = "1,2", e.eta = {0.1, 0.2}; }, {"--preconditioner", "--eta"});
}

TEST(Preconditioner, DiagonalIsARateForEachCoordinate) {
  Experiment e = small("sgd", "x^2 + x*y + y^2");
  e.precision = Precision::twofold;
  e.eta = {0.1};
  e.preconditioner = "0.5,2";
  const Result by_matrix = run(e);
  e.preconditioner.clear();
  e.eta = {0.05, 0.2};
  const Result by_rates = run(e);
  for (std::size_t c = 0; c < 2; ++c)
    EXPECT_NEAR(by_matrix.measurement.last().observables[c].total.mean,
                by_rates.measurement.last().observables[c].total.mean, 1e-13);
  EXPECT_NEAR(by_matrix.scales.temperature, by_rates.scales.temperature, 1e-16);
}

TEST(Schedules, GiveTheRateAndTheTime) {
  Experiment e = small();
  e.schedule = "power:0.5,0.75";
  e.noise = "none";
  e.steps = 7;
  e.init = {{"point", {1.0}}};
  e.precision = Precision::twofold;
  const Result result = run(e);
  double x = 1, time = 0;
  for (int t = 1; t <= 7; ++t) {
    const double eta = 0.5 * std::pow(t, -0.75);
    x -= eta * x;
    time += eta;
  }
  EXPECT_NEAR(result.measurement.last().observables[0].total.mean, x, 1e-14);
  EXPECT_NEAR(result.measurement.last().time, time, 1e-14);
  EXPECT_NEAR(result.scales.eta, 0.5 * std::pow(7, -0.75), 1e-15) << "the last one";
}

TEST(Schedules, ThatGiveOneRateAreConstant) {
  for (const char* spec : {"step:0.1@0", "power:0.1,0", "cosine:0.1,1"}) {
    Experiment e = small();
    e.schedule = spec;
    const Plan plan = make_plan(e);
    EXPECT_NEAR(plan.scales.temperature, 0.05, 1e-15) << spec;
    EXPECT_EQ(plan.gibbs_not_applicable, "") << spec;
  }
}

TEST(Schedules, WorkForEveryRuleThatTakesThem) {
  for (const dynamics::Descriptor& rule : dynamics::registry()) {
    Experiment e = small(rule.name);
    e.schedule = "power:0.1,0.5";
    try {
      const Result result = run(e);
      EXPECT_EQ(result.measurement.last().nonfinite, 0u) << rule.name;
    } catch (const InputError& error) {
      EXPECT_FALSE(rule.uses_eta) << rule.name << ": " << error.what();
    }
  }
}

TEST(Schedules, ExcludeEtaUnlessTheyScaleIt) {
  expect_refusal(small(), [](Experiment& e) { e.schedule = "power:1,1", e.eta = {0.1}; }, {"--eta", "drop one"});
  expect_refusal(small(), [](Experiment& e) { e.schedule = "powr:1,1"; }, {"--schedule", "did you mean 'power'"});
  Experiment e = small();
  e.schedule = "warm-up:5";
  e.eta = {0.2};
  EXPECT_NO_THROW(make_plan(e));
}

TEST(Schedules, LeaveNoStationaryLawUntilTheySettle) {
  Experiment e = small();
  e.burn_in.reset();
  e.schedule = "power:0.5,0.5";
  EXPECT_NE(make_plan(e).gibbs_not_applicable.find("keeps changing"), std::string::npos);
  EXPECT_EQ(make_plan(e).experiment.burn_in, 0u);
  e.schedule = "step:0.2@0,0.1@500";
  const Plan settled = make_plan(e);
  EXPECT_EQ(settled.gibbs_not_applicable, "");
  EXPECT_GT(*settled.experiment.burn_in, 500u);
  EXPECT_DOUBLE_EQ(settled.scales.temperature, 0.05);
  EXPECT_TRUE(settled.scales.corrected_virial_applies);
  e.burn_in = 400;
  const Plan early = make_plan(e);
  EXPECT_NE(early.gibbs_not_applicable, "");
  EXPECT_FALSE(early.scales.corrected_virial_applies);
}

TEST(Temperature, OfTheOptionIsTheNoiseNotTheRules) {
  Experiment e = small("momentum");
  e.temperature = 0.1;
  const Plan plan = make_plan(e, true);
  EXPECT_NEAR(plan.scales.temperature, 1.0, 1e-12);
  bool warned = false;
  for (const std::string& text : plan.warnings) warned = warned || text.find("--temperature 0.1") == 0;
  EXPECT_TRUE(warned);
}

TEST(Observables, VelocitiesAreMeasuredAndShown) {
  const Plan plan = make_plan(small("momentum", "x^2+y^2"), true);
  EXPECT_EQ(plan.snapshot.names, (std::vector<std::string>{"x", "y", "loss", "v.x", "v.y", "kinetic"}));
  std::vector<std::string> shown;
  for (const engine::HistogramPlan& histogram : plan.simulation.histograms) shown.push_back(histogram.name);
  EXPECT_EQ(shown, (std::vector<std::string>{"x", "y", "v.x", "v.y", "loss"}));
}

TEST(Observables, NamesOfOtherRulesAreUnknown) {
  const auto histogram = [](const std::string& text) {
    return [=](Experiment& e) { e.histogram = {{AxisRequest{text, 10, -1, 1, false}}}; };
  };
  expect_refusal(small(), histogram("v.x"), {"--histogram", "unknown name 'v.x'"});
  expect_refusal(small(), histogram("kinetic"), {"--histogram", "unknown name 'kinetic'"});
}

TEST(Averages, NeedWindowsThatEndAtSamples) {
  const auto average = [](Experiment& e) { e.histogram = {{AxisRequest{"average(x,10)", 10, -1, 1, false}}}; };
  Experiment e = small();
  e.thinning = 10;
  expect_refusal(e, [&](Experiment& e) { average(e), e.thinning = 9; }, {"--histogram", "--thinning 10"});
  expect_refusal(e, [&](Experiment& e) { average(e), e.steps = 15; }, {"--histogram", "--burn-in 10"});
  e.steps = 40;
  expect_refusal(e, [&](Experiment& e) { average(e), e.snapshots = {25}; }, {"--snapshots", "25"});
  expect_refusal(e,
                 [](Experiment& e) {
                   e.histogram = {{AxisRequest{"average(x)", 10, -1, 1, false}}};
                 },
                 {"--histogram", "an expression and a number of steps"});
  expect_refusal(e,
                 [](Experiment& e) {
                   e.histogram = {{AxisRequest{"ema(x,0)", 10, -1, 1, false}}};
                 },
                 {"--histogram", "1 or more"});
  expect_refusal(e,
                 [](Experiment& e) {
                   e.histogram = {{AxisRequest{"ema(ema(x,2),2)", 10, -1, 1, false}}};
                 },
                 {"--histogram", "average of an average"});
}

/// Without noise the averages are sums of powers.
TEST(Averages, AreOfTheLastStates) {
  Experiment e = small();
  e.noise = "none";
  e.eta = {0.1};
  e.init = {{"point", {1.0}}};
  e.precision = Precision::twofold;
  e.steps = 20;
  e.thinning = 10;
  e.snapshots = {10};
  e.histogram = {{AxisRequest{"average(x,4)", 10, 0, 1, false}}, {AxisRequest{"ema(x^2,3)", 10, 0, 1, false}}};
  const Result result = run(e);
  double ema = 0;
  for (int n = 1; n <= 20; ++n) {
    const double x = std::pow(0.9, n);
    ema += (x * x - ema) / 3;
    if (n % 10 != 0) continue;
    const Snapshot& snapshot = result.measurement.snapshots[n == 10 ? 0 : 1];
    double mean = 0;
    for (int m = n - 3; m <= n; ++m) mean += std::pow(0.9, m) / 4;
    EXPECT_NEAR(snapshot.observables[2].total.mean, mean, 1e-14);
    EXPECT_NEAR(snapshot.observables[3].total.mean, ema, 1e-14);
  }
}

/// Particles that move by .1 a step: the state before, and the step at which they pass .55.
TEST(Observers, RememberTheStepBeforeAndTheFirstPassage) {
  Experiment e = small("sgd", "0-x");
  e.noise = "none";
  e.eta = {0.1};
  e.init = {{"point", {0.0}}};
  e.precision = Precision::twofold;
  e.steps = 20;
  e.snapshots = {0, 5, 6};
  e.histogram = {{AxisRequest{"previous(x^2)", 10, 0, 5, false}},
                 {AxisRequest{"first-passage(x - 0.55)", 10, 0, 100, false}}};
  const Result result = run(e);
  const double before[] = {0, 0.4 * 0.4, 0.5 * 0.5, 1.9 * 1.9}, passage[] = {1e30, 1e30, 6, 6};
  for (std::size_t s = 0; s < 4; ++s) {
    const Snapshot& snapshot = result.measurement.snapshots[s];
    EXPECT_NEAR(snapshot.observables[2].total.mean, before[s], 1e-14) << s;
    EXPECT_EQ(snapshot.observables[3].total.mean, passage[s]) << s;
  }
  expect_refusal(small(),
                 [](Experiment& e) {
                   e.histogram = {{AxisRequest{"previous(x,2)", 10, 0, 1, false}}};
                 },
                 {"--histogram"});
}

TEST(LinearMap, IsStableUpToThePublishedBound) {
  dynamics::Parameters p;
  const auto factor = [&](const char* name, double h) { return dynamics::contraction(dynamics::find(name), p, h); };
  p.eta = 0.1;
  EXPECT_NEAR(factor("sgd", 1.5), 0.85, 1e-15);
  EXPECT_NEAR(factor("sgd", 20), 1, 1e-12);
  p.options = dynamics::default_options(dynamics::find("momentum"));
  EXPECT_LT(factor("momentum", 37.99), 1);
  EXPECT_GT(factor("momentum", 38.01), 1);
  EXPECT_NEAR(factor("momentum", 1.0), std::sqrt(0.9), 1e-12) << "complex roots have modulus sqrt(mu)";
}

}  // namespace
}  // namespace isotherm
