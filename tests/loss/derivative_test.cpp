#include "loss/derivative.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "loss/evaluate.hpp"

namespace isotherm::loss {
namespace {

/// Relative above 1, absolute below: the chosen points keep intermediate values of order 1.
constexpr double tolerance = 2e-13;
void expect_near(double value, double expected, const std::string& what) {
  EXPECT_NEAR(value, expected, tolerance * std::max(1.0, std::abs(expected))) << what;
}

nlohmann::json sympy_records() {
  std::ifstream file(ISOTHERM_TEST_DATA "/loss_derivatives.json");
  return nlohmann::json::parse(file);
}

TEST(Derivative, ValueGradientAndHessianAreThoseOfSympy) {
  const nlohmann::json records = sympy_records();
  ASSERT_GE(records.size(), 90u);
  for (const auto& record : records) {
    const std::string text = record["expression"];
    Problem problem = make_problem(text, {}, {"x", "y"});
    std::vector<NodeId> nodes = {problem.value()};
    nodes.insert(nodes.end(), problem.gradient().begin(), problem.gradient().end());
    for (const NodeId node : problem.hessian()) nodes.push_back(node);
    const Function function(problem, nodes);
    for (const auto& point : record["points"]) {
      const std::vector<double> at = point["at"];
      std::vector<double> expected = {point["value"]};
      for (const double g : point["gradient"]) expected.push_back(g);
      for (const double h : point["hessian"]) expected.push_back(h);
      std::vector<double> lowered(nodes.size());
      function(at, lowered);
      const std::vector<double> direct = evaluate_directly(problem, nodes, at);
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        const std::string what = text + " at " + point["at"].dump() + ", component " + std::to_string(i);
        expect_near(lowered[i], expected[i], what);
        // cosh overflows where log(cosh) does not; only the lowered list promises that.
        if (std::isfinite(direct[i])) expect_near(direct[i], expected[i], what + ", directly");
      }
    }
  }
}

TEST(Derivative, SmallArgumentsKeepTheirRelativeAccuracy) {
  for (const std::string text : {"sinh(x)", "expm1(x)", "log1p(x)", "tanh(x)", "sin(x)", "tan(x)"}) {
    Problem problem = make_problem(text);
    const Function value(problem, problem.value());
    const NodeId node = problem.value();
    for (double x = 1e-300; x < 0.3; x *= 7.3)
      for (const double at : {x, -x}) {
        const double expected = evaluate_directly(problem, std::span(&node, 1), std::span(&at, 1))[0];
        EXPECT_NEAR(value(at) / expected, 1, 2e-15) << text << " at " << at;
      }
  }
}

double component(Problem& problem, std::size_t c, std::vector<double> at) {
  return Function(problem, problem.gradient()[c])(at);
}

TEST(Derivative, KinksTakeTheBranchOfTheValue) {
  Problem absolute = make_problem("abs(x)");
  EXPECT_EQ(component(absolute, 0, {2}), 1);
  EXPECT_EQ(component(absolute, 0, {-2}), -1);
  EXPECT_EQ(component(absolute, 0, {0}), 0);
  Problem least = make_problem("min(x, 3*y)");
  EXPECT_EQ(component(least, 0, {1, 1}), 1);
  EXPECT_EQ(component(least, 1, {1, 1}), 0);
  EXPECT_EQ(component(least, 0, {3, 1}), 0) << "at a tie min is its second operand";
  EXPECT_EQ(component(least, 1, {3, 1}), 3);
  Problem most = make_problem("max(x, 3*y)");
  EXPECT_EQ(component(most, 0, {3, 1}), 1) << "at a tie max is its first operand";
  EXPECT_EQ(component(most, 1, {3, 1}), 0);
}

TEST(Derivative, LogCoshStaysFiniteFarOut) {
  Problem problem = make_problem("log(cosh(x))^2");
  EXPECT_DOUBLE_EQ(component(problem, 0, {5000}), 2 * (5000 - std::log(2)));
  EXPECT_DOUBLE_EQ(component(problem, 0, {-5000}), -2 * (5000 - std::log(2)));
}

TEST(Derivative, LaplacianIsTheTraceOfTheHessian) {
  Problem problem = make_problem("exp(x*y) + x^4*y^2 + sin(z)*x");
  const std::vector<NodeId> hessian = problem.hessian();
  const NodeId trace = problem.graph().add(problem.graph().add(hessian[0], hessian[4]), hessian[8]);
  const std::vector<double> at = {0.4, -1.1, 0.8};
  EXPECT_NEAR(Function(problem, problem.laplacian())(at), Function(problem, trace)(at), 1e-14);
  EXPECT_EQ(hessian[1], hessian[3]);
  EXPECT_EQ(hessian[5], problem.graph().literal(0));
}

TEST(Derivative, SettingsAndDrawsAreConstants) {
  Problem problem = make_problem("h*x^2/2", {{"h", "3"}});
  Graph& graph = problem.graph();
  const NodeId noisy = graph.fma(graph.setting("sigma"), graph.draw(0), problem.value());
  EXPECT_EQ(gradient(graph, noisy, 1)[0], problem.gradient()[0]);
  EXPECT_EQ(gradient(graph, graph.draw(0), 2), std::vector<NodeId>(2, graph.literal(0)));
  EXPECT_EQ(gradient(graph, graph.fma(graph.state(0), graph.state(0), graph.draw(1)), 1)[0],
            graph.mul(graph.literal(2), graph.state(0)));
}

}  // namespace
}  // namespace isotherm::loss
