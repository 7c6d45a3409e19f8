// SGD on examples: records T11, T21 and T22 of tests/data/oracles.json, and laws that are known in closed form. Rows
// are written to a file, as users give them.

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "loss/model_data.hpp"
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

constexpr std::uint64_t particles = 1'000'000;

/// The run agrees with the exact prediction of its moments.
void expect_predicted(const Stationary& run) {
  EXPECT_EQ(run.result().verdict.outcome.at("lyapunov"), verdict::Outcome::consistent)
      << run.result().verdict.statement;
}

/// a_i = (cos i, .5 + sin 2i), y_i = sin 3i for i = 1 ... 8.
std::string t21_rows() {
  std::string text = "a1,a2,y\n";
  for (int i = 1; i <= 8; ++i)
    text += exact(std::cos(i)) + "," + exact(0.5 + std::sin(2 * i)) + "," + exact(std::sin(3 * i)) + "\n";
  return text;
}

void expect_t21(const std::string& sampling, const std::string& covariances) {
  const ExampleFile file("t21_" + sampling + ".csv", t21_rows());
  Experiment experiment;
  experiment.loss = "(w1*a1 + w2*a2 - y)^2/2";
  experiment.data = file.path();
  experiment.sampling = sampling;
  experiment.batch_size = 2;
  experiment.eta = {0.2};
  experiment.burn_in = 400;
  const Stationary run(experiment, particles);
  run.expect_mean("w1", oracle("T21", "x*1"));
  run.expect_mean("w2", oracle("T21", "x*2"));
  run.expect_covariance(0, 0, oracle("T21", covariances + " C11"));
  run.expect_covariance(0, 1, oracle("T21", covariances + " C12"));
  run.expect_covariance(1, 1, oracle("T21", covariances + " C22"));
  expect_predicted(run);
  run.expect_corrected_virial();
}

TEST(Examples, T21WithReplacement) { expect_t21("with-replacement", "repl"); }
TEST(Examples, T21WithoutReplacement) { expect_t21("without-replacement", "no-repl"); }

TEST(Examples, T11FreshExamples) {
  Experiment experiment;
  experiment.loss = "(x1*a + x2*b - e)^2/2";
  experiment.random = {"a,b=gaussian:0,0;2,.6;.6,1", "e=normal:0,0.7"};
  experiment.eta = {0.1};
  experiment.burn_in = 400;
  const Stationary run(experiment, particles);
  run.expect_covariance(0, 0, oracle("T11", "C11"));
  run.expect_covariance(0, 1, oracle("T11", "C12"));
  run.expect_covariance(1, 1, oracle("T11", "C22"));
  expect_predicted(run);
  // The loss is the mean over the law: half the noise of the labels, and the excess.
  run.expect_mean("loss", 0.49 / 2 + oracle("T11", "excess_loss"));
  run.expect_corrected_virial();
}

TEST(Examples, T22Reshuffled) {
  std::mt19937_64 bits(22);
  std::string text = "y\n";
  double sum = 0, square = 0;
  for (int i = 0; i < 50; ++i) {
    const double y = static_cast<double>(bits() >> 40) * 0x1p-24;
    text += exact(y) + "\n";
    sum += y, square += y * y;
  }
  const ExampleFile file("t22.csv", text);
  const double variance = square / 50 - sum * sum / 2500;
  const auto after = [&](std::uint64_t updates) {
    Experiment experiment;
    experiment.loss = "(phi - y)^2/2";
    experiment.coordinates = {"phi"};
    experiment.data = file.path();
    experiment.sampling = "reshuffle";
    experiment.eta = {0.01};
    experiment.burn_in = 1500 + updates - 1;
    return Stationary(experiment, particles);
  };
  const Stationary end = after(0);
  expect_predicted(end);
  end.expect_variance("phi", 0.01 * variance * oracle("T22", "Var/(eta sigma^2) after last update of epoch"));
  const Stationary middle = after(25);
  expect_predicted(middle);
  middle.expect_variance("phi", 0.01 * variance * oracle("T22", "Var/(eta sigma^2) after 25 updates"));
  EXPECT_NE(middle.result().verdict.statement.find("in a new order each epoch"), std::string::npos)
      << middle.result().verdict.statement;
}

TEST(Examples, ABatchOfAllRowsIsTheWholeGradient) {
  const ExampleFile file("two.csv", "y\n-1\n3\n");
  Experiment experiment;
  experiment.loss = "(x - y)^2/2";
  experiment.data = file.path();
  experiment.sampling = "reshuffle";
  experiment.batch_size = 2;
  experiment.eta = {0.5};
  experiment.burn_in = 100;
  experiment.init = {{"point", {7}}};
  experiment.particles = 1000;
  experiment.steps = 1;
  experiment.backend = Backend::cpu;
  const Result result = run(experiment);
  const MomentSum& x = result.measurement.last().observables.front().total;
  EXPECT_NEAR(x.mean, 1, 1e-6);
  EXPECT_EQ(x.m2, 0);
}

