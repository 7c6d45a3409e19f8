#include "loss/print.hpp"

#include <gtest/gtest.h>

#include "loss/evaluate.hpp"

namespace isotherm::loss {
namespace {

PrintNames names() {
  PrintNames names;
  names.state = [](std::uint32_t i) { return "x" + std::to_string(i); };
  names.draw = [](std::uint32_t i) { return "z" + std::to_string(i); };
  names.constant = [](std::uint32_t i) { return "F(k[" + std::to_string(i) + "])"; };
  names.result = names.state;
  return names;
}

TEST(Print, AStepOfStochasticGradientDescent) {
  Problem problem = make_problem("double-well");
  Graph& graph = problem.graph();
  const NodeId noisy = graph.fma(graph.setting("sigma"), graph.draw(0), problem.gradient()[0]);
  const NodeId next = graph.sub(graph.state(0), graph.mul(graph.setting("eta"), noisy));
  EXPECT_EQ(print_body(lower(graph, std::span(&next, 1)), names()),
            "  const F t0 = op_fma(x0, x0, F(k[0]));\n"
            "  const F t1 = op_mul(x0, t0);\n"
            "  const F t2 = op_fma(F(k[1]), z0, t1);\n"
            "  const F t3 = op_fma(F(k[2]), t2, x0);\n"
            "  x0 = t3;\n");
}

TEST(Print, ResultsAreAssignedAfterEverythingIsRead) {
  Problem problem = make_problem("x*y*z");
  Graph& graph = problem.graph();
  const NodeId results[] = {graph.state(1), graph.state(0), graph.state(2)};
  EXPECT_EQ(print_body(lower(graph, results), names()),
            "  const F t0 = x1;\n"
            "  const F t1 = x0;\n"
            "  x0 = t0;\n"
            "  x1 = t1;\n");
}

TEST(Print, ResultsOfEveryKind) {
  Problem problem = make_problem("x");
  Graph& graph = problem.graph();
  const NodeId results[] = {graph.literal(2), graph.draw(3), graph.unary(Operation::exp, graph.state(0))};
  PrintNames spelled = names();
  spelled.result = [](std::uint32_t i) { return "out[" + std::to_string(i) + "]"; };
  spelled.indent = "";
  spelled.type = "float";
  spelled.value_prefix = "v";
  EXPECT_EQ(print_body(lower(graph, results), spelled),
            "const float v0 = op_exp(x0);\n"
            "out[0] = F(k[0]);\n"
            "out[1] = z3;\n"
            "out[2] = v0;\n");
}

}  // namespace
}  // namespace isotherm::loss
