// SGD on examples: records T11, T21 and T22 of tests/data/oracles.json, and laws that are known in closed form. Rows
// are written to a file, as users give them.

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <random>

#include "statistical/oracles.hpp"
#include "statistical/stationary.hpp"

namespace isotherm {
namespace {

using test::axis;
using test::oracle;
using test::Stationary;

constexpr std::uint64_t particles = 1'000'000;

class File {
 public:
  File(const std::string& name, const std::string& text) : path_(testing::TempDir() + "isotherm_" + name) {
    std::ofstream(path_) << text;
  }
  ~File() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string exact(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

/// a_i = (cos i, .5 + sin 2i), y_i = sin 3i for i = 1 ... 8.
std::string t21_rows() {
  std::string text = "a1,a2,y\n";
  for (int i = 1; i <= 8; ++i)
    text += exact(std::cos(i)) + "," + exact(0.5 + std::sin(2 * i)) + "," + exact(std::sin(3 * i)) + "\n";
  return text;
}

void expect_t21(const std::string& sampling, const std::string& covariances) {
  const File file("t21_" + sampling + ".csv", t21_rows());
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
  const File file("t22.csv", text);
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
  after(0).expect_variance("phi", 0.01 * variance * oracle("T22", "Var/(eta sigma^2) after last update of epoch"));
  const Stationary middle = after(25);
  middle.expect_variance("phi", 0.01 * variance * oracle("T22", "Var/(eta sigma^2) after 25 updates"));
  EXPECT_NE(middle.result().verdict.statement.find("in a new order each epoch"), std::string::npos)
      << middle.result().verdict.statement;
}

TEST(Examples, ABatchOfAllRowsIsTheWholeGradient) {
  const File file("two.csv", "y\n-1\n3\n");
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
  const File file("signs" + exact(eta) + ".csv", "y\n-1\n1\n");
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
  const File file("c28.csv", text);
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
  }
}

}  // namespace
}  // namespace isotherm
