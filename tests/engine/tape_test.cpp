#include "engine/cpu/tape.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <span>

#include "loss/interpreter.hpp"

namespace isotherm::engine::cpu {
namespace {

using loss::Graph;
using loss::NodeId;
using loss::Operation;

/// Runs a program as a tape on one target and, particle by particle, in the interpreter.
template <class real>
void compare(Graph& graph, const std::vector<NodeId>& results, std::size_t state_rows, std::size_t draw_rows,
             std::optional<std::size_t> first_result) {
  const loss::Program program = loss::lower(graph, results);
  const std::vector<double> values = loss::evaluate_constants(graph, program, std::vector<double>{1.25, -0.75}, {});
  const std::vector<real> constants(values.begin(), values.end());
  loss::Interpreter<real> interpreter(program);
  for (const std::string& target : simd_targets()) {
    const Stages<real>& stages = *find_stages<real>(target);
    // The draws lie behind the state in backward order.
    RowLayout layout{state_rows, {}, state_rows + draw_rows};
    for (std::size_t d = 0; d < draw_rows; ++d)
      layout.draw_rows.push_back(static_cast<std::uint32_t>(state_rows + draw_rows - 1 - d));
    const Tape<real> tape(program, stages, layout, first_result);
    constexpr std::size_t n = 64;
    std::vector<real> storage(tape.rows() * n + 16);
    real* rows = storage.data();
    while (reinterpret_cast<std::uintptr_t>(rows) % 64 != 0) ++rows;
    std::mt19937 generator(5);
    std::uniform_real_distribution<real> uniform(-2, 2);
    for (std::size_t i = 0; i < (state_rows + draw_rows) * n; ++i) rows[i] = uniform(generator);
    const std::vector<real> before(rows, rows + (state_rows + draw_rows) * n);
    tape.run(rows, constants.data(), n);
    for (std::size_t particle = 0; particle < n; ++particle) {
      std::vector<real> state, draws, expected(results.size());
      for (std::size_t r = 0; r < state_rows; ++r) state.push_back(before[r * n + particle]);
      for (std::size_t r = 0; r < draw_rows; ++r) draws.push_back(before[layout.draw_rows[r] * n + particle]);
      interpreter(state, draws, constants, expected);
      for (std::size_t r = 0; r < results.size(); ++r) {
        const real got = rows[tape.result_row(r) * n + particle];
        EXPECT_TRUE(got == expected[r] || (std::isnan(got) && std::isnan(expected[r])))
            << target << " result " << r << ": " << got << " is not " << expected[r];
      }
      for (std::size_t r = 0; r < state_rows; ++r) {
        if (first_result && r >= *first_result && r < *first_result + results.size()) continue;
        EXPECT_EQ(rows[r * n + particle], state[r]) << target << ": row " << r << " is not a result";
      }
    }
  }
}

void compare_both(Graph& graph, const std::vector<NodeId>& results, std::size_t state_rows, std::size_t draw_rows,
                  std::optional<std::size_t> first_result) {
  compare<float>(graph, results, state_rows, draw_rows, first_result);
  compare<double>(graph, results, state_rows, draw_rows, first_result);
}

TEST(Tape, ExecutesEveryOperationLikeTheInterpreter) {
  Graph graph;
  const NodeId x = graph.state(0), y = graph.state(1), z = graph.draw(0), a = graph.setting("a"),
               b = graph.setting("b");
  std::vector<NodeId> results;
  for (const Operation operation :
       {Operation::neg, Operation::abs, Operation::sqrt, Operation::exp, Operation::log, Operation::sin, Operation::cos,
        Operation::tan, Operation::tanh, Operation::cosh, Operation::sinh, Operation::log1p, Operation::expm1})
    results.push_back(graph.unary(operation, x));
  for (const Operation operation :
       {Operation::add, Operation::sub, Operation::mul, Operation::div, Operation::pow, Operation::min, Operation::max})
    for (const auto& [left, right] : {std::pair{x, y}, std::pair{x, a}, std::pair{b, y}})
      results.push_back(graph.binary(operation, left, right));
  for (const auto& [p, q, r] : {std::tuple{x, y, z}, std::tuple{a, y, z}, std::tuple{x, y, b}, std::tuple{a, x, b}})
    results.push_back(graph.fma(p, q, r));
  results.push_back(graph.less_select(x, y, z, a));
  results.push_back(graph.less_select(x, a, y, z));
  results.push_back(graph.less_select(x, y, a, b));
  compare_both(graph, results, 2, 1, std::nullopt);
}

/// Every two multiply-adds of which the second alone reads the first, once: one call, with the bits of both.
template <class real>
void compare_pairs() {
  using loss::OpCode;
  using loss::Operand;
  using Kind = Operand::Kind;
  constexpr std::size_t n = 64;
  const Operand first_operands[] = {{Kind::state, 0}, {Kind::state, 1}, {Kind::constant, 0}};
  const Operand second_operands[] = {{Kind::state, 0}, {Kind::state, 1}, {Kind::constant, 1}};
  const OpCode codes[] = {OpCode::add, OpCode::sub, OpCode::mul, OpCode::fma, OpCode::fms, OpCode::fnma};
  const real smallest = std::numeric_limits<real>::min(), infinity = std::numeric_limits<real>::infinity();
  const real special[] = {0, -real(0), 1, -1, smallest, -smallest, infinity};
  alignas(64) real rows[8 * n];
  std::mt19937 generator(7);
  std::uniform_real_distribution<real> uniform(-2, 2);
  for (std::size_t i = 0; i < 2 * n; ++i) rows[i] = uniform(generator);
  for (std::size_t i = 0; i < 49; ++i) {
    rows[i] = special[i / 7];
    rows[n + i] = special[i % 7];
  }
  const std::vector<std::string> targets = simd_targets();
  std::size_t programs = 0, different = 0;
  const auto compare_one = [&](const loss::Program& program, const std::vector<real>& constants) {
    ++programs;
    std::array<real, n> expected;
    loss::Interpreter<real> interpreter(program);
    for (std::size_t i = 0; i < n; ++i)
      interpreter(std::vector<real>{rows[i], rows[n + i]}, {}, constants, std::span(&expected[i], 1));
    for (const std::string& target : targets) {
      const Tape<real> tape(program, *find_stages<real>(target), {2, {}, 2}, std::nullopt);
      EXPECT_EQ(tape.size(), target == "scalar" ? 2u : 1u);
      tape.run(rows, constants.data(), n);
      const real* got = rows + tape.result_row(0) * n;
      for (std::size_t i = 0; i < n; ++i)
        if (std::memcmp(&got[i], &expected[i], sizeof(real)) != 0 && !(std::isnan(got[i]) && std::isnan(expected[i])))
          ++different;
    }
  };
  for (const OpCode first : codes)
    for (std::size_t choice = 0; choice < (loss::arity(first) == 2 ? 9u : 27u); ++choice) {
      loss::Instruction one{first, {}};
      bool has_row = false;
      for (std::size_t k = 0, rest = choice; k < static_cast<std::size_t>(loss::arity(first)); ++k, rest /= 3) {
        one.operands[k] = first_operands[rest % 3];
        has_row = has_row || rest % 3 != 2;
      }
      // Two constant factors, or a program of constants only, are folded before.
      const bool folded = one.operands[0].kind == Kind::constant && one.operands[1].kind == Kind::constant;
      if (!has_row || folded) continue;
      for (const OpCode second : codes)
        for (std::size_t place = 0; place < static_cast<std::size_t>(loss::arity(second)); ++place)
          for (std::size_t other = 0; other < (loss::arity(second) == 2 ? 3u : 9u); ++other) {
            loss::Instruction two{second, {}};
            for (std::size_t k = 0, rest = other; k < static_cast<std::size_t>(loss::arity(second)); ++k) {
              if (k == place) {
                two.operands[k] = {Kind::value, 0};
              } else {
                two.operands[k] = second_operands[rest % 3];
                rest /= 3;
              }
            }
            if (two.operands[0].kind == Kind::constant && two.operands[1].kind == Kind::constant) continue;
            loss::Program program;
            program.instructions = {one, two};
            program.results = {{Kind::value, 1}};
            program.constants.resize(2);
            program.step_constants_begin = 2;
            compare_one(program, {real(1.25), real(-0.75)});
          }
    }
  EXPECT_GT(programs, 5000u);
  EXPECT_EQ(different, 0u);
}

TEST(Tape, PairsMultiplyAddsBitByBit) {
  compare_pairs<float>();
  compare_pairs<double>();
}

TEST(Tape, PairsOnlyWhatNobodyElseReads) {
  Graph graph;
  const NodeId x = graph.state(0), y = graph.state(1);
  const NodeId shared = graph.fma(x, y, x), once = graph.fma(y, y, shared);
  compare_both(graph, {graph.fma(once, x, shared), graph.mul(shared, shared)}, 2, 0, std::nullopt);
  compare_both(graph, {graph.fma(once, x, y), graph.mul(x, graph.fma(x, x, y))}, 2, 0, 0);
}

TEST(Tape, UpdatesStateRowsAtOnce) {
  Graph graph;
  const NodeId x = graph.state(0), y = graph.state(1), v = graph.state(2), z = graph.draw(0);
  // Rows that swap, a row that moves to two others, and rows that everybody still reads while they change.
  compare_both(graph, {y, x, v}, 3, 1, 0);
  compare_both(graph, {y, v, x}, 3, 1, 0);
  compare_both(graph, {x, x, z}, 3, 1, 0);
  const NodeId sum = graph.fma(x, y, v);
  compare_both(graph, {sum, sum, graph.mul(sum, x)}, 3, 1, 0);
  compare_both(graph, {graph.add(x, y), graph.sub(x, y), graph.setting("a")}, 3, 1, 0);
  compare_both(graph, {graph.add(x, z), graph.mul(graph.add(x, z), y), graph.add(v, graph.mul(x, y))}, 3, 1, 0);
  compare_both(graph, {graph.mul(y, v), graph.mul(x, v), graph.mul(x, y)}, 3, 1, 0);
}

TEST(Tape, LeavesResultsInTheRowsFromTheFirstResultOn) {
  Graph graph;
  const NodeId x = graph.state(0), y = graph.state(1), v = graph.state(2), w = graph.state(3), z = graph.draw(0);
  compare_both(graph, {graph.add(v, x), graph.fma(y, w, v)}, 4, 2, 2);
  compare_both(graph, {w, v}, 4, 2, 2);
  compare_both(graph, {x, graph.mul(v, graph.draw(1))}, 4, 2, 2);
  compare_both(graph, {v, w}, 4, 2, 2);
  compare_both(graph, {z, graph.setting("a")}, 4, 2, 1);
}

TEST(Tape, ReusesRowsOfDeadValues) {
  Graph graph;
  NodeId value = graph.state(0);
  for (int i = 0; i < 200; ++i) value = graph.unary(Operation::sin, graph.add(value, graph.state(0)));
  const loss::Program program = loss::lower(graph, std::vector<NodeId>{value});
  const Tape<float> tape(program, *find_stages<float>("scalar"), {1, {}, 1}, 0);
  EXPECT_LE(tape.rows(), 3u);
}

}  // namespace
}  // namespace isotherm::engine::cpu
