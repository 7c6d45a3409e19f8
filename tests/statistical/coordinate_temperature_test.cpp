// Temperatures by coordinate. |z| <= 5 has a false-alarm rate of 6e-7 for each value; seeds are fixed.

#include <algorithm>
#include <cmath>
#include <vector>

#include "stationary.hpp"

namespace isotherm::test {
namespace {

using verdict::Outcome;

void expect_temperatures(const Stationary& run, const std::string& what) {
  const verdict::CoordinateTemperatures& t = run.result().verdict.temperatures;
  ASSERT_EQ(t.method, "corrected virial") << what;
  for (const verdict::CoordinateTemperature& entry : t.by_coordinate) {
    ASSERT_TRUE(entry.expected.has_value()) << what;
    run.expect_z(entry.temperature.value, entry.temperature.standard_error, *entry.expected,
                 what + ": T_" + entry.coordinate);
  }
  ASSERT_TRUE(t.expected.p_value.has_value()) << what;
  EXPECT_GT(*t.expected.p_value, 1e-6) << what;
}

/// Noise of two sizes, a quadratic in x and log cosh in y: T = .04 and .0025, ratio 16 (C10: TTIC 31230, problem 2 of
/// "Temperature"; the corrected virial gives both exactly).
TEST(TwoTemperatures, AreMeasuredAndToldFromOne) {
  Experiment e;
  e.loss = "two-temperatures";
  e.eta = {0.02};
  e.sigma = "2,0.5";
  const Stationary run(e, 1'000'000);
  expect_temperatures(run, "two temperatures");
  const verdict::CoordinateTemperatures& t = run.result().verdict.temperatures;
  EXPECT_DOUBLE_EQ(*t.by_coordinate[0].expected, 0.04);
  EXPECT_DOUBLE_EQ(*t.by_coordinate[1].expected, 0.0025);
  const verdict::Estimate x = t.by_coordinate[0].temperature, y = t.by_coordinate[1].temperature;
  const double ratio = x.value / y.value;  // of independent coordinates
  run.expect_z(ratio, ratio * std::hypot(x.standard_error / x.value, y.standard_error / y.value), 16, "ratio");
  EXPECT_EQ(t.one.outcome, Outcome::rejected);
  EXPECT_LT(*t.one.log10_p_value, -1e4);
  EXPECT_EQ(t.expected.outcome, Outcome::consistent);
  EXPECT_EQ(run.result().verdict.outcome.at("gibbs"), Outcome::rejected);
  EXPECT_NE(run.result().verdict.statement.find("the coordinates have different temperatures: T_x = 0.0"),
            std::string::npos)
      << run.result().verdict.statement;
}

/// Rates eta_c proportional to 1 / sigma_c^2 make them one (C11). What is left is the finite step, which is not a
/// second temperature: Gibbs is rejected, one temperature is not.
TEST(OneTemperature, IsRestoredByTheRates) {
  Experiment e;
  e.loss = "two-temperatures";
  e.eta = {0.005, 0.08};
  e.sigma = "2,0.5";
  const Stationary run(e, 1'000'000);
  expect_temperatures(run, "one temperature");
  EXPECT_EQ(run.result().verdict.temperatures.one.outcome, Outcome::consistent);
  EXPECT_EQ(run.result().verdict.temperatures.one.degrees_of_freedom, 1.0);
  EXPECT_EQ(run.result().verdict.outcome.at("gibbs"), Outcome::rejected);
  EXPECT_EQ(run.result().verdict.statement.find("different temperatures"), std::string::npos);
}

/// A loss that couples its coordinates, with curvatures that differ: the identity does not need it to separate.
Experiment coupled(const std::string& dynamics) {
  Experiment e;
  e.loss = "x^2 + y^2/4 + log(cosh(2*x - y)) + x*y/4";
  e.dynamics = dynamics;
  e.eta = {0.12, 0.3};
  e.sigma = "1.5,0.4";
  return e;
}

TEST(CoordinateTemperature, IsExactWithoutSeparation) {
  constexpr std::uint64_t particles = 400'000;
  for (const std::string rule : {"sgd", "langevin"}) expect_temperatures(Stationary(coupled(rule), particles), rule);
  for (const std::string rule : {"momentum", "nesterov"}) {
    Experiment e = coupled(rule);
    e.mu = 0.7;
    expect_temperatures(Stationary(e, particles), rule);
  }
  Experiment averaged = coupled("momentum");
  averaged.mu = 0.7;
  averaged.parameterization = "averaged";
  expect_temperatures(Stationary(averaged, particles), "averaged momentum");

  Experiment skewed = coupled("sgd");
  skewed.noise = "two-point:0.2";
  expect_temperatures(Stationary(skewed, particles), "skewed noise");
  Experiment scaled = coupled("sgd");
  scaled.eta = {0.1};
  scaled.preconditioner = "0.5,2";
  scaled.gradient_weights = {0.5, 0.3, 0.4};
  expect_temperatures(Stationary(scaled, particles), "preconditioner and weights");
  Experiment decayed = coupled("sgd");
  decayed.weight_decay = 0.5;
  expect_temperatures(Stationary(decayed, particles), "weight decay");
  decayed.decoupled = true;
  expect_temperatures(Stationary(decayed, particles), "decoupled weight decay");
  decayed.gradient_weights = {0.5, 0.9};
  expect_temperatures(Stationary(decayed, particles), "decoupled weight decay and weights");

  Experiment correlated = coupled("sgd");
  correlated.eta = {0.2};
  correlated.sigma.clear();
  correlated.covariance = "1,-0.4;-0.4,0.5";
  const Stationary run(correlated, particles);
  expect_temperatures(run, "correlated noise");
  EXPECT_EQ(run.result().verdict.temperatures.one.outcome, Outcome::rejected) << ".1 and .05";
}

TEST(CoordinateTemperature, FindsNoiseThatIsNotWhatWasStated) {
  Experiment e = coupled("sgd");
  Plan plan = make_plan([&] {
    e.particles = 400'000;
    e.steps = 1;
    e.backend = Backend::cpu;
    return e;
  }());
  plan.scales.temperatures[1] *= 1.05;
  const Result result = isotherm::run(plan);
  EXPECT_EQ(result.verdict.temperatures.expected.outcome, Outcome::rejected);
  EXPECT_NE(result.verdict.statement.find("T_y = "), std::string::npos) << result.verdict.statement;
}

/// One temperature in three coupled coordinates at a step of which Gibbs would be rejected: p-values are uniform over
/// seeds (Kolmogorov's sqrt(n) D is above 1.95 with probability .001).
TEST(OneTemperature, HasUniformPValues) {
  Experiment e;
  e.loss = "x^2 + y^2/4 + z^2/2 + log(cosh(2*x - y + z))";
  e.eta = {0.2};
  e.particles = 5000;
  e.steps = 1;
  e.backend = Backend::cpu;
  e.histogram = {{axis("x", 10, -1, 1)}};
  Plan plan = make_plan(e);
  std::vector<double> one, expected;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    plan.simulation.seed = seed;
    const auto engine = make_engine(plan);
    const verdict::Verdict verdict = verdict::judge(measure(plan, *engine), {}, nullptr, plan.scales);
    one.push_back(verdict.temperatures.one.p_value.value());
    expected.push_back(verdict.temperatures.expected.p_value.value());
  }
  for (std::vector<double>* values : {&one, &expected}) {
    std::sort(values->begin(), values->end());
    double distance = 0;
    for (std::size_t i = 0; i < values->size(); ++i)
      distance = std::max(
          {distance, static_cast<double>(i + 1) / 100 - (*values)[i], (*values)[i] - static_cast<double>(i) / 100});
    EXPECT_LT(10 * distance, 1.95);
  }
}

/// RMSProp divides by sqrt(sigma^2 + g^2): to leading order T_c = eta sigma_c / 2, a ratio of 4 (C12: 3.985 with the
/// preconditioner frozen at sigma). Only the virial measures it.
TEST(CoordinateTemperature, OfRmspropIsToLeadingOrder) {
  Experiment e;
  e.loss = "x^2/2 + y^2/2";
  e.dynamics = "rmsprop";
  e.beta2 = 0.999;
  e.eta = {0.01};
  e.sigma = "2,0.5";
  e.burn_in = 8000;
  const Stationary run(e, 20'000);
  const verdict::CoordinateTemperatures& t = run.result().verdict.temperatures;
  ASSERT_EQ(t.method, "virial");
  EXPECT_NEAR(t.by_coordinate[0].temperature.value, 0.01, 0.05 * 0.01);
  EXPECT_NEAR(t.by_coordinate[1].temperature.value, 0.0025, 0.05 * 0.0025);
  EXPECT_FALSE(t.one.p_value.has_value());
}

/// Student's noise with 3 degrees of freedom has a variance but no fourth moment, and so have the positions.
TEST(HeavyTails, AreNamedWhereGibbsIsRejected) {
  Experiment e;
  e.loss = "quadratic";
  e.eta = {0.2};
  e.noise = "student-t:3";
  const Stationary heavy(e, 400'000);
  EXPECT_EQ(heavy.result().verdict.outcome.at("gibbs"), Outcome::rejected);
  EXPECT_NE(heavy.result().verdict.statement.find("infinite fourth moment"), std::string::npos)
      << heavy.result().verdict.statement;
  e.eta = {0.6};
  e.noise = "laplace";
  const Stationary laplace(e, 400'000);
  const std::string& said = laplace.result().verdict.statement;
  EXPECT_NE(said.find("The tails of x are heavier"), std::string::npos) << said;
  EXPECT_NE(said.find("The noise laplace is not Gaussian"), std::string::npos) << said;
}

}  // namespace
}  // namespace isotherm::test
