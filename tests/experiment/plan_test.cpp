// Defaults that make_plan resolves, and what it warns of.

#include "experiment/plan.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "loss/catalogue.hpp"

namespace isotherm {
namespace {

Experiment of_loss(const std::string& loss) {
  Experiment experiment;
  experiment.loss = loss;
  experiment.particles = 1'000'000;
  experiment.steps = 10;
  return experiment;
}

bool warns(const Plan& plan, const std::string& text) {
  for (const std::string& warning : plan.warnings)
    if (warning.find(text) != std::string::npos) return true;
  return false;
}

/// Steps until exp(-rate n) sqrt(N) < exp(-5.2): nothing that a chi-squared test would see.
double steps_of(double rate, double particles) { return (std::log(particles) / 2 + 5.2) / rate; }

TEST(Defaults, RatesAndNames) {
  Plan plan = make_plan(of_loss("b^2/2 + a^4"));
  EXPECT_EQ(plan.experiment.coordinates, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(plan.experiment.eta, std::vector<double>{0.1});
  EXPECT_FALSE(plan.experiment.dt.has_value()) << "sgd has none";
  EXPECT_EQ(plan.simulation.state_rows, 2u);

  Experiment e = of_loss("x^2/2");
  e.dynamics = "langevin";
  e.eta = {0.5};
  EXPECT_DOUBLE_EQ(make_plan(e).experiment.dt.value(), 0.05);
  e.dynamics = "gradient-flow";
  EXPECT_EQ(make_plan(e).experiment.dt, 0.5);
}

TEST(Defaults, HistogramsOfCoordinatesAndLoss) {
  const Plan plan = make_plan(of_loss("x^2/2 + y^2"));
  ASSERT_EQ(plan.simulation.histograms.size(), 3u);
  const char* names[] = {"x", "y", "loss"};
  for (std::size_t h = 0; h < 3; ++h) {
    EXPECT_EQ(plan.simulation.histograms[h].name, names[h]);
    ASSERT_EQ(plan.simulation.histograms[h].axes.size(), 1u);
    EXPECT_EQ(plan.simulation.histograms[h].axes[0].bins, 200u);
  }
  EXPECT_EQ(plan.simulation.histograms[2].axes[0].lower, 0) << "no loss is below the minimum";
  EXPECT_EQ(plan.snapshot.names, (std::vector<std::string>{"x", "y", "loss"}));

  Experiment joint = of_loss("x^2/2 + y^2");
  joint.histogram = {{AxisRequest{"x", {}, {}, {}, false}, AxisRequest{"x*y", {}, -1.0, {}, false}}};
  const Plan chosen = make_plan(joint);
  ASSERT_EQ(chosen.simulation.histograms.size(), 1u);
  EXPECT_EQ(chosen.simulation.histograms[0].name, "x,x*y");
  EXPECT_EQ(chosen.simulation.histograms[0].axes[0].bins, 100u);
  EXPECT_EQ(chosen.simulation.histograms[0].axes[1].lower, -1) << "what is given stays";
  EXPECT_EQ(chosen.snapshot.names, (std::vector<std::string>{"x", "y", "loss", "x*y"}));
}

/// On h x^2 / 2 a step multiplies the mean by 1 - eta h: its logarithm is the rate.
TEST(BurnIn, OfAQuadratic) {
  for (const double eta : {0.02, 0.1, 0.4}) {
    Experiment e = of_loss("x^2");  // h = 2
    e.eta = {eta};
    const Plan plan = make_plan(e);
    EXPECT_EQ(static_cast<double>(*plan.experiment.burn_in), std::ceil(steps_of(-std::log(1 - 2 * eta), 1e6)));
    EXPECT_EQ(plan.burn_in_method, "spectral gap");
    EXPECT_EQ(plan.simulation.burn_in, plan.experiment.burn_in);
  }
}

/// With per-coordinate rates the slowest coordinate decides: eta_2 h_2 = 0.01.
TEST(BurnIn, OfTheSlowestCoordinate) {
  Experiment e = of_loss("x^2/2 + y^2/2");
  e.eta = {0.1, 0.01};
  EXPECT_GE(static_cast<double>(make_plan(e).experiment.burn_in.value()), steps_of(-std::log(0.99), 1e6) - 5);
}

/// sigma = 1, eta = 0.05: even functions of the double well relax by 1 - 0.0434 a step, and wells exchange at 1e-6.
TEST(BurnIn, OfADoubleWell) {
  Experiment e = of_loss("double-well");
  e.eta = {0.05};
  const Plan plan = make_plan(e);
  EXPECT_GE(static_cast<double>(*plan.experiment.burn_in), steps_of(-std::log(1 - 0.04345), 1e6));
  EXPECT_LE(static_cast<double>(*plan.experiment.burn_in), steps_of(-std::log(1 - 0.04335), 1e6) + 1);
  EXPECT_EQ(plan.burn_in_method, "spectral gap of even functions");
  EXPECT_TRUE(warns(plan, "wells exchange at rate")) << "exchange is not waited for";

  e.init = {{"point", {1}}};  // not symmetric: only exchange makes it stationary, and that takes 1e7 steps
  const Plan one_sided = make_plan(e);
  EXPECT_EQ(one_sided.experiment.burn_in, 1'000'000u);
  EXPECT_TRUE(warns(one_sided, "burn-in would take")) << "cut, and said";
}

TEST(BurnIn, OfATiltedWell) {
  Experiment e = of_loss("tilted-double-well");
  e.set = {{"c", "0.05"}};
  e.eta = {0.05};
  e.temperature = 0.1;
  const Plan plan = make_plan(e);
  EXPECT_NEAR(static_cast<double>(*plan.experiment.burn_in), steps_of(0.00185, 1e6), 15);
  EXPECT_EQ(plan.burn_in_method, "spectral gap");
  EXPECT_TRUE(plan.warnings.empty());
}

TEST(BurnIn, OnlyWhereSomethingRelaxes) {
  Experiment e = of_loss("x^2/2");
  e.burn_in = 17;
  EXPECT_EQ(make_plan(e).burn_in_method, "given");
  EXPECT_EQ(make_plan(e).simulation.last_step(), 27u);
  e.burn_in.reset();
  e.dynamics = "gradient-flow";
  EXPECT_EQ(make_plan(e).experiment.burn_in, 0u);
  const Plan flat = make_plan(of_loss("0"));
  EXPECT_EQ(flat.experiment.burn_in, 0u);
  EXPECT_TRUE(warns(flat, "no minimum"));
}

TEST(Start, IsSymmetricWhereTheLossIs) {
  for (const char* loss :
       {"x^2/2", "double-well", "x^4", "cosh(x)", "x^2 + cos(3*x)", "x^2*y^2 + x^2 + y^2", "x^4 + y^4 + x*y"}) {
    const Plan plan = make_plan(of_loss(loss), true);
    ASSERT_EQ(plan.experiment.init.size(), plan.problem->dimension()) << loss;
    for (const InitialRequest& start : plan.experiment.init) {
      const std::vector<double>& p = start.parameters;
      ASSERT_EQ(p.size(), 4u) << loss;
      EXPECT_EQ(p[0], 0) << loss;
      EXPECT_GT(p[1], 0) << loss;
      EXPECT_EQ(p[2], -p[3]) << loss;
    }
  }
  const Plan tilted = make_plan(of_loss("tilted-double-well"), true);
  EXPECT_LT(tilted.experiment.init[0].parameters[0], -0.5) << "more weight in the lower well, at -1.02";
}

TEST(Ranges, CoverTheTailsOfGibbs) {
  for (const char* loss : {"x^2/2", "double-well", "tilted-double-well", "x^4", "x^2/2 + (y-x)^2", "abs(x)"}) {
    for (const bool for_prediction : {false, true}) {
      const Plan plan = make_plan(of_loss(loss), for_prediction);
      for (std::size_t c = 0; c < plan.problem->dimension(); ++c) {
        const auto [lower, upper] = plan.family->coordinate_range(plan.gibbs_temperature(), c, 1e-4);
        const Axis& axis = plan.simulation.histograms[c].axes[0];
        EXPECT_LT(axis.lower, lower) << loss;
        EXPECT_GT(axis.upper, upper) << loss;
        EXPECT_LT(axis.upper - axis.lower, 4 * (upper - lower)) << loss << ": bins are not wasted";
      }
    }
  }
}

TEST(Warnings, StabilityBound) {
  Experiment e = of_loss("x^2/2 + 5*y^2");  // h = 1, 10
  e.eta = {0.19};
  EXPECT_FALSE(warns(make_plan(e), "stability"));
  e.eta = {0.21};
  const Plan plan = make_plan(e);
  EXPECT_TRUE(warns(plan, "eta h = 2.1 at the minimum x = 0, y = 0 is beyond the stability bound of sgd, eta h < 2"));
  EXPECT_TRUE(warns(plan, "it needs --eta below 0.2"));

  e.eta = {1e25};
  EXPECT_TRUE(warns(make_plan(e, true), "it needs --eta below 0.2"));

  e.dynamics = "gradient-flow";
  e.eta = {0.27};
  EXPECT_FALSE(warns(make_plan(e), "stability"));
  e.dt = 0.28;
  EXPECT_TRUE(warns(make_plan(e), "dt h = 2.8"));
  EXPECT_TRUE(warns(make_plan(e), "of gradient-flow, dt h < 2.785"));
}

TEST(Chunk, IsWholeBlocks) {
  Experiment e = of_loss("x^2/2");
  EXPECT_EQ(make_plan(e, true).chunk, 0u);
  for (const auto& [asked, used] : {std::pair{1u, 256u}, {256u, 256u}, {257u, 512u}}) {
    e.chunk = asked;
    EXPECT_EQ(make_plan(e, true).chunk, used);
  }
}

/// What result.json records is what ran: planned again it is the same plan.
TEST(ResolvedExperiment, GivesTheSamePlan) {
  std::vector<Experiment> experiments;
  for (const loss::CatalogueEntry& entry : loss::catalogue()) experiments.push_back(of_loss(entry.name));
  experiments.push_back(of_loss("x^2*y^2 + x^2 + y^2"));
  experiments.push_back(of_loss("(x-3)^2/2"));
  for (const char* dynamics : {"langevin", "gradient-flow"}) {
    experiments.push_back(of_loss("double-well"));
    experiments.back().dynamics = dynamics;
  }
  experiments.push_back(of_loss("x^2/2 + y^2"));
  experiments.back().eta = {0.1, 0.2};
  experiments.back().temperature = 0.02;
  experiments.push_back(of_loss("x^2/2 + y^2"));
  experiments.back().covariance = "1,0.3;0.3,2";
  experiments.push_back(of_loss("x^2/2"));
  experiments.back().sigma = "sqrt(1+x^2)";
  experiments.push_back(of_loss("x^2/2"));
  experiments.back().precision = Precision::twofold;
  for (Experiment& experiment : experiments) {
    experiment.particles = 2000;
    const Plan first = make_plan(experiment), second = make_plan(first.experiment);
    SCOPED_TRACE(experiment.loss + ", " + experiment.dynamics);
    EXPECT_EQ(second.simulation.burn_in, first.simulation.burn_in);
    EXPECT_EQ(second.axes(), first.axes());
    EXPECT_EQ(second.snapshot.fine_axes, first.snapshot.fine_axes);
    EXPECT_EQ(second.snapshot.fine_offsets, first.snapshot.fine_offsets);
    EXPECT_EQ(second.simulation.start_constants, first.simulation.start_constants);
    EXPECT_EQ(second.simulation.step_constants, first.simulation.step_constants);
    EXPECT_EQ(second.simulation.step.instructions.size(), first.simulation.step.instructions.size());
    EXPECT_EQ(second.scales.temperature, first.scales.temperature);
    EXPECT_EQ(second.time_per_step, first.time_per_step);
  }
}

TEST(Ranges, DoNotFollowParticlesThatDiverge) {
  Experiment e;
  e.loss = "x^4";
  e.eta = {0.3};  // a few leave: superquadratic losses have no stationary law under unbounded noise
  e.particles = 10'000;
  e.burn_in = 0;
  e.steps = 200;
  const Plan plan = make_plan(e);
  EXPECT_LT(std::abs(*plan.experiment.histogram.at(0).at(0).upper), 10);
  EXPECT_LT(*plan.experiment.histogram.at(1).at(0).upper, 1000);

  e.loss = "x^2/2";
  e.eta = {3.0};  // all leave, in double not even to infinity
  e.precision = Precision::twofold;
  e.particles = 1000;
  e.steps = 1023;
  EXPECT_NO_THROW(make_plan(e));
}

}  // namespace
}  // namespace isotherm
