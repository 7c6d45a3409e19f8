#include "cli/experiment_file.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/options.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::cli {
namespace {

Experiment read(const std::string& text) {
  Experiment experiment;
  read_experiment_text(text, "run.toml", experiment);
  return experiment;
}

std::string complaint(const std::string& text) {
  try {
    read(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(ExperimentFile, KeysAreTheOptions) {
  const Experiment e = read(R"(
# a comment
loss = "x^2/2 # not a comment"
coordinates = ["x", "y"]
dynamics = "langevin"
eta = [0.1, 2]
dt = 1e-3
sigma = [1, 0.5]
covariance = [[1, 0.6], [0.6, 1]]
particles = 4e6
steps = 1_000
burn-in = "auto"
snapshots = [5, 100]
init = ["normal:0,1", "point:2"]
seed = 18
precision = "double"
backend = "cpu"
histogram = ["x:200:-2:2", "x:10:0:1,y:10:0:1"]
format = "json,csv"
json = true
expect = "consistent:gibbs"
[set]
h = 2
matrix = [[1, 2], [2, 5]]
name = "1,2"
)");
  EXPECT_EQ(e.loss, "x^2/2 # not a comment");
  EXPECT_EQ(e.coordinates, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(e.dynamics, "langevin");
  EXPECT_EQ(e.eta, (std::vector<double>{0.1, 2}));
  EXPECT_EQ(e.dt, 1e-3);
  EXPECT_EQ(e.sigma, "1,0.5");
  EXPECT_EQ(e.covariance, "1,0.6;0.6,1");
  EXPECT_EQ(e.particles, 4000000u);
  EXPECT_EQ(e.steps, 1000u);
  EXPECT_FALSE(e.burn_in);
  EXPECT_EQ(e.snapshots, (std::vector<std::uint64_t>{5, 100}));
  ASSERT_EQ(e.init.size(), 2u);
  EXPECT_EQ(e.init[1].law, "point");
  EXPECT_EQ(e.precision, Precision::twofold);
  EXPECT_EQ(e.backend, Backend::cpu);
  ASSERT_EQ(e.histogram.size(), 2u);
  EXPECT_EQ(e.histogram[1].size(), 2u);
  EXPECT_EQ(e.format, (std::vector<std::string>{"json", "csv"}));
  EXPECT_TRUE(e.json);
  EXPECT_EQ(e.set.at("h"), "2");
  EXPECT_EQ(e.set.at("matrix"), "1,2;2,5");
  EXPECT_EQ(e.set.at("name"), "1,2");
}

TEST(ExperimentFile, ErrorsSayWhere) {
  EXPECT_EQ(complaint("loss = \"x\"\n  etaa = 0.1\n"), "run.toml:2:3: unknown key 'etaa'; did you mean eta?");
  EXPECT_EQ(complaint("burn_in = 5"), "run.toml:1:1: unknown key 'burn_in'; did you mean burn-in?");
  EXPECT_EQ(complaint("loss = \"x\"\neta = -1\n"),
            "run.toml:2:7: eta = -1: must be greater than 0, for example eta = 0.05");
  EXPECT_EQ(complaint("eta = nan"), "run.toml:1:7: eta = nan: must be a finite number, for example eta = 0.05");
  EXPECT_EQ(complaint("eta = true"), "run.toml:1:7: eta: must be a number or an array of numbers, not true or false");
  EXPECT_EQ(complaint("loss = 3"), "run.toml:1:8: loss: must be a string, not a number");
  EXPECT_EQ(complaint("json = \"yes\""), "run.toml:1:8: json: must be true or false, not a string");
  EXPECT_EQ(complaint("seed = 1979-05-27"), "run.toml:1:8: seed: must be a number, not a date or time");
  EXPECT_EQ(
      complaint("seed = 18446744073709551615"),
      "run.toml:1:28: Error while parsing decimal integer: '18446744073709551615' is not representable in 64 bits; "
      "a number above 2^63 - 1 stands in quotes, for example seed = \"9223372036854775808\"");
  EXPECT_EQ(complaint("set = 3"), "run.toml:1:7: set: must be a table of NAME = VALUE, not a number");
  EXPECT_EQ(complaint("[set]\nh = true"),
            "run.toml:2:5: set.h: must be a number, a string or a matrix, not true or false");
  EXPECT_EQ(complaint("histogram = [\"x:10:2:1\"]"),
            "run.toml:1:13: histogram = x:10:2:1: lower end 2 must be less than upper end 1, for example histogram = "
            "\"x:200:-2:2\"");
  EXPECT_EQ(complaint("histogram = []"), "run.toml:1:13: histogram: must not be empty; leave the key out");
}

TEST(ExperimentFile, SyntaxErrorsHaveLineAndColumn) {
  for (const char* text :
       {"loss = \"x\"\neta = \n", "loss = \"x\"\neta 0.1\n", "loss = \"x\"\n[set\n", "loss = \"x\"\nloss = \"y\"\n"}) {
    const std::string message = complaint(text);
    EXPECT_EQ(message.find("run.toml:2:"), 0u) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

TEST(ExperimentFile, MissingFilesAndFolders) {
  Experiment experiment;
  EXPECT_THROW(read_experiment_file("/nowhere/run.toml", experiment), InputError);
  EXPECT_THROW(read_experiment_file("/tmp", experiment), InputError);
}

TEST(ExperimentFile, WrittenFilesReadBackToTheSameBits) {
  Experiment e;
  e.loss = "a*x^4/4 - \"quoted\" \\ \t";
  e.coordinates = {"x"};
  e.set = {{"a", "0.1"}, {"m", "1,2;2,3"}};
  e.eta = {0.1 + 0.2};
  e.dt = 1.0 / 3;
  e.temperature = 5e-324;
  e.sigma = "1+x^2";
  e.covariance = "1,0.6;0.6,1";
  e.particles = 123456789012345;
  e.burn_in = 77;
  e.snapshots = {1, 2};
  e.init = {{"normal", {1e-17, 1.0 / 7}}};
  e.seed = ~std::uint64_t{0};
  e.precision = Precision::twofold;
  e.histogram = {{{"x", 200, -1.0 / 3, 2.0 / 3, false}}, {{"x", 8, -1, 1, true}, {"loss", 4, 0, 1, false}}};
  e.alpha = 0.1;
  e.format = {"json", "csv"};
  e.expect = "consistent:gibbs";
  e.quiet = true;
  const std::string text = experiment_toml(e);
  const Experiment back = read(text);
  EXPECT_EQ(experiment_json(back), experiment_json(e)) << text;
  EXPECT_EQ(experiment_toml(back), text);
  EXPECT_EQ(back.eta.front(), 0.1 + 0.2);
  EXPECT_EQ(back.temperature, 5e-324);
  EXPECT_EQ(back.seed, ~std::uint64_t{0});
  EXPECT_EQ(back.init.front().parameters[1], 1.0 / 7);
  EXPECT_EQ(*back.histogram[0][0].lower, -1.0 / 3);
  EXPECT_EQ(back.loss, e.loss);
  EXPECT_EQ(back.set, e.set);
}

TEST(ExperimentFile, TheDefaultsRoundTrip) {
  EXPECT_EQ(experiment_json(read(experiment_toml(Experiment{}))), experiment_json(Experiment{}));
}

}  // namespace
}  // namespace isotherm::cli
