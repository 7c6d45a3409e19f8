#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>
#include <tuple>

#include "isotherm/core/error.hpp"
#include "loss/catalogue.hpp"
#include "loss/evaluate.hpp"
#include "loss/schedule.hpp"

namespace isotherm::loss {
namespace {

/// What every engine relies on.
void expect_well_formed(const Graph& graph, const Program& program) {
  std::set<std::string> seen;
  const auto check = [&](const Operand& x, std::size_t before) {
    if (x.kind == Operand::Kind::value) {
      EXPECT_LT(x.index, before);
    }
    if (x.kind == Operand::Kind::constant) {
      EXPECT_LT(x.index, program.constants.size());
    }
    EXPECT_NE(x.kind, Operand::Kind::none);
  };
  for (std::size_t i = 0; i < program.instructions.size(); ++i) {
    const Instruction& instruction = program.instructions[i];
    int constants = 0;
    std::string key = name(instruction.code);
    for (int k = 0; k < 4; ++k) {
      const Operand& x = instruction.operands[static_cast<std::size_t>(k)];
      if (k >= arity(instruction.code)) {
        EXPECT_EQ(x, Operand{});
        continue;
      }
      check(x, i);
      constants += x.kind == Operand::Kind::constant;
      key += " " + std::to_string(static_cast<int>(x.kind)) + ":" + std::to_string(x.index);
    }
    EXPECT_LT(constants, arity(instruction.code)) << "only constants";
    EXPECT_TRUE(seen.insert(key).second) << "computed twice: " << key;
  }
  for (const Operand& x : program.results) check(x, program.instructions.size());
  for (std::size_t i = 0; i < program.constants.size(); ++i)
    EXPECT_EQ(graph.node(program.constants[i]).level == Level::step, i >= program.step_constants_begin);
}

struct Size {
  std::size_t instructions, live;
  bool operator==(const Size&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Size& size) {
  return out << size.instructions << " instructions, " << size.live << " alive";
}

Size size_of(Problem& problem, std::span<const NodeId> nodes) {
  const Program program = lower(problem.graph(), nodes);
  expect_well_formed(problem.graph(), program);
  return {program.instructions.size(), maximum_live_values(program.instructions, program.results)};
}

TEST(Lower, GradientsAreShort) {
  const std::tuple<std::string, Size> table[] = {
      {"0", {0, 0}},
      {"quadratic", {1, 1}},    // h*x
      {"double-well", {2, 1}},  // fma(x, x, -1)*x
      {"tilted-double-well", {2, 1}},
      {"x^4/4 - x^2/2 + 0.05*x", {3, 1}},
      {"quartic", {2, 1}},
      {"log-cosh", {1, 1}},
      {"pseudo-huber", {3, 1}},
      {"rugged", {3, 1}},  // k*x, sin, fma
      {"sextic-cosine", {7, 2}},
      {"two-temperatures", {2, 2}},
      {"banana", {4, 2}},
      {"rosenbrock", {6, 3}},
      {"himmelblau", {10, 3}},
      {"muller-brown", {48, 8}},
      {"gaussian-mixture", {12, 4}},
  };
  for (const auto& [loss, size] : table) {
    Problem problem = make_problem(loss);
    EXPECT_EQ(size_of(problem, problem.gradient()), size) << loss;
  }
  Problem coupled = make_problem("quadratic", {{"h", "2,0.6;0.6,1"}});
  EXPECT_EQ(size_of(coupled, coupled.gradient()), (Size{3, 2}));
}

std::vector<OpCode> codes(const Program& program) {
  std::vector<OpCode> codes;
  for (const Instruction& instruction : program.instructions) codes.push_back(instruction.code);
  return codes;
}

std::vector<OpCode> codes_of(const std::string& expression) {
  Problem problem = make_problem(expression);
  const NodeId value = problem.value();
  const Program program = lower(problem.graph(), std::span(&value, 1));
  expect_well_formed(problem.graph(), program);
  return codes(program);
}

TEST(Lower, FusesMultiplyAndAdd) {
  using enum OpCode;
  using Codes = std::vector<OpCode>;
  EXPECT_EQ(codes_of("x*y + z"), Codes{fma});
  EXPECT_EQ(codes_of("x*y - z"), Codes{fms});
  EXPECT_EQ(codes_of("z - x*y"), Codes{fnma});
  EXPECT_EQ(codes_of("x^2 - 1"), Codes{fma});
  EXPECT_EQ(codes_of("1 - x*y"), Codes{fnma});
  EXPECT_EQ(codes_of("x*y + z*w + a"), (Codes{fma, fma}));
  EXPECT_EQ(codes_of("(x*y + z*w) + (a*b + c*d)"), (Codes{mul, fma, fma, fma}));
  EXPECT_EQ(codes_of("x*y - (z - a*b)"), (Codes{fms, fma}));
  EXPECT_EQ(codes_of("(x*y + z)*sin(x*y)"), (Codes{mul, add, sin, mul})) << "the product is needed anyway";
  EXPECT_EQ(codes_of("(x*y + z)*(x*y - w)"), (Codes{fma, fms, mul})) << "the product is needed by sums only";
  EXPECT_EQ(codes_of("((x + 1) + y + 2) - (z - 3)"), (Codes{add, sub, add})) << "one constant";
}

TEST(Lower, MovesConstantFactorsInside) {
  using enum OpCode;
  using Codes = std::vector<OpCode>;
  EXPECT_EQ(codes_of("5*(x + 1)"), Codes{fma});
  EXPECT_EQ(codes_of("5*(1 - x)"), Codes{fma});
  EXPECT_EQ(codes_of("2*(x*(3*y + 1))"), (Codes{fma, mul}));
  EXPECT_EQ(codes_of("2*(x*(3*y + 1)) + (3*y + 1)"), (Codes{fma, mul, fma})) << "used twice: stays";
  EXPECT_EQ(codes_of("2*x^2"), (Codes{mul, mul}));
}

TEST(Lower, PowersShareTheirSquares) {
  using enum OpCode;
  EXPECT_EQ(codes_of("x^8"), (std::vector<OpCode>(3, mul)));
  EXPECT_EQ(codes_of("x^7"), (std::vector<OpCode>(4, mul)));
  EXPECT_EQ(codes_of("x^2.5"), (std::vector<OpCode>{mul, sqrt, mul}));
  Problem problem = make_problem("x^6");
  const NodeId both[] = {problem.value(), problem.gradient()[0]};
  EXPECT_EQ(lower(problem.graph(), both).instructions.size(), 5u);  // x^2, x^4, x^6, x^5, 6 x^5
}

TEST(Lower, ConstantsAreEvaluatedOnTheHost) {
  Problem problem = make_problem("A*exp(-k^2/2)*x + log(A)", {{"A", "3"}, {"k", "0.5"}});
  const NodeId value = problem.value();
  const Program program = lower(problem.graph(), std::span(&value, 1));
  ASSERT_EQ(program.instructions.size(), 1u);
  const std::vector<double> constants = evaluate_constants(problem.graph(), program, problem.setting_values(), {});
  EXPECT_EQ(constants.size(), 2u);
  EXPECT_DOUBLE_EQ(constants[0], 3 * std::exp(-0.125));
  EXPECT_DOUBLE_EQ(constants[1], std::log(3.0));
}

TEST(Lower, StepConstantsComeLast) {
  Problem problem = make_problem("h*x^2/2", {{"h", "2"}});
  Graph& graph = problem.graph();
  const NodeId eta = graph.step_scalar("eta");
  const NodeId next = graph.sub(
      graph.state(0),
      graph.mul(eta, graph.fma(graph.setting("h"), graph.draw(0), graph.sub(problem.gradient()[0], graph.literal(7)))));
  const NodeId results[] = {next, eta, graph.literal(5)};
  const Program program = lower(graph, results);
  expect_well_formed(graph, program);
  EXPECT_EQ(program.step_constants_begin, 3u);  // h, -7, 5
  EXPECT_EQ(program.constants.size(), 5u);      // -eta, eta
  EXPECT_EQ(program.results[2].kind, Operand::Kind::constant);
  const double settings[] = {2}, first[] = {0.1}, second[] = {0.2};
  const std::vector<double> a = evaluate_constants(graph, program, settings, first);
  const std::vector<double> b = evaluate_constants(graph, program, settings, second);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i] == b[i], i < program.step_constants_begin);
}

TEST(Lower, StochasticGradientStepOfTheDoubleWell) {
  using enum OpCode;
  Problem problem = make_problem("double-well");
  Graph& graph = problem.graph();
  const NodeId noisy = graph.fma(graph.setting("sigma"), graph.draw(0), problem.gradient()[0]);
  const NodeId next = graph.sub(graph.state(0), graph.mul(graph.setting("eta"), noisy));
  const Program program = lower(graph, std::span(&next, 1));
  EXPECT_EQ(codes(program), (std::vector<OpCode>{fma, mul, fma, fma}));
  EXPECT_EQ(maximum_live_values(program.instructions, program.results), 1u);
}

TEST(Lower, EqualNodesGiveEqualLists) {
  const auto text = [](const Program& program) {
    std::string text;
    for (const Instruction& instruction : program.instructions) {
      text += name(instruction.code);
      for (const Operand& x : instruction.operands)
        text += std::to_string(static_cast<int>(x.kind)) + ":" + std::to_string(x.index) + " ";
    }
    return text;
  };
  Problem a = make_problem("muller-brown"), b = make_problem("muller-brown");
  b.hessian();
  EXPECT_EQ(text(lower(a.graph(), a.gradient())), text(lower(b.graph(), b.gradient())));
  EXPECT_EQ(text(lower(a.graph(), a.gradient())), text(lower(a.graph(), a.gradient())));
}

TEST(Lower, FewValuesAreAlive) {
  const auto live = [](const std::string& expression) {
    Problem problem = make_problem(expression);
    const NodeId value = problem.value();
    return size_of(problem, std::span(&value, 1)).live;
  };
  EXPECT_LE(live("sum(i, 1, 300, cos(x[i])*sin(x[i])^2)"), 3u);
  EXPECT_LE(live("sum(i, 1, 99, (x[i+1]-x[i]^2)^2 + exp(x[i]))"), 3u);
  Problem wide = make_problem("sum(i, 1, 50, x[i]^4/4 + cos(3*x[i]))");
  EXPECT_LE(size_of(wide, wide.gradient()).live, 52u) << "every result, and two";
}

TEST(Lower, HyperbolicIdentitiesInFloat) {
  // Error in units in the last place of the result, over the range where float has one.
  const auto worst = [](const std::string& text, double lower_bound, double upper_bound) {
    Problem problem = make_problem(text);
    const NodeId node = problem.value();
    double worst = 0;
    std::mt19937_64 generator(7);
    for (int i = 0; i < 20000; ++i) {
      const double u = std::generate_canonical<double, 53>(generator);
      const float at = static_cast<float>(lower_bound + (upper_bound - lower_bound) * u);
      const double exact_at = at;
      const double exact = evaluate_directly(problem, std::span(&node, 1), std::span(&exact_at, 1))[0];
      const float value = evaluate_lowered<float>(problem, std::span(&node, 1), std::span(&at, 1))[0];
      const float rounded = std::abs(static_cast<float>(exact));
      worst = std::max(worst, std::abs(value - exact) / (std::nextafter(rounded, 1e38f) - rounded));
    }
    return worst;
  };
  EXPECT_LT(worst("cosh(x)", -87, 87), 4);
  EXPECT_LT(worst("sinh(x)", -87, 87), 6);
  EXPECT_LT(worst("sinh(x)", -1, 1), 6);
  EXPECT_LT(worst("expm1(x)", -20, 80), 5);
  EXPECT_LT(worst("expm1(x)", -0.5, 0.5), 5);
  EXPECT_LT(worst("log1p(x)", -0.99, 1), 4);
  EXPECT_LT(worst("log1p(x)", -1e-3, 1e-3), 4);
  EXPECT_LT(worst("log1p(x)", 1, 1e6), 4);
  EXPECT_LT(worst("tan(x)", -1.5, 1.5), 6);
}

TEST(Lower, IdentitiesAtTheEndsOfTheirRange) {
  const auto at = [](const std::string& text, double x) {
    Problem problem = make_problem(text);
    return Function(problem, problem.value())(x);
  };
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(at("log1p(x)", -1), -infinity);
  EXPECT_EQ(at("log1p(x)", infinity), infinity);
  EXPECT_TRUE(std::isnan(at("log1p(x)", -2)));
  EXPECT_EQ(at("expm1(x)", infinity), infinity);
  EXPECT_EQ(at("expm1(x)", -infinity), -1);
  EXPECT_EQ(at("cosh(x)", -infinity), infinity);
  EXPECT_EQ(at("sinh(x)", -infinity), -infinity);
  EXPECT_EQ(at("log(cosh(x))", 0), 0);
  EXPECT_DOUBLE_EQ(at("log(cosh(x))", 1e6), 1e6 - std::log(2));
  // x^2/2 - x^4/12 + x^6/45
  EXPECT_NEAR(at("log(cosh(x))", -1e-3), 5e-7 - 1e-12 / 12 + 1e-18 / 45, 4 * 1e-3 * 2.2e-16);
}

}  // namespace
}  // namespace isotherm::loss
