// Temperatures by coordinate: their sum is the corrected virial, and where there are none the plan says why.

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>

#include "dynamics/dynamics.hpp"
#include "experiment/run.hpp"

namespace isotherm {
namespace {

/// A well in which all coordinates are coupled.
Experiment coupled(const std::string& dynamics = "sgd") {
  Experiment experiment;
  experiment.loss = "x^2/2 + y^2 + log(cosh(x + 2*y - z)) + z^2/4";
  experiment.dynamics = dynamics;
  experiment.eta = {0.1, 0.05, 0.08};
  experiment.sigma = "1,0.5,2";
  experiment.backend = Backend::cpu;
  experiment.threads = 1;
  experiment.particles = 1000;
  experiment.burn_in = 10;
  experiment.steps = 10;
  return experiment;
}

const ComomentSum& by_coordinate(const Result& result) { return result.measurement.last().coordinate_temperatures; }

TEST(CoordinateTemperatures, AddUpToTheCorrectedVirial) {
  std::size_t rules = 0;
  for (const dynamics::Descriptor& rule : dynamics::registry()) {
    if (!rule.corrected_virial) continue;
    ++rules;
    const Result result = run(coupled(rule.name));
    ASSERT_EQ(by_coordinate(result).size(), 3u) << rule.name;
    EXPECT_EQ(result.verdict.temperatures.method, "corrected virial") << rule.name;
    double sum = 0, variance = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      sum += by_coordinate(result).mean[i];
      for (std::size_t j = 0; j < 3; ++j) variance += by_coordinate(result).covariance(i, j);
    }
    constexpr auto total = static_cast<std::size_t>(TemperatureObservable::corrected_virial);
    const ComomentSum& all = result.measurement.last().temperature;
    EXPECT_NEAR(sum, all.mean[total], 1e-12 * std::abs(sum)) << rule.name;
    EXPECT_NEAR(variance, all.covariance(total, total), 1e-11 * variance) << rule.name;
  }
  EXPECT_GE(rules, 4u);
}

TEST(CoordinateTemperatures, AreTheVirialWhereTheRuleHasNoIdentity) {
  for (const std::string name : {"rmsprop", "heun", "leimkuhler-matthews"}) {
    const Result result = run(coupled(name));
    ASSERT_EQ(by_coordinate(result).size(), 3u) << name;
    EXPECT_EQ(result.verdict.temperatures.method, "virial") << name;
    EXPECT_FALSE(result.verdict.temperatures.one.p_value) << name;
    const double sum = by_coordinate(result).mean[0] + by_coordinate(result).mean[1] + by_coordinate(result).mean[2];
    constexpr auto virial = static_cast<std::size_t>(TemperatureObservable::virial);
    EXPECT_NEAR(sum, result.measurement.last().temperature.mean[virial], 1e-12 * std::abs(sum)) << name;
  }
}

TEST(CoordinateTemperatures, DoNotDependOnHowTheyWereComputed) {
  Experiment experiment = coupled();
  experiment.particles = 3000;
  const Result whole = run(experiment);
  experiment.chunk = 512;
  experiment.threads = 2;
  const Result parts = run(experiment);
  EXPECT_EQ(by_coordinate(whole).mean, by_coordinate(parts).mean);
  EXPECT_EQ(by_coordinate(whole).comoment, by_coordinate(parts).comoment);
}

TEST(CoordinateTemperatures, AreAbsentWithAReason) {
  const auto expect_reason = [](const Experiment& experiment, const std::string& words) {
    const Result result = run(experiment);
    EXPECT_EQ(by_coordinate(result).size(), 0u) << words;
    EXPECT_TRUE(result.verdict.temperatures.by_coordinate.empty()) << words;
    EXPECT_NE(result.verdict.temperatures.one.reason.find(words), std::string::npos)
        << words << ": " << result.verdict.temperatures.one.reason;
  };
  Experiment full = coupled();
  full.eta = {0.1};
  full.preconditioner = "1,0.2,0;0.2,1,0;0,0,1";
  expect_reason(full, "preconditioner mixes");
  Experiment state_dependent = coupled();
  state_dependent.sigma = "1 + x^2";
  expect_reason(state_dependent, "depends on the coordinates");
  Experiment cooling = coupled();
  cooling.eta.clear();
  cooling.schedule = "power:0.1,1";
  expect_reason(cooling, "keeps changing");
  Experiment silent = coupled();
  silent.sigma.clear();
  silent.noise = "none";
  expect_reason(silent, "no noise");
  Experiment wild = coupled();
  wild.noise = "student-t:1.5";
  expect_reason(wild, "no variance");
  Experiment own_rates = coupled("statistical-rate");
  own_rates.eta.clear();
  expect_reason(own_rates, "has no temperature");
  own_rates.dynamics = "mcallester";
  expect_reason(own_rates, "anneals itself");
  Experiment unevenly = coupled();
  unevenly.eta = {0.1};
  unevenly.weight_decay = 0.1;
  unevenly.decoupled = true;
  unevenly.preconditioner = "1,2,1";
  expect_reason(unevenly, "decoupled decay");
}

TEST(CoordinateTemperatures, GoUpTo64Coordinates) {
  Experiment experiment = coupled();
  experiment.eta = {0.1};
  experiment.sigma.clear();
  const auto of_dimension = [&](int dimension) {
    experiment.loss.clear();
    for (int i = 1; i <= dimension; ++i) experiment.loss += (i > 1 ? " + " : "") + ("x" + std::to_string(i)) + "^2/2";
    return run(experiment);
  };
  const Result most = of_dimension(64);
  EXPECT_EQ(by_coordinate(most).size(), 64u);
  EXPECT_EQ(most.verdict.temperatures.one.degrees_of_freedom, 63.0);
  const Result beyond = of_dimension(65);
  EXPECT_EQ(by_coordinate(beyond).size(), 0u);
  EXPECT_NE(beyond.verdict.temperatures.one.reason.find("64"), std::string::npos);
  const Result one = of_dimension(1);
  EXPECT_EQ(by_coordinate(one).size(), 0u);
  EXPECT_TRUE(one.verdict.temperatures.one.reason.empty());
}

/// Exact on a coupled quadratic with noise that is correlated, without a sample: with H and the stationary covariance C
/// of the chain, (HC)_cc - (eta_c / 2) (HCH)_cc = eta_c Sigma_cc / 2.
TEST(CoordinateTemperatures, AreExactForTheCovarianceOfTheChain) {
  Experiment experiment = coupled();
  experiment.loss = "x^2 + 0.6*x*y + y^2/2";
  experiment.eta = {0.3};
  experiment.sigma.clear();
  experiment.covariance = "1,-0.3;-0.3,0.5";
  for (const theory::Prediction& prediction : predict(experiment)) {
    if (prediction.name != "lyapunov") continue;
    ASSERT_EQ(prediction.covariance.size(), 4u);
    const Eigen::Matrix2d c = Eigen::Map<const Eigen::Matrix2d>(prediction.covariance.data());
    Eigen::Matrix2d h;
    h << 2, 0.6, 0.6, 1;
    const Eigen::Matrix2d temperature = h * c - 0.15 * h * c * h;
    EXPECT_NEAR(temperature(0, 0), 0.3 * 1 / 2, 1e-13);
    EXPECT_NEAR(temperature(1, 1), 0.3 * 0.5 / 2, 1e-13);
    return;
  }
  FAIL() << "no prediction";
}

}  // namespace
}  // namespace isotherm
