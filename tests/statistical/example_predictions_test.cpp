// What is predicted of SGD on examples, against the records of tests/data/oracles.json, closed forms and runs.

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "statistical/example_file.hpp"
#include "statistical/oracles.hpp"
#include "statistical/stationary.hpp"

namespace isotherm {
namespace {

using test::axis;
using test::exact;
using test::ExampleFile;
using test::oracle;
using test::Stationary;

const std::string tables = std::string(ISOTHERM_TEST_DATA) + "/tables/";

const theory::Prediction& named(const std::vector<theory::Prediction>& predictions, const std::string& name) {
  for (const theory::Prediction& prediction : predictions)
    if (prediction.name == name) return prediction;
  throw std::out_of_range(name);
}

theory::Prediction predicted(const Experiment& experiment, const std::string& name = "lyapunov") {
  return named(predict(experiment), name);
}

void expect_relative(double value, double expected, double tolerance) {
  EXPECT_NEAR(value, expected, tolerance * std::abs(expected));
}

/// Mean and covariance of the run are those predicted, and its verdict says so.
void expect_consistent(const Stationary& run, const theory::Prediction& prediction) {
  ASSERT_EQ(prediction.not_applicable, "");
  const std::size_t d = prediction.coordinates.size();
  for (std::size_t i = 0; i < d; ++i) {
    run.expect_mean(prediction.coordinates[i], *prediction.marginals[i].mean);
    for (std::size_t j = 0; j <= i; ++j) run.expect_covariance(i, j, prediction.covariance[i * d + j]);
  }
  EXPECT_EQ(run.result().verdict.outcome.at(prediction.name), verdict::Outcome::consistent)
      << run.result().verdict.statement;
  std::size_t compared = 0;
  for (const verdict::Comparison& comparison : run.result().verdict.comparisons)
    if (comparison.prediction == prediction.name && comparison.observable == "moments") ++compared;
  EXPECT_EQ(compared, 1u);
}

void expect_consistent(const Experiment& experiment, std::uint64_t particles = 50'000) {
  const Stationary run(experiment, particles);
  expect_consistent(run, named(run.result().predictions, "lyapunov"));
}

Experiment regression_of_t11(std::uint64_t batch_size) {
  Experiment e;
  e.loss = "(x1*a + x2*b - e)^2/2";
  e.random = {"a,b=gaussian:0,0;2,.6;.6,1", "e=normal:0,0.7"};
  e.eta = {0.1};
  e.batch_size = batch_size;
  return e;
}

TEST(ExamplePredictions, T11) {
  const Experiment e = regression_of_t11(1);
  const theory::Prediction p = predicted(e);
  ASSERT_EQ(p.not_applicable, "");
  expect_relative(p.covariance[0], oracle("T11", "C11"), 1e-11);
  expect_relative(p.covariance[1], oracle("T11", "C12"), 1e-10);
  expect_relative(p.covariance[3], oracle("T11", "C22"), 1e-11);
  expect_relative(*p.loss.mean, 0.49 / 2 + oracle("T11", "excess_loss"), 1e-11);
  // In closed form kappa = (eta/B) sum s_j / (2 - eta s_j (1 + 1/B)) reaches 1 there.
  expect_relative(*p.largest_rate, 0.278932014548, 1e-10);
  expect_relative(*predicted(regression_of_t11(4)).largest_rate, 0.577284582495, 1e-10);
}

/// a_i = (cos i, .5 + sin 2i), y_i = sin 3i for i = 1 ... 8.
std::string rows_of_t21() {
  std::string text = "a1,a2,y\n";
  for (int i = 1; i <= 8; ++i)
    text += exact(std::cos(i)) + "," + exact(0.5 + std::sin(2 * i)) + "," + exact(std::sin(3 * i)) + "\n";
  return text;
}

Experiment regression_of_t21(const ExampleFile& file, const std::string& sampling) {
  Experiment e;
  e.loss = "(w1*a1 + w2*a2 - y)^2/2";
  e.data = file.path();
  e.sampling = sampling;
  e.batch_size = 2;
  e.eta = {0.2};
  return e;
}

TEST(ExamplePredictions, T21) {
  const ExampleFile file("predicted_t21.csv", rows_of_t21());
  for (const auto& [sampling, name] :
       {std::pair("with-replacement", "repl"), std::pair("without-replacement", "no-repl")}) {
    const Experiment e = regression_of_t21(file, sampling);
    const theory::Prediction p = predicted(e);
    ASSERT_EQ(p.not_applicable, "");
    expect_relative(*p.marginals[0].mean, oracle("T21", "x*1"), 1e-12);
    expect_relative(*p.marginals[1].mean, oracle("T21", "x*2"), 1e-12);
    expect_relative(p.covariance[0], oracle("T21", std::string(name) + " C11"), 1e-12);
    expect_relative(p.covariance[1], oracle("T21", std::string(name) + " C12"), 1e-11);
    expect_relative(p.covariance[3], oracle("T21", std::string(name) + " C22"), 1e-12);
  }
}

TEST(ExamplePredictions, Momentum) {
  const ExampleFile file("predicted_t21_momentum.csv", rows_of_t21());
  for (const char* rule : {"momentum", "nesterov"}) {
    Experiment e = regression_of_t21(file, "without-replacement");
    e.dynamics = rule;
    e.mu = 0.6;
    e.eta = {0.05};
    const theory::Prediction p = predicted(e);
    ASSERT_EQ(p.not_applicable, "") << rule;
    expect_consistent(e);
    if (std::string(rule) != "momentum") continue;
    e.parameterization = "averaged";
    e.eta = {0.125};
    const theory::Prediction same = predicted(e);
    for (std::size_t i = 0; i < 4; ++i) expect_relative(same.covariance[i], p.covariance[i], 1e-9);
  }
}

TEST(ExamplePredictions, WeightDecayAndAddedNoise) {
  const ExampleFile file("predicted_t21_decay.csv", rows_of_t21());
  Experiment e = regression_of_t21(file, "with-replacement");
  e.weight_decay = 0.3;
  e.sigma = "0.2";
  expect_consistent(e);
  e.decoupled = true;
  expect_consistent(e);
  e.decoupled = false;
  e.dynamics = "langevin";
  e.dt = 0.1;
  expect_consistent(e);
}

/// Rows y on which L = (x - y)^2 / 2 has one curvature; their population variance.
struct Values {
  std::string text = "y\n";
  double variance = 0;
  explicit Values(int rows) {
    std::mt19937_64 bits(22);
    double sum = 0, square = 0;
    for (int i = 0; i < rows; ++i) {
      const double y = static_cast<double>(bits() >> 40) * 0x1p-24;
      text += exact(y) + "\n";
      sum += y, square += y * y;
    }
    variance = square / rows - sum * sum / rows / rows;
  }
};

Experiment reshuffled(const ExampleFile& file, double eta) {
  Experiment e;
  e.loss = "(x - y)^2/2";
  e.data = file.path();
  e.sampling = "reshuffle";
  e.eta = {eta};
  e.steps = 1;
  return e;
}

TEST(ExamplePredictions, T22) {
  const Values values(50);
  const ExampleFile file("predicted_t22.csv", values.text);
  const double unit = 0.01 * values.variance;
  const auto after = [&](std::uint64_t updates) {
    Experiment e = reshuffled(file, 0.01);
    e.burn_in = 1500 + updates - 1;
    return e;
  };
  const theory::Prediction end = predicted(after(0)), middle = predicted(after(25));
  expect_relative(*end.marginals[0].variance, unit * oracle("T22", "Var/(eta sigma^2) after last update of epoch"),
                  1e-12);
  expect_relative(*middle.marginals[0].variance, unit * oracle("T22", "Var/(eta sigma^2) after 25 updates"), 1e-12);
  ASSERT_TRUE(middle.epoch);
  EXPECT_EQ(middle.epoch->updates, 50u);
  EXPECT_EQ(middle.epoch->position, 25u);
  EXPECT_EQ(end.epoch->position, 50u);
  expect_relative(middle.epoch->mean_covariance[0],
                  unit * oracle("T22", "epoch-averaged Var/(eta sigma^2) = alpha_eff"), 1e-12);
  expect_relative(*middle.epoch->alpha, oracle("T22", "epoch-averaged Var/(eta sigma^2) = alpha_eff"), 1e-12);

  // Examples drawn anew are another chain.
  Experiment anew = after(25);
  anew.sampling = "";
  const Stationary run(after(25), 20'000);
  expect_consistent(run, named(run.result().predictions, "lyapunov"));
  const theory::Prediction wrong = predicted(anew);
  ASSERT_EQ(wrong.not_applicable, "");
  const verdict::Verdict verdict = verdict::judge(run.result().measurement, {wrong}, nullptr, run.result().scales);
  EXPECT_EQ(verdict.outcome.at("lyapunov"), verdict::Outcome::rejected);
}

/// Momentum, a short last batch and several dimensions, where the curvature is a matrix.
TEST(ExamplePredictions, ReshuffledBatchesOfOneCurvature) {
  std::mt19937_64 bits(7);
  std::string text = "u,v\n";
  for (int i = 0; i < 23; ++i)
    text += exact(static_cast<double>(bits() >> 40) * 0x1p-24) + "," +
            exact(static_cast<double>(bits() >> 40) * 0x1p-24) + "\n";
  const ExampleFile file("predicted_vectors.csv", text);
  Experiment e = reshuffled(file, 0.05);
  e.loss = "x^2 + 0.6*x*y + y^2/2 - x*u - y*(u + v)";
  e.batch_size = 5;
  e.dynamics = "momentum";
  e.mu = 0.5;
  for (const std::uint64_t burn_in : {403u, 404u}) {  // the last batch of an epoch has 3 examples
    e.burn_in = burn_in;
    expect_consistent(e);
  }
}

/// Mean of alpha over an epoch for N examples of one curvature, u = eta h N: -> 1/2 - 1/u + (1 - exp(-u)) / u^2.
TEST(ExamplePredictions, AlphaOfEpochsAgainstU) {
  const auto limit = [](double u) { return 0.5 - 1 / u + (1 - std::exp(-u)) / (u * u); };
  const auto alpha = [&](const ExampleFile& file, double u, int rows) {
    return *predicted(reshuffled(file, u / rows)).epoch->alpha;
  };
  const Values few(10), more(50), many(1000);
  const ExampleFile ten("predicted_ten.csv", few.text), fifty("predicted_fifty.csv", more.text),
      thousand("predicted_thousand.csv", many.text);
  for (const double u : {0.2, 0.4, 0.71, 1.0, 2.0, 4.0, 8.0, 16.0}) {
    const double apart_50 = std::abs(alpha(fifty, u, 50) / limit(u) - 1);
    const double apart_1000 = std::abs(alpha(thousand, u, 1000) / limit(u) - 1);
    EXPECT_LT(apart_50, std::abs(alpha(ten, u, 10) / limit(u) - 1)) << u;
    EXPECT_LT(apart_1000, apart_50 / 10) << u;

    Experiment e = reshuffled(fifty, u / 50);
    e.histogram = {{axis("x", 50, -1, 2)}, {axis("average((x - m)^2, 50)", 50, 0, 1)}};
    double mean = 0;
    for (const theory::Prediction& p : predict(reshuffled(fifty, u / 50)))
      if (p.name == "lyapunov") mean = *p.marginals[0].mean;
    e.set = {{"m", exact(mean)}};
    e.thinning = 50;
    e.particles = 20'000;
    e.steps = 50;
    e.backend = Backend::cpu;
    e.precision = Precision::twofold;
    const Result result = run(e);
    for (const SnapshotObservable& observable : result.measurement.last().observables)
      if (observable.name == "average((x - m)^2, 50)") {
        const double scale = u / 50 * more.variance;
        const double error = std::sqrt(observable.total.variance() / observable.total.count) / scale;
        EXPECT_LT(error, 0.01 * limit(u));
        EXPECT_LE(std::abs(observable.total.mean / scale - alpha(fifty, u, 50)), 5 * error) << u;
      }
  }
  expect_relative(alpha(fifty, 0.5, 50), oracle("T22", "epoch-averaged Var/(eta sigma^2) = alpha_eff"), 1e-12);
}

/// Two steps of one example are not one step of two at twice the rate (C22).
TEST(ExamplePredictions, C22) {
  const ExampleFile file("predicted_c22.csv", "y\n-1\n1\n");
  Experiment e;
  e.loss = "(x - y)^2/2";
  e.data = file.path();
  e.eta = {0.1};
  e.init = {{"point", {1}}};
  e.burn_in = 1;
  const Stationary two(e, 100'000);
  two.expect_mean("x", 0.81);
  two.expect_variance("x", 0.0181);
  e.eta = {0.2};
  e.batch_size = 2;
  e.burn_in = 0;
  const Stationary one(e, 100'000);
  one.expect_mean("x", 0.8);
  one.expect_variance("x", 0.02);
  // And their stationary laws.
  expect_relative(*predicted(e).marginals[0].variance, 0.2 / (2 * 1.8), 1e-12);
  e.batch_size = 1;
  e.eta = {0.1};
  expect_relative(*predicted(e).marginals[0].variance, 0.1 / 1.9, 1e-12);
}

TEST(ExamplePredictions, C28) {
  const ExampleFile file("predicted_c28.csv", "y\n-1\n1\n-1\n1\n");
  for (const std::uint64_t batch : {1, 4, 16, 64, 128, 199}) {
    Experiment e;
    e.loss = "(x - y)^2/2";
    e.data = file.path();
    e.batch_size = batch;
    const double eta = 0.01 * static_cast<double>(batch);
    e.eta = {eta};
    expect_relative(*predicted(e).marginals[0].variance, 0.01 / (2 - eta), 1e-10);
  }
}

TEST(ExamplePredictions, C29) {
  const ExampleFile file("predicted_c29.csv", "y\n-1\n1\n");
  Experiment e;
  e.loss = "(x - y)^2/2";
  e.data = file.path();
  e.batch_size = 16;
  e.dynamics = "momentum";
  const double unit = 0.01 / 2;  // eta0 s2 / (2 h)
  for (const auto& [mu, corrected, uncorrected] :
       {std::tuple(0.0, 1.0869565217, 1.087), std::tuple(0.5, 1.0273972603, 2.113),
        std::tuple(0.9, 1.0042283298, 10.44), std::tuple(0.99, 1.0004021717, 104.2)}) {
    e.mu = mu;
    e.eta = {16 * 0.01};
    expect_relative(*predicted(e).marginals[0].variance / unit, uncorrected, 5e-4);
    e.eta = {(1 - mu) * 16 * 0.01};
    expect_relative(*predicted(e).marginals[0].variance / unit, corrected, 1e-9);
    expect_consistent(e, 10'000);
  }
  // Three gradients a step, each of an example of its own: the noise is the sum of the squares of their weights.
  e.batch_size = 1;
  e.dynamics = "sgd";
  e.mu.reset();
  e.eta = {0.1};
  e.gradient_weights = {0.5, 0.3, 0.2};
  expect_relative(*predicted(e).marginals[0].variance, 0.38 * 0.1 / 1.9, 1e-12);
  expect_consistent(e, 20'000);
  e.gradient_weights = {};
  // What averages make of the noise of gradients that do not depend on x: sum of the squares of their weights.
  e.loss = "x*y";
  e.eta = {0.25};
  e.init = {{"point", {0}}};
  e.burn_in = 9;
  const Stationary boxcar(e, 50'000);  // x = -eta times the sum of ten gradients
  boxcar.expect_variance("x", 0.1 * (10 * 0.25) * (10 * 0.25));
  e.dynamics = "momentum";
  e.parameterization = "averaged";
  e.mu = 0.9;
  e.burn_in = 400;
  e.histogram = {{axis("v.x", 20, -2, 2)}};
  const Stationary moving(e, 50'000);
  moving.expect_variance("v.x", 0.0526315789);
}

TEST(ExamplePredictions, LeastSquaresOnTables) {
  Experiment linear;
  linear.loss = "(w0 + w1*dose + w2*age - response)^2/2";
  linear.data = tables + "linear.csv";
  linear.eta = {0.05};
  expect_consistent(linear);
  Experiment scales;
  scales.loss = "(w0 + w1*height + w2*weight + w3*sport - pressure)^2/2";
  scales.data = tables + "scales.csv";
  scales.standardize = true;
  scales.batch_size = 4;
  scales.sampling = "without-replacement";
  scales.eta = {0.1};
  expect_consistent(scales);
  // Another rate is another law.
  const Stationary run(linear, 50'000);
  linear.eta = {0.06};
  const verdict::Verdict verdict =
      verdict::judge(run.result().measurement, {predicted(linear)}, nullptr, run.result().scales);
  EXPECT_EQ(verdict.outcome.at("lyapunov"), verdict::Outcome::rejected);
}

TEST(ExamplePredictions, LogisticRegressionIsWithinTheErrorOfOrnsteinAndUhlenbeck) {
  Experiment e;
  e.loss = "log1p(exp(-label*(w0 + w1*left + w2*right)))";
  e.data = tables + "binary.csv";
  e.eta = {0.04};
  e.burn_in = 3000;
  e.histogram = {{axis("w0", 40, -1, 2)}};
  const Stationary run(e, 20'000);
  const theory::Prediction& p = named(run.result().predictions, "ornstein-uhlenbeck");
  ASSERT_EQ(p.not_applicable, "");
  EXPECT_GT(*p.covariance_error, 0.005);
  EXPECT_LT(*p.covariance_error, 0.3);
  const verdict::Comparison* moments = nullptr;
  for (const verdict::Comparison& comparison : run.result().verdict.comparisons)
    if (comparison.prediction == p.name && comparison.observable == "moments") moments = &comparison;
  ASSERT_NE(moments, nullptr);
  // Standard errors: of a mean 1/sqrt(N), of a relative variance sqrt(2/N), of 20000 particles.
  EXPECT_LT(moments->moments->covariance, *p.covariance_error + 5 * std::sqrt(2 / 2e4));
  EXPECT_LT(moments->moments->mean, *p.mean_error + 5 / std::sqrt(2e4));
  EXPECT_NE(named(run.result().predictions, "lyapunov").not_applicable, "");
}

/// The error that is stated is that of the covariance where everything is known.
TEST(ExamplePredictions, ErrorOfOrnsteinAndUhlenbeck) {
  const Experiment e = regression_of_t11(2);
  const theory::Prediction exact_law = predicted(e), approximate = predicted(e, "ornstein-uhlenbeck");
  ASSERT_EQ(approximate.not_applicable, "");
  const double apart = exact_law.covariance[0] / approximate.covariance[0] - 1;
  EXPECT_GT(apart, 0.05);
  EXPECT_NEAR(apart, *approximate.covariance_error, 0.2 * apart);
  EXPECT_EQ(*approximate.mean_error, 0);  // E w' = w - eta H (w - w*): that of the law is the minimum itself
}

TEST(ExamplePredictions, NoVarianceIsSaid) {
  Experiment e;
  e.loss = "(x*a - b)^2/2";
  e.random = {"a=normal", "b=normal"};
  e.eta = {0.5};
  // The moments of a normal number come from a quadrature, to 1e-12; the variance is 4 times as sensitive.
  expect_relative(*predicted(e).largest_rate, 2.0 / 3, 1e-11);
  expect_relative(*predicted(e).marginals[0].variance, 0.5 / (2 - 1.5), 1e-10);
  e.eta = {0.7};
  const theory::Prediction p = predicted(e);
  EXPECT_TRUE(p.no_variance);
  EXPECT_EQ(p.not_applicable, "no stationary variance: eta must be below 0.6666667");
  EXPECT_TRUE(p.covariance.empty());
  e.particles = 20'000;
  e.steps = 100;
  e.backend = Backend::cpu;
  const Result result = run(e);
  EXPECT_NE(result.verdict.statement.find("No stationary variance: eta must be below 0.6666667"), std::string::npos)
      << result.verdict.statement;
  EXPECT_FALSE(result.verdict.alpha.virial);
  EXPECT_FALSE(result.verdict.alpha.corrected_virial);
  // A feature without fourth moment leaves none at any rate.
  e.random = {"a=student-t:4", "b=normal"};
  EXPECT_NE(predicted(e).not_applicable.find("the law of a has no fourth moment"), std::string::npos);
}

}  // namespace
}  // namespace isotherm