/// L = (x - y)^2 / 2 with y = +-1 (claims C06 and C13).
Stationary signs(double eta, const std::string& init) {
  const ExampleFile file("signs" + exact(eta) + ".csv", "y\n-1\n1\n");
  Experiment experiment;
  experiment.loss = "(x - y)^2/2";
  experiment.data = file.path();
  experiment.eta = {eta};
  experiment.burn_in = 200;
  experiment.init = {{init, {-0.5, 0.5}}};
  experiment.histogram = {{axis("x", 6, -1, 1)}};
  return Stationary(experiment, particles);
}

TEST(Examples, C13SmallSteps) {
  const Stationary run = signs(0.1, "uniform");
  run.expect_mean("x", 0);
  run.expect_variance("x", 1.0 / 19);  // eta Var(y) / (2 - eta)
  run.expect_fourth_moment("x", (3 - 0.2099447514) / (19.0 * 19));
  run.expect_corrected_virial();
}

TEST(Examples, C06UniformAtOneHalf) {
  const Stationary run = signs(0.5, "uniform");
  run.expect_variance("x", 1.0 / 3);
  for (std::size_t slot = 1; slot <= 6; ++slot) run.expect_fraction("x", slot, slot, 1.0 / 6);
}

TEST(Examples, C06CantorAtTwoThirds) {
  const Stationary run = signs(2.0 / 3, "uniform");
  run.expect_variance("x", 0.5);
  run.expect_fourth_moment("x", (3 - 1.6) / 4);
  const Histogram* histogram = nullptr;
  for (const Histogram& candidate : run.result().measurement.histograms)
    if (candidate.name == "x") histogram = &candidate;
  ASSERT_NE(histogram, nullptr);
  const std::vector<std::uint64_t> counts = histogram->total();
  // The middle third (-1/3, 1/3) is slots 3 and 4.
  EXPECT_EQ(counts[3] + counts[4], 0u);
}

