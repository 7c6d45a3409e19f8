// T, eta sigma^2 and alpha from the options.

#include <gtest/gtest.h>

#include <cmath>

#include "experiment/plan.hpp"

namespace isotherm {
namespace {

Experiment small(const std::string& loss) {
  Experiment experiment;
  experiment.loss = loss;
  experiment.particles = 256;
  experiment.steps = 10;
  experiment.burn_in = 0;
  return experiment;
}

bool warns(const Plan& plan, const std::string& text) {
  for (const std::string& warning : plan.warnings)
    if (warning.find(text) != std::string::npos) return true;
  return false;
}

TEST(Scales, OneRateAndOneSigma) {
  Experiment e = small("x^2/2");
  e.eta = {0.04};
  e.sigma = "3";
  e.alpha = 0.75;
  const Plan plan = make_plan(e, true);
  EXPECT_EQ(plan.scales.eta, 0.04);
  EXPECT_EQ(plan.scales.step, 0.04);
  EXPECT_EQ(plan.scales.sigma, 3.0);
  EXPECT_DOUBLE_EQ(plan.scales.alpha_unit, 0.36);
  EXPECT_DOUBLE_EQ(plan.scales.temperature, 0.18);
  EXPECT_EQ(plan.scales.reference_alpha, 0.75);
  EXPECT_DOUBLE_EQ(plan.gibbs_temperature(), 0.75 * 0.36);
  EXPECT_EQ(plan.scales.dimension, 1u);
  EXPECT_EQ(plan.scales.dynamics, "sgd");
  EXPECT_TRUE(plan.scales.corrected_virial_applies);
  EXPECT_EQ(plan.time_per_step, 0.04);
  EXPECT_TRUE(plan.warnings.empty());
}

TEST(Scales, OneTemperatureIsSeenAsOne) {
  Experiment e = small("x^2+y^2/2");
  e.eta = {0.1, 0.01};
  e.temperature = 0.1;
  Plan plan = make_plan(e, true);
  EXPECT_TRUE(plan.scales.one_temperature);
  EXPECT_FALSE(warns(plan, "temperature"));

  e.temperature.reset();
  plan = make_plan(e, true);
  EXPECT_FALSE(plan.scales.one_temperature);
  EXPECT_TRUE(warns(plan, "the temperature differs between coordinates"));

  e.eta = {0.1};
  e.covariance = "2,0;0,2";
  plan = make_plan(e, true);
  EXPECT_TRUE(plan.scales.one_temperature);
  EXPECT_DOUBLE_EQ(plan.scales.sigma.value_or(0), std::sqrt(2.0));

  e.covariance = "2,0.1;0.1,2";
  plan = make_plan(e, true);
  EXPECT_FALSE(plan.scales.one_temperature);
  EXPECT_TRUE(warns(plan, "correlated"));
}

TEST(Scales, VarianceIsTheMeanOverCoordinates) {
  Experiment e = small("x^2+y^2/2");
  e.sigma = "1,3";
  Plan plan = make_plan(e, true);
  EXPECT_FALSE(plan.scales.sigma.has_value());
  EXPECT_DOUBLE_EQ(plan.scales.alpha_unit, 0.1 * (1 + 9) / 2);
  EXPECT_DOUBLE_EQ(plan.scales.temperature, 0.1 * (1 + 9) / 4);
  EXPECT_TRUE(warns(plan, "the temperature differs between coordinates")) << "coordinates differ";
  EXPECT_EQ(plan.scales.dimension, 2u);

  e.sigma = "";
  e.covariance = "2,-0.6;-0.6,1.5";
  plan = make_plan(e, true);
  EXPECT_DOUBLE_EQ(plan.scales.alpha_unit, 0.1 * 3.5 / 2);
  EXPECT_DOUBLE_EQ(plan.scales.temperature, 0.1 * 3.5 / 4);
  EXPECT_TRUE(warns(plan, "mean temperature"));
}

TEST(Scales, RatesEnterWithTheirVariances) {
  Experiment e = small("x^2+y^2/2");
  e.eta = {0.1, 0.02};
  e.sigma = "1,3";
  const Plan plan = make_plan(e, true);
  EXPECT_EQ(plan.scales.eta, 0.1);
  EXPECT_DOUBLE_EQ(plan.scales.alpha_unit, (0.1 * 1 + 0.02 * 9) / 2);
  EXPECT_DOUBLE_EQ(plan.scales.temperature, (0.1 * 1 + 0.02 * 9) / 4);
}

TEST(Scales, TemperatureSetsSigma) {
  Experiment e = small("x^2/2");
  e.eta = {0.04};
  e.temperature = 0.5;
  const Plan plan = make_plan(e, true);
  ASSERT_TRUE(plan.scales.sigma.has_value());
  EXPECT_DOUBLE_EQ(*plan.scales.sigma, 5);  // sqrt(2 T / eta)
  EXPECT_DOUBLE_EQ(plan.scales.temperature, 0.5);
  EXPECT_DOUBLE_EQ(plan.scales.alpha_unit, 1);

  e = small("x^2+y^2/2");
  e.eta = {0.1, 0.02};
  e.temperature = 0.5;
  EXPECT_DOUBLE_EQ(make_plan(e, true).scales.temperature, 0.5);
}

TEST(Scales, LangevinStepsByDt) {
  Experiment e = small("x^2/2");
  e.dynamics = "langevin";
  e.eta = {0.4};
  e.sigma = "2";
  const Plan plan = make_plan(e, true);
  EXPECT_EQ(plan.scales.eta, 0.4);
  EXPECT_DOUBLE_EQ(plan.scales.step, 0.04);
  EXPECT_DOUBLE_EQ(plan.time_per_step, 0.04);
  EXPECT_DOUBLE_EQ(plan.scales.alpha_unit, 1.6);
  EXPECT_DOUBLE_EQ(plan.scales.temperature, 0.8);
  EXPECT_TRUE(plan.scales.corrected_virial_applies);
}

TEST(Scales, WithoutNoiseThereIsNoTemperature) {
  Experiment flow = small("x^2/2"), descent = flow, still = flow;
  flow.dynamics = "gradient-flow";
  descent.noise = "none";
  still.sigma = "0";
  for (const Experiment& e : {flow, descent}) {
    const Plan plan = make_plan(e);
    EXPECT_EQ(plan.scales.temperature, 0);
    EXPECT_EQ(plan.scales.alpha_unit, 0);
    EXPECT_FALSE(plan.scales.corrected_virial_applies);
    EXPECT_EQ(plan.gibbs_not_applicable, "there is no noise, and so no temperature");
    EXPECT_EQ(plan.family, nullptr);
    EXPECT_EQ(plan.experiment.noise, "none");
    EXPECT_TRUE(plan.warnings.empty());
  }
  EXPECT_EQ(make_plan(flow).time_per_step, 0.1);
  EXPECT_EQ(make_plan(still).gibbs_not_applicable, "sigma is 0, and so is the temperature");
}

TEST(Scales, StateDependentNoiseHasNone) {
  Experiment e = small("x^2/2");
  e.sigma = "sqrt(1+x^2)";
  e.burn_in.reset();
  const Plan plan = make_plan(e);
  EXPECT_EQ(plan.scales.temperature, 0);
  EXPECT_EQ(plan.scales.alpha_unit, 0);
  EXPECT_FALSE(plan.scales.sigma.has_value());
  EXPECT_TRUE(plan.scales.corrected_virial_applies);
  EXPECT_NE(plan.gibbs_not_applicable.find("depends on the coordinates"), std::string::npos);
  EXPECT_TRUE(warns(plan, "burn-in was chosen with the noise at the lowest minimum"));
  EXPECT_GT(*plan.experiment.burn_in, 0u);
}

TEST(Scales, GibbsOfALossThatDoesNotConfineIsRefused) {
  const Plan plan = make_plan(small("0"));
  EXPECT_FALSE(plan.gibbs_not_applicable.empty());
  EXPECT_GT(plan.scales.temperature, 0);
}

}  // namespace
}  // namespace isotherm
