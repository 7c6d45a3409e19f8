// Every experiment that make_plan refuses: the message names the option, what is wrong, and what would be right.

#include "experiment/refusal.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "experiment/plan.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm {
namespace {

using test::Change;

Experiment small(const std::string& loss = "x^2/2") {
  Experiment experiment;
  experiment.loss = loss;
  experiment.particles = 256;
  experiment.steps = 10;
  experiment.burn_in = 0;
  return experiment;
}

void expect_refusal(const std::string& loss, const test::Change& change, const std::vector<std::string>& says) {
  test::expect_refusal(small(loss), change, says);
}

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Refusals, Counts) {
  expect_refusal("x^2", [](Experiment& e) { e.loss = ""; }, {"--loss", "no loss given", "--loss double-well"});
  for (const std::uint64_t particles : {std::uint64_t{0}, (std::uint64_t{1} << 50) + 1})
    expect_refusal("x^2", [=](Experiment& e) { e.particles = particles; }, {"--particles", "between 1 and"});
  for (const std::uint64_t steps : {std::uint64_t{0}, (std::uint64_t{1} << 60) + 1})
    expect_refusal("x^2", [=](Experiment& e) { e.steps = steps; }, {"--steps", "between 1 and"});
  expect_refusal("x^2", [](Experiment& e) { e.thinning = 0; }, {"--thinning", "1 or greater"});
  expect_refusal("x^2", [](Experiment& e) { e.burn_in = (std::uint64_t{1} << 60) + 1; }, {"--burn-in", "at most"});
  for (const double alpha : {0.0, -1.0, infinity, std::nan("")})
    expect_refusal("x^2", [=](Experiment& e) { e.alpha = alpha; }, {"--alpha", "greater than 0", "--alpha 0.5"});
}

TEST(Refusals, Rates) {
  for (const double eta : {0.0, -0.1, infinity, std::nan("")})
    expect_refusal("x^2", [=](Experiment& e) { e.eta = {eta}; }, {"--eta", "greater than 0", "--eta 0.05"});
  expect_refusal("x^2+y^2", [](Experiment& e) { e.eta = {0.1, -0.1}; }, {"--eta", "greater than 0"});
  expect_refusal("x^2+y^2",
                 [](Experiment& e) {
                   e.eta = {0.1, 0.1, 0.1};
                 },
                 {"--eta", "3 values for 2 coordinates", "one for each coordinate"});
  expect_refusal("x^2", [](Experiment& e) { e.dt = 0.01; }, {"--dt", "sgd steps by --eta", "--dynamics langevin"});
  for (const double dt : {0.0, -0.1, infinity, std::nan("")})
    expect_refusal("x^2",
                   [=](Experiment& e) {
                     e.dynamics = "langevin";
                     e.dt = dt;
                   },
                   {"--dt", "greater than 0", "--dt 0.01"});
  expect_refusal("x^2", [](Experiment& e) { e.dynamics = "sdg"; }, {"--dynamics", "'sdg'", "did you mean 'sgd'"});
}

TEST(Refusals, Noise) {
  expect_refusal("x^2", [](Experiment& e) { e.noise = "gausian"; },
                 {"--noise", "'gausian'", "did you mean 'gaussian'", "There are gaussian, "});
  const std::vector<Change> scales = {[](Experiment& e) { e.sigma = "2"; }, [](Experiment& e) { e.covariance = "2"; },
                                      [](Experiment& e) { e.temperature = 0.1; }};
  for (std::size_t i = 0; i < scales.size(); ++i) {
    expect_refusal("x^2",
                   [&](Experiment& e) {
                     scales[i](e);
                     scales[(i + 1) % 3](e);
                   },
                   {"--sigma, --covariance and --temperature", "give one of them"});
    expect_refusal("x^2",
                   [&](Experiment& e) {
                     e.noise = "none";
                     scales[i](e);
                   },
                   {"--noise none", "drop --sigma, --covariance and --temperature"});
    expect_refusal("x^2",
                   [&](Experiment& e) {
                     e.dynamics = "gradient-flow";
                     scales[i](e);
                   },
                   {"--dynamics gradient-flow", "drop --sigma, --covariance, --temperature and --batch-size"});
  }
  for (const double temperature : {0.0, -1.0, infinity, std::nan("")})
    expect_refusal("x^2", [=](Experiment& e) { e.temperature = temperature; },
                   {"--temperature", "greater than 0", "--temperature 0.1"});
}

TEST(Refusals, Sigma) {
  expect_refusal("x^2+y^2", [](Experiment& e) { e.sigma = "1,2,3"; },
                 {"--sigma", "3 values for 2 coordinates", "one for each coordinate"});
  expect_refusal("x^2", [](Experiment& e) { e.sigma = "-1"; },
                 {"--sigma", "-1", "not a standard deviation", "--sigma 1"});
  expect_refusal("x^2", [](Experiment& e) { e.sigma = "1/0"; }, {"--sigma", "division by 0", "must not be 0"});
  expect_refusal("x^2+y^2", [](Experiment& e) { e.sigma = "1,-2"; }, {"--sigma", "1,-2", "0 or greater"});
  expect_refusal("x^2", [](Experiment& e) { e.sigma = "1+cso(x)"; }, {"--sigma", "column 3", "cos"});
}