/// The variance that the batch size leaves at eta = B eta0 (claim C28): 2 h Var / (eta0 s2) = 2 / (2 - B eta0 h).
TEST(Examples, C28BatchSizes) {
  std::string text = "y\n";
  for (int i = 0; i < 4; ++i) text += i % 2 == 0 ? "-1\n" : "1\n";
  const ExampleFile file("c28.csv", text);
  for (const std::uint64_t batch : {1, 4, 16, 64, 128, 199}) {
    Experiment experiment;
    experiment.loss = "(x - y)^2/2";
    experiment.data = file.path();
    experiment.batch_size = batch;
    const double eta = 0.01 * static_cast<double>(batch);
    experiment.eta = {eta};
    experiment.burn_in = static_cast<std::uint64_t>(std::ceil(12 / std::min(eta, 2 - eta)));
    const Stationary run(experiment, 200'000);
    run.expect_variance("x", 0.01 / (2 - eta));
    expect_predicted(run);
  }
}

class EveryModel : public testing::TestWithParam<std::string> {};

/// E|x'|^2 = E|x|^2 of the discrete chain, with the covariance of the batch's gradient at each particle; exact at every
/// learning rate for every loss.
TEST_P(EveryModel, ObeysTheVirialIdentity) {
  const loss::Model& model = *loss::find_model(GetParam());
  Experiment experiment = test::experiment_of(model);
  experiment.standardize = model.target == loss::Target::number;
  experiment.set = {{"l2", "0.1"}};
  if (model.defaults.contains("hidden")) experiment.set["hidden"] = "2";
  experiment.batch_size = 2;
  experiment.eta = {0.2};
  experiment.burn_in = 1500;
  experiment.init = {{"normal", {0, 1}}};
  Stationary(experiment, 50'000).expect_corrected_virial();
}

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const loss::Model& model : loss::models()) names.push_back(model.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Models, EveryModel, testing::ValuesIn(model_names()), [](const auto& info) {
  std::string name = info.param;
  std::erase(name, '-');
  return name;
});

/// A step of weights w_i has the mean sum w_i of a gradient, and the variance sum w_i^2: x' = (1 - eta W) x + eta sum
/// w_i y_i with W their sum (claim C29).
void expect_c29(const std::vector<double>& weights) {
  const ExampleFile file("c29.csv", "y\n-1\n1\n");
  double sum = 0, squares = 0;
  for (const double w : weights) sum += w, squares += w * w;
  Experiment experiment;
  experiment.loss = "(x - y)^2/2";
  experiment.data = file.path();
  experiment.gradient_weights = weights;
  experiment.eta = {0.2};
  experiment.burn_in = static_cast<std::uint64_t>(std::ceil(12 / (0.2 * sum)));
  const Stationary run(experiment, 200'000);
  const double a = 1 - 0.2 * sum;
  run.expect_mean("x", 0);
  run.expect_variance("x", 0.04 * squares / (1 - a * a));
  run.expect_corrected_virial();
}

TEST(Examples, C29WeightedGradients) {
  expect_c29({0.5, 0.3, 0.2});
  expect_c29(std::vector<double>(10, 0.1));
  std::vector<double> average;  // what a running average with mu = .9 gives
  for (int i = 0; i < 40; ++i) average.push_back(0.1 * std::pow(0.9, i));
  expect_c29(average);
}

/// Two gradients of two rows each exhaust an epoch of four rows: with equal weights the step is that of the whole
/// gradient.
TEST(Examples, WeightedGradientsGoThroughAnEpochInTurn) {
  const ExampleFile file("turn.csv", "y\n-1\n3\n2\n8\n");
  Experiment experiment;
  experiment.loss = "(x - y)^2/2";
  experiment.data = file.path();
  experiment.sampling = "reshuffle";
  experiment.batch_size = 2;
  experiment.gradient_weights = {0.5, 0.5};
  experiment.eta = {0.5};
  experiment.burn_in = 60;
  experiment.particles = 1000;
  experiment.steps = 1;
  experiment.backend = Backend::cpu;
  const Result result = run(experiment);
  EXPECT_NEAR(result.measurement.last().observables.front().total.mean, 3, 1e-5);
  EXPECT_LT(result.measurement.last().observables.front().total.m2, 1e-6);
}

/// Rows y = +-1 with label noise e ~ N(0, s^2): the variance of a gradient is 1 + s^2, and of the mean over a batch of
/// both rows without replacement only the fresh part is left, s^2 / 2.
TEST(Examples, FreshNumbersBesideRows) {
  const ExampleFile file("label_noise.csv", "y\n-1\n1\n");
  Experiment experiment;
  experiment.loss = "(x - y - e)^2/2";
  experiment.data = file.path();
  experiment.random = {"e=normal:0,0.5"};
  experiment.eta = {0.2};
  experiment.burn_in = 100;
  const Stationary with(experiment, particles);
  with.expect_mean("x", 0);
  with.expect_variance("x", 0.2 * 1.25 / 1.8);
  with.expect_corrected_virial();
  experiment.batch_size = 2;
  experiment.sampling = "without-replacement";
  const Stationary without(experiment, particles);
  without.expect_variance("x", 0.2 * 0.125 / 1.8);
  without.expect_corrected_virial();
}

/// Jitter of a feature: E (w (a + j) - y)^2 = w^2 s^2 + ..., so that the minimum is that of ridge regression.
TEST(Examples, JitterIsRidgeRegression) {
  const ExampleFile file("jitter.csv", "a,y\n1,2\n-1,-1\n2,3\n0,1\n");
  Experiment experiment;
  experiment.loss = "(w*(a + j) - y)^2/2";
  experiment.data = file.path();
  experiment.random = {"j=normal:0,0.5"};
  experiment.eta = {0.05};
  experiment.burn_in = 300;
  const Stationary run(experiment, particles);
  run.expect_mean("w", (9.0 / 4) / (6.0 / 4 + 0.25));
  run.expect_corrected_virial();
}

/// State n has used n mod N rows of its epoch: 10 samples at each position of 5.
TEST(Examples, EpochPosition) {
  const ExampleFile file("epoch.csv", "y\n-1\n3\n2\n8\n1\n");
  Experiment experiment;
  experiment.loss = "(x - y)^2/2";
  experiment.data = file.path();
  experiment.sampling = "reshuffle";
  experiment.batch_size = 2;  // positions 0, 2, 4
  experiment.eta = {0.1};
  experiment.burn_in = 1;
  experiment.steps = 10;
  experiment.thinning = 1;
  experiment.particles = 1000;
  experiment.backend = Backend::cpu;
  experiment.histogram = {{AxisRequest{"epoch-position", 5, -0.5, 4.5, false}}};
  const Result result = run(experiment);
  // States 2 ... 11: 3, 6, 9 are at 0; 4, 7, 10 at 2; 2, 5, 8, 11 at 4.
  EXPECT_EQ(result.measurement.histograms.front().total(), (std::vector<std::uint64_t>{0, 3000, 0, 3000, 0, 4000, 0}));
}

}  // namespace
}  // namespace isotherm
