#include "loss/graph.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "isotherm/core/error.hpp"
#include "loss/parser.hpp"

namespace isotherm::loss {
namespace {

class GraphTest : public ::testing::Test {
 protected:
  /// Coordinates x, y; settings h, k; a step scalar s.
  NodeId node(const std::string& expression) {
    Names names{.coordinates = {"x", "y"},
                .discover = false,
                .known = {{"h", graph.setting("h")}, {"k", graph.setting("k")}, {"s", graph.step_scalar("s")}},
                .used = {}};
    return parse(graph, expression, names, "test");
  }
  void expect_same(const std::string& a, const std::string& b) { EXPECT_EQ(node(a), node(b)) << a << " and " << b; }
  void expect_different(const std::string& a, const std::string& b) {
    EXPECT_NE(node(a), node(b)) << a << " and " << b;
  }

  Graph graph;
};

TEST_F(GraphTest, EqualExpressionsAreOneNode) {
  expect_same("x + y", "y + x");
  expect_same("x*y", "y*x");
  expect_same("exp(x*y)", "exp(y*x)");
  expect_same("h*x*2", "2*(x*h)");
  expect_same("k*x*h", "h*k*x");
  expect_same("x/4", "0.25*x");
  expect_same("x/h*k", "k/h*x");
  expect_same("(x + 1) + h", "x + (1 + h)");
  expect_same("1 - (1 - x)", "x");
  expect_same("2*x + 3*x", "5*x");
  expect_same("h*x + k*x", "(h + k)*x");
  expect_same("h*x - h*y", "h*(x - y)");
  expect_same("x*x", "x^2");
  expect_same("x*x^2*x", "x^4");
  expect_same("(x^2)^3", "x^6");
  expect_same("(2*x)^3", "8*x^3");
  expect_same("abs(x)^2", "x^2");
  expect_same("x^0.5", "sqrt(x)");
  expect_same("x^-1", "1/x");
  expect_same("3*(1/x)", "3/x");
  expect_same("x*(1/y)", "x/y");
  expect_same("-(x - y)", "y - x");
  expect_same("-x - y", "-(x + y)");
  expect_same("x - -y", "x + y");
  expect_same("cos(-x)", "cos(x)");
  expect_same("cosh(-2*x)", "cosh(2*x)");
  expect_same("sin(-x)", "-sin(x)");
  expect_same("tanh(-3*x)", "-tanh(3*x)");
  expect_same("abs(-2*x)", "2*abs(x)");
  expect_same("abs(abs(x))", "abs(x)");
  expect_same("sinh(x)/cosh(x)", "tanh(x)");
  expect_same("min(x, x)", "x");
}

TEST_F(GraphTest, Neutral) {
  expect_same("x + 0", "x");
  expect_same("0 + x", "x");
  expect_same("x*1", "x");
  expect_same("x/1", "x");
  expect_same("x^1", "x");
  expect_same("x^0", "1");
  expect_same("1^x", "1");
  expect_same("x*0", "0");
  expect_same("x - x", "0");
  expect_same("--x", "x");
  expect_same("2*3 + 4", "10");
}

TEST_F(GraphTest, TheDomainStays) {
  expect_different("x/x", "1");
  expect_different("sqrt(x)^2", "x");
  expect_different("sqrt(x^2)", "x");
  expect_different("log(exp(x))", "x");
  expect_different("exp(log(x))", "x");
  expect_different("x^2/x", "x");
  // They differ in what becomes of a NaN.
  expect_different("min(x, y)", "min(y, x)");
}

TEST_F(GraphTest, LevelsAreTheHighestOfTheOperands) {
  EXPECT_EQ(graph.node(node("2*3")).level, Level::literal);
  EXPECT_EQ(graph.node(node("exp(h)*2")).level, Level::setting);
  EXPECT_EQ(graph.node(node("h*s + 1")).level, Level::step);
  EXPECT_EQ(graph.node(node("h*s*x")).level, Level::particle);
  EXPECT_EQ(graph.node(graph.draw(0)).level, Level::particle);
}

TEST_F(GraphTest, WhatIsConstantIsOneFactor) {
  const NodeId product = node("2*x*h*y*s/k");
  const Node& top = graph.node(product);
  ASSERT_EQ(top.operation, Operation::mul);
  EXPECT_EQ(graph.node(top.operands[0]).level, Level::step);
  const double settings[] = {3, 4}, steps[] = {5};
  EXPECT_DOUBLE_EQ(graph.evaluate(top.operands[0], settings, steps), 2.0 * 3 * 5 / 4);
}

TEST_F(GraphTest, OperandsPrecedeTheirUsers) {
  node("exp(sin(x*y) + h*log(1 + x^2))/(s + y)");
  for (NodeId id = 0; id < static_cast<NodeId>(graph.size()); ++id)
    for (const NodeId operand : graph.operands(id)) EXPECT_LT(operand, id);
}

TEST_F(GraphTest, SubstitutesCoordinates) {
  const NodeId x = graph.state(0), y = graph.state(1);
  const NodeId swapped[] = {y, x};
  EXPECT_EQ(graph.substitute(node("sin(x)*y - h"), swapped), node("sin(y)*x - h"));
  const NodeId only_x[] = {node("x + s*y")};
  EXPECT_EQ(graph.substitute(node("x^2 + y"), only_x), node("(x + s*y)^2 + y"));
  EXPECT_EQ(graph.substitute(node("h + 1"), swapped), node("h + 1"));
  const NodeId kept[] = {-1, x};
  EXPECT_EQ(graph.substitute(node("x + y"), kept), node("2*x"));
}

TEST_F(GraphTest, SumAddsEqualTermsFirst) {
  const NodeId terms[] = {node("x"), node("y"), node("2*x"), node("1"), node("-y"), node("h")};
  EXPECT_EQ(graph.sum(terms), node("3*x + (1 + h)"));
  EXPECT_EQ(graph.sum({}), graph.literal(0));
}

TEST_F(GraphTest, FmaIsKeptUnlessTrivial) {
  const NodeId x = graph.state(0), z = graph.draw(0), h = graph.setting("h");
  EXPECT_EQ(graph.node(graph.fma(z, h, x)).operation, Operation::fma);
  EXPECT_EQ(graph.fma(graph.literal(1), z, x), graph.add(z, x));
  EXPECT_EQ(graph.fma(graph.literal(0), z, x), x);
  EXPECT_EQ(graph.fma(graph.literal(2), graph.literal(3), graph.literal(4)), graph.literal(10));
}

TEST_F(GraphTest, SelectOfKnownsIsDecided) {
  const NodeId x = graph.state(0), y = graph.state(1), one = graph.literal(1), two = graph.literal(2);
  EXPECT_EQ(graph.less_select(one, two, x, y), x);
  EXPECT_EQ(graph.less_select(two, one, x, y), y);
  EXPECT_EQ(graph.less_select(x, y, one, one), one);
  EXPECT_EQ(graph.less_select(x, x, one, two), two);
}

TEST_F(GraphTest, EqualNumbersAreOneNode) {
  EXPECT_EQ(graph.literal(0.0), graph.literal(-0.0));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(graph.literal(nan), graph.literal(-nan));
  EXPECT_TRUE(std::isnan(graph.evaluate(graph.literal(nan), {}, {})));
}

TEST_F(GraphTest, HasALimit) {
  EXPECT_THROW(
      {
        for (std::size_t i = 0; i <= maximum_graph_size; ++i) graph.state(i);
      },
      InputError);
}

}  // namespace
}  // namespace isotherm::loss