TEST(Refusals, Covariance) {
  const std::string two = "x^2+y^2", right = "symmetric positive definite 2 x 2 matrix";
  const auto refuse = [&](const std::string& matrix, std::vector<std::string> says) {
    says.insert(says.begin(), "--covariance");
    expect_refusal(
        two, [=](Experiment& e) { e.covariance = matrix; }, says);
  };
  refuse("1", {"1 row for 2 coordinates", right, "\"1,0.3;0.3,2\""});
  refuse("1,0;0,1;0,0", {"3 rows for 2 coordinates", right});
  refuse("1,0;0", {"row 2 has 1 number;", right});
  refuse("1,0,2;0,1", {"row 1 has 3 numbers;", right});
  for (const char* entry : {"b", "", "1x", "nan", "inf"})
    refuse("1,0;0," + std::string(entry), {"'" + std::string(entry) + "' in row 2 is not a number", right});
  refuse("1,0.2;0.3,1", {"not symmetric", right});
  refuse("1,2;2,1", {"not positive definite", "positive eigenvalues"});
  refuse("0,0;0,0", {"not positive definite"});
}

TEST(Refusals, Start) {
  const auto refuse = [](const InitialRequest& start, const std::string& what) {
    expect_refusal("x^2", [=](Experiment& e) { e.init = {start}; },
                   {"--init", what, "for example point:0, normal:0,1 or uniform:-1,1"});
  };
  refuse({"point", {}}, "point takes one number");
  refuse({"point", {0, 1}}, "point takes one number");
  refuse({"point", {infinity}}, "finite");
  refuse({"normal", {0}}, "normal takes a mean and a standard deviation");
  refuse({"normal", {0, 1, 2}}, "normal takes a mean and a standard deviation");
  refuse({"normal", {0, -1}}, "0 or greater");
  refuse({"normal", {0, 1, 2, 2}}, "lower clamp of normal must be below the upper");
  refuse({"normal", {std::nan(""), 1}}, "finite");
  refuse({"uniform", {0}}, "uniform takes two numbers");
  refuse({"uniform", {1, 1}}, "lower end below its upper end");
  refuse({"cauchy", {0, 1}}, "unknown law 'cauchy'; there are point, normal, uniform");
  expect_refusal("x^2+y^2+z^2",
                 [](Experiment& e) {
                   e.init = {{"point", {0}}, {"point", {1}}};
                 },
                 {"--init", "2 laws for 3 coordinates", "one for each"});
}

TEST(Refusals, Snapshots) {
  expect_refusal("x^2",
                 [](Experiment& e) {
                   e.burn_in = 7;
                   e.snapshots = {0, 17, 18};
                 },
                 {"--snapshots", "step 18 is after the last step 17", "burn-in included", "--steps"});
}

TEST(Refusals, UnusedSettings) {
  expect_refusal("x^2", [](Experiment& e) { e.set = {{"b", "1"}}; }, {"--set b", "nothing of that name", "drop it"});
  Experiment used = small("x^2/2");
  used.set = {{"b", "1"}, {"s", "2"}};
  used.sigma = "s";
  used.histogram = {{AxisRequest{"x + b", {}, {}, {}, false}}};
  EXPECT_NO_THROW(make_plan(used)) << "names of --sigma and --histogram are used";
}

TEST(Refusals, Histograms) {
  const auto refuse = [](const HistogramRequest& request, std::vector<std::string> says) {
    says.insert(says.begin(), "--histogram");
    expect_refusal(
        "x^2", [=](Experiment& e) { e.histogram = {request}; }, says);
  };
  const AxisRequest x{"x", {}, {}, {}, false};
  refuse({}, {"one or two axes", "x:200:-2:2"});
  refuse({x, x, x}, {"one or two axes", "x:100:-2:2,y:100:-2:2"});
  refuse({AxisRequest{"x", 0, {}, {}, false}}, {"x has 0 bins", "between 1 and"});
  refuse({AxisRequest{"x", (1 << 24) + 1, {}, {}, false}}, {"bins", "between 1 and 16777216"});
  refuse({AxisRequest{"x", 10, 1.0, 1.0, false}}, {"lower 1 is not below upper 1", "x:200:-2:2"});
  refuse({AxisRequest{"x", 10, -infinity, 1.0, false}}, {"lower -inf is not below upper 1"});
  refuse({AxisRequest{"x", 5000, -1.0, 1.0, false}, AxisRequest{"x^2", 5000, 0.0, 1.0, false}},
         {"'x,x^2' has 25020004 bins", "at most 16777216"});
  refuse({AxisRequest{"z", {}, {}, {}, false}}, {"'z'"});
  expect_refusal("x^2", [=](Experiment& e) { e.histogram = {{x}, {x}}; }, {"--histogram", "'x' is given twice"});
}

TEST(Refusals, Dimensions) {
  std::string loss = "0";
  for (int i = 0; i < 1025; ++i) loss += "+x" + std::to_string(i) + "^2";
  expect_refusal("x^2", [=](Experiment& e) { e.loss = loss; }, {"--loss", "1025 coordinates; at most 1024"});
}

}  // namespace
}  // namespace isotherm
