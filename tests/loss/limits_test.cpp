// Inputs that are too deep or too large end in an InputError, never in a stack overflow or a hang.

#include <gtest/gtest.h>

#include <cmath>

#include "loss/derivative.hpp"
#include "loss/evaluate.hpp"
#include "loss/parser.hpp"

namespace isotherm::loss {
namespace {

std::string repeat(const std::string& text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

void expect_too_deep(const std::string& expression) {
  try {
    make_problem(expression);
    FAIL();
  } catch (const ParseError& error) {
    EXPECT_NE(std::string(error.what()).find("nested more than 256 levels deep"), std::string::npos) << error.what();
  }
}

TEST(Limits, DepthOfEveryKindOfNesting) {
  expect_too_deep(repeat("(", 10000) + "x" + repeat(")", 10000));
  expect_too_deep(repeat("(", 10000));
  expect_too_deep(repeat("-", 10000) + "x");
  expect_too_deep("x" + repeat("^x", 10000));
  expect_too_deep("x" + repeat("^-x", 10000));
  expect_too_deep(repeat("cos(", 10000) + "x" + repeat(")", 10000));
  expect_too_deep(repeat("x[", 10000));
  expect_too_deep(repeat("max(1,", 10000) + "x" + repeat(")", 10000));
}

TEST(Limits, DepthThatIsAllowed) {
  EXPECT_EQ(make_problem(repeat("(", maximum_depth) + "x" + repeat(")", maximum_depth)).dimension(), 1u);
  expect_too_deep(repeat("(", maximum_depth + 1) + "x" + repeat(")", maximum_depth + 1));
  EXPECT_EQ(make_problem(repeat("-", maximum_depth) + "x").dimension(), 1u);
}

TEST(Limits, LongChainsDoNotRecurse) {
  constexpr int terms = 10000;
  Problem problem = make_problem("sum(i, 1, 10000, cos(x[i])*x[i]^2)");
  ASSERT_EQ(problem.dimension(), std::size_t{terms});
  const Function value(problem, problem.value());
  EXPECT_NEAR(value(std::vector<double>(terms, 0.5)), terms * 0.25 * std::cos(0.5), 1e-8);

  // A chain in which every node depends on the one before it, differentiated, substituted and lowered.
  std::string nested = "x";
  for (int i = 0; i < 200; ++i) nested = "sin(" + nested + ")";
  Problem chain = make_problem(nested);
  std::vector<NodeId> at = {chain.value()};
  for (int i = 0; i < 6; ++i) at[0] = chain.graph().substitute(at[0], at);
  const std::vector<NodeId> slope = gradient(chain.graph(), at[0], 1);
  EXPECT_GT(lower(chain.graph(), slope).instructions.size(), 10000u);

  Problem sum = make_problem("x" + repeat("+sin(x)*y", 5) + repeat("*(1+y)-x", 20000));
  EXPECT_EQ(sum.dimension(), 2u);
}

TEST(Limits, SizesHaveAnEnd) {
  EXPECT_THROW(make_problem(repeat("x+", maximum_expression_length) + "x"), InputError);
  EXPECT_THROW(make_problem("sum(i, 1, 10000, sum(j, 1, 10000, x[i]*x[j]))"), InputError);
  for (const char* nested : {"sum(i, 1, 10000, sum(j, 1, 10000, i*j))", "sum(i, 1, 10000, sum(j, 1, 15, i*j))"})
    EXPECT_THROW(make_problem(nested), ParseError) << nested << ": no nodes, but a lot of work";
  Problem wide = make_problem("sum(i, 1, 10000, sin(cos(exp(tanh(x[i]^3)))))");
  const NodeId value = wide.value();
  EXPECT_THROW(lower(wide.graph(), std::span(&value, 1)), InputError) << "more operations than a program may have";
}

TEST(Limits, PowersOfPowersEnd) {
  EXPECT_THROW(make_problem("9^(9^9)"), ParseError);
  EXPECT_THROW(make_problem("9^9^9^9*x"), ParseError);
  Problem problem = make_problem("x^1000000");
  EXPECT_LT(lower(problem.graph(), problem.gradient()).instructions.size(), 50u);
}

TEST(Limits, HessianOfAWideSeparableLossIsSmall) {
  Problem problem = make_problem("sum(i, 1, 100, log(cosh(x[i])) + x[i]^4/4)");
  const std::vector<NodeId> hessian = problem.hessian();
  const NodeId zero = problem.graph().literal(0);
  for (std::size_t i = 0; i < 100; ++i)
    for (std::size_t j = 0; j < 100; ++j) EXPECT_EQ(hessian[100 * i + j] == zero, i != j);
  EXPECT_LT(problem.graph().size(), 4000u);
  EXPECT_LE(lower(problem.graph(), hessian).instructions.size(), 400u);
}

TEST(Limits, DenseLossInAHundredDimensions) {
  Problem problem = make_problem("log(sum(i, 1, 100, exp(x[i])))");
  const std::vector<double> point(100, 0.25);
  std::vector<double> slope(100);
  Function(problem, problem.gradient())(point, slope);
  for (const double g : slope) EXPECT_NEAR(g, 0.01, 1e-15);
  const std::vector<NodeId> hessian = problem.hessian();
  std::vector<double> curvature(100 * 100);
  Function(problem, hessian)(point, curvature);
  for (std::size_t i = 0; i < 100; ++i)
    for (std::size_t j = 0; j < 100; ++j) EXPECT_NEAR(curvature[100 * i + j], (i == j ? 0.01 : 0.0) - 1e-4, 1e-15);
}

}  // namespace
}  // namespace isotherm::loss
