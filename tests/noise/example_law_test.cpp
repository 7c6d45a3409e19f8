// Laws of examples that are drawn fresh: what --random accepts, and what is built from raw numbers.

#include "noise/example_law.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "isotherm/core/error.hpp"
#include "loss/interpreter.hpp"
#include "loss/program.hpp"

namespace isotherm::noise {
namespace {

std::string refusal(const std::string& text) {
  try {
    parse_example_law(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// The values of the names, with state rows in the place of raw numbers.
std::vector<double> values(const std::string& text, const std::vector<double>& raw) {
  const ExampleLaw law = parse_example_law(text);
  EXPECT_EQ(law.raw_numbers(), raw.size());
  loss::Graph graph;
  std::vector<loss::NodeId> nodes;
  for (std::size_t i = 0; i < raw.size(); ++i) nodes.push_back(graph.state(i));
  const std::vector<loss::NodeId> built = law.build(graph, nodes);
  std::vector<double> settings;
  for (const std::string& name : graph.settings()) {
    bool found = false;
    for (const auto& [known, value] : law.settings())
      if (known == name) settings.push_back(value), found = true;
    EXPECT_TRUE(found) << name;
  }
  std::vector<double> out(built.size());
  loss::Interpreter<double> interpreter(loss::lower(graph, built));
  interpreter(raw, {}, loss::evaluate_constants(graph, interpreter.program(), settings, {}), out);
  return out;
}

TEST(ExampleLaw, LocationAndScale) {
  EXPECT_EQ(values("a=normal:3,2", {0.5}), (std::vector<double>{4}));
  EXPECT_EQ(values("a=normal", {0.5}), (std::vector<double>{0.5}));
  EXPECT_NEAR(values("a=uniform:2,6", {0.5})[0], 5, 1e-15);
  EXPECT_EQ(values("a=rademacher", {-1}), (std::vector<double>{-1}));
  EXPECT_NEAR(values("a=laplace", {-0.25})[0], std::log(0.25) / std::sqrt(2.0), 1e-15);
  const double t = std::sqrt(3 * (std::pow(0.5, -2 / 5.0) - 1)) * std::cos(0.3 * 3.14159265358979324);
  EXPECT_NEAR(values("a=student-t:5", {0.5, 0.3})[0], t, 1e-14);
}

TEST(ExampleLaw, JointlyNormal) {
  const std::vector<double> got = values("a, b=gaussian:1,2; 4,2; 2,10", {0.5, -1});
  EXPECT_NEAR(got[0], 1 + 2 * 0.5, 1e-15);
  EXPECT_NEAR(got[1], 2 + 1 * 0.5 - 3 * 1, 1e-15);
  const ExampleLaw law = parse_example_law("a,b=gaussian:1,2;4,2;2,10");
  EXPECT_EQ(law.names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(law.mean, (std::vector<double>{1, 2}));
  EXPECT_EQ(*law.covariance, (std::vector<double>{4, 2, 2, 10}));
  EXPECT_EQ(law.raw(), random::Law::normal);
}

TEST(ExampleLaw, Moments) {
  EXPECT_NEAR((*parse_example_law("a=uniform:2,6").covariance)[0], 16 / 12.0, 1e-15);
  EXPECT_EQ(parse_example_law("a=uniform:2,6").mean[0], 4);
  EXPECT_NEAR(*parse_example_law("a=uniform:2,6").excess_kurtosis(), -1.2, 1e-15);
  EXPECT_EQ((*parse_example_law("a=normal:0,3").covariance)[0], 9);
  EXPECT_FALSE(parse_example_law("a=student-t:2").covariance);
}

TEST(ExampleLaw, WrongOnes) {
  const auto starts = [](const std::string& text, const std::string& problem) {
    const std::string message = refusal(text);
    EXPECT_TRUE(message.starts_with("--random " + text + ": " + problem)) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos);
    EXPECT_EQ(message.find("--noise"), std::string::npos) << message;
  };
  starts("normal", "write NAME=LAW");
  starts("a=nromal:0,1", "unknown law 'nromal'; did you mean 'normal'?");
  starts("a=", "unknown law ''");
  starts("a=normal:0", "write normal:MEAN,DEVIATION");
  starts("a=normal:0,0", "the standard deviation must be greater than 0");
  starts("a=normal:0,nan", "'nan' is not a number");
  starts("a=normal:", "'' is not a number");
  starts("a=uniform", "");
  starts("a=uniform:1,1", "the lower end must be below the upper");
  starts("a=rademacher:1", "rademacher takes no parameter; write a=rademacher");
  starts("a=student-t", "student-t needs NU; write student-t:NU, for example a=student-t:5");
  starts("a=student-t:0", "the degrees of freedom must be above 0");
  starts("1a=normal", "'1a' is no name that an expression could use");
  starts("pi=normal", "'pi' is no name that an expression could use");
  starts("a,b=normal:0,1", "several names need a joint law");
  starts("a,a=gaussian:0,0;1,0;0,1", "the name 'a' stands twice");
  starts("a,b=gaussian:0,0", "1 row of numbers, and 3 are needed");
  starts("a,b=gaussian:0,0;1,0;0", "'0' has 1 number, and 2 are needed");
  starts("a,b=gaussian:0,0;1,0.5;0.4,1", "the covariance is not symmetric: row 2, column 1");
  starts("a,b=gaussian:0,0;1,2;2,1", "the covariance is not positive definite");
  const std::vector<std::string> twice{"a=normal:0,1", "a=laplace"};
  EXPECT_THROW(parse_example_laws(twice), InputError);
}

}  // namespace
}  // namespace isotherm::noise
