#include "loss/problem.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "loss/evaluate.hpp"
#include "loss/parser.hpp"

namespace isotherm::loss {
namespace {

using List = std::vector<std::string>;

std::string error_of(const ProblemRequest& request) {
  try {
    Problem problem(request);
  } catch (const InputError& error) {
    const std::string text = error.what();
    return text.substr(0, text.find('\n'));
  }
  return "";
}

TEST(Problem, ALossWithoutCoordinatesIsOneDimensional) {
  Problem flat = make_problem("0");
  EXPECT_EQ(flat.coordinates(), List{"x"});
  EXPECT_EQ(flat.gradient()[0], flat.graph().literal(0));
  EXPECT_EQ(Function(flat, flat.gradient())(3.0), 0);
  EXPECT_EQ(make_problem("x", {{"x", "2"}}).coordinates(), List{"y"});
  EXPECT_EQ(make_problem("0", {}, {"u", "v"}).coordinates(), (List{"u", "v"}));
}

TEST(Problem, ListedCoordinatesMayBeAbsentFromTheLoss) {
  Problem problem = make_problem("theta^2", {}, {"x", "theta"});
  EXPECT_EQ(problem.dimension(), 2u);
  std::vector<double> g(2);
  Function(problem, problem.gradient())(std::vector<double>{1, 3}, g);
  EXPECT_EQ(g, (std::vector<double>{0, 6}));
}

TEST(Problem, SettingsAreReadAsNumbersAndMayChange) {
  Problem problem = make_problem("h*x^2/2", {{"h", "pi/2"}});
  EXPECT_DOUBLE_EQ(problem.values().at("h"), std::acos(0.0));
  EXPECT_DOUBLE_EQ(Function(problem, problem.value())(2.0), std::acos(-1.0));
  problem.set_value("h", 8);
  EXPECT_DOUBLE_EQ(Function(problem, problem.value())(2.0), 16);
}

TEST(Problem, CatalogueParametersHaveDefaults) {
  Problem problem = make_problem("rugged", {{"k", "2"}});
  EXPECT_EQ(problem.values().at("A"), 0.05);
  EXPECT_EQ(problem.values().at("k"), 2);
  EXPECT_EQ(problem.expression(), "x^2/2 + A*(1-cos(k*x))");
}

TEST(Problem, FurtherExpressionsKnowTheLossAndTheSettings) {
  Problem problem = make_problem("h*x^2/2 + y^2", {{"h", "3"}});
  EXPECT_EQ(problem.parse("loss", "--histogram"), problem.value());
  EXPECT_EQ(problem.parse("y", "--histogram"), problem.graph().state(1));
  EXPECT_DOUBLE_EQ(Function(problem, problem.parse("2*loss - h", "--histogram"))(std::vector<double>{1, 1}), 2);
  EXPECT_THROW(problem.parse("z", "--sigma"), ParseError);
  try {
    problem.parse("1 + los", "--histogram");
    FAIL();
  } catch (const ParseError& error) {
    EXPECT_EQ(std::string(error.what()).substr(0, 66),
              "--histogram: column 5: unknown name 'los'; did you mean 'loss'?\n1 ");
  }
}

TEST(Problem, UnusedSettingsAreNamed) {
  Problem problem = make_problem("a*x^2", {{"a", "1"}, {"b", "2"}, {"c", "3"}});
  EXPECT_EQ(problem.unused_settings(), (List{"b", "c"}));
  problem.parse("b*x", "--sigma");
  EXPECT_EQ(problem.unused_settings(), List{"c"});
  EXPECT_EQ(make_problem("quadratic", {{"h", "1,2"}, {"dimension", "2"}}).unused_settings(), List{});
  EXPECT_EQ(make_problem("double-well", {{"h", "1"}}).unused_settings(), List{"h"});
  EXPECT_EQ(make_problem("rugged").unused_settings(), List{}) << "defaults need not be used";
}

TEST(Problem, Mistakes) {
  EXPECT_EQ(error_of({.loss = " ", .set = {}, .coordinates = {}}),
            "--loss: empty; give an expression such as 'x^2/2', or a name that `isotherm list losses` shows");
  EXPECT_EQ(error_of({.loss = "double-wel", .set = {}, .coordinates = {}}),
            "--loss: unknown loss 'double-wel'; did you mean 'double-well'?");
  EXPECT_EQ(error_of({.loss = "double_well", .set = {}, .coordinates = {}}),
            "--loss: unknown loss 'double_well'; did you mean 'double-well'?");
  EXPECT_EQ(error_of({.loss = "x", .set = {{"h", "large"}}, .coordinates = {}}),
            "--set h: column 1: unknown name 'large'; only numbers are allowed here");
  EXPECT_EQ(error_of({.loss = "x", .set = {{"h", "1,2"}}, .coordinates = {}}),
            "--set h: column 2: ',' stands outside a call; a decimal point is written '.'");
  EXPECT_EQ(error_of({.loss = "x", .set = {{"cos", "1"}}, .coordinates = {}}),
            "--set cos: 'cos' cannot name a constant; use letters, digits and '_', and no name of a function");
  EXPECT_EQ(error_of({.loss = "x", .set = {{"loss", "1"}}, .coordinates = {}}),
            "--set loss: 'loss' cannot name a constant; use letters, digits and '_', and no name of a function");
  EXPECT_EQ(error_of({.loss = "x", .set = {{"x", "1"}}, .coordinates = {"x"}}),
            "--set x: 'x' is also in --coordinates; choose another name");
  EXPECT_EQ(error_of({.loss = "x", .set = {}, .coordinates = {"x", "x"}}),
            "--coordinates: 'x' is listed twice; list every coordinate once");
  EXPECT_EQ(error_of({.loss = "x", .set = {}, .coordinates = {"2x"}}),
            "--coordinates: '2x' cannot name a coordinate; use letters and digits, as x or theta1");
}

TEST(Problem, ASettingWithoutAValueIsAnError) {
  Problem problem = make_problem("x^2");
  problem.graph().setting("eta");
  EXPECT_THROW(problem.setting_values(), InputError);
  problem.set_value("eta", 0.1);
  EXPECT_EQ(problem.setting_values(), std::vector<double>{0.1});
}

TEST(Function, CopiesAreIndependent) {
  Problem problem = make_problem("sin(x)*y");
  const Function original(problem, problem.value());
  const Function copy = original;
  const std::vector<double> a = {1, 2}, b = {2, 3};
  EXPECT_DOUBLE_EQ(original(a), 2 * std::sin(1));
  EXPECT_DOUBLE_EQ(copy(b), 3 * std::sin(2));
  EXPECT_EQ(Function(problem, problem.gradient()).outputs(), 2u);
}

}  // namespace
}  // namespace isotherm::loss
