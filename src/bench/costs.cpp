#include "bench/costs.hpp"

#include <algorithm>
#include <set>

namespace isotherm::bench {
namespace {

using loss::Operand;
using Kind = loss::Operand::Kind;

constexpr std::uint32_t sources = 4;   ///< rows that measured operations read
constexpr std::uint32_t repeated = 8;  ///< operations of a measured step, each with a row of its own

/// Values for which every operation is an ordinary number.
const std::vector<double> values = {0.5, 1.25, 0.75, 1.5};

Operand operand(Kind kind, std::size_t index) { return {kind, static_cast<std::uint32_t>(index)}; }

/// State rows stay as they are, but for those that the caller changes.
loss::Program idle(std::size_t state_rows) {
  loss::Program program;
  for (std::size_t r = 0; r < state_rows; ++r) program.results.push_back(operand(Kind::state, r));
  return program;
}

}  // namespace

std::string name_of(const RowOperation& operation) {
  std::string text = loss::name(operation.code);
  for (int k = 0; k < loss::arity(operation.code); ++k)
    text += (k == 0 ? "(" : ", ") + std::string(operation.constants >> k & 1 ? "constant" : "row");
  return text + ")";
}

std::map<RowOperation, std::size_t> operations_of(const loss::Program& program) {
  std::map<RowOperation, std::size_t> counts;
  for (const loss::Instruction& instruction : program.instructions) {
    RowOperation operation{instruction.code, 0};
    for (int k = 0; k < loss::arity(instruction.code); ++k)
      if (instruction.operands[static_cast<std::size_t>(k)].kind == Kind::constant) operation.constants |= 1u << k;
    ++counts[operation];
  }
  return counts;
}

std::size_t copies_of(const loss::Program& program) {
  std::size_t copies = 0;
  std::set<std::uint32_t> placed;
  for (std::size_t r = 0; r < program.results.size(); ++r) {
    const Operand& result = program.results[r];
    if (result.kind == Kind::draw || result.kind == Kind::constant) ++copies;
    if (result.kind == Kind::state && result.index != r) copies += 2;  // one to save it
    if (result.kind != Kind::value) continue;
    std::size_t last_read = 0;
    for (std::size_t i = 0; i < program.instructions.size(); ++i)
      for (int k = 0; k < loss::arity(program.instructions[i].code); ++k)
        if (program.instructions[i].operands[static_cast<std::size_t>(k)] == operand(Kind::state, r)) last_read = i;
    const bool overwritten = last_read > result.index;
    if (overwritten || !placed.insert(result.index).second) ++copies;
  }
  return copies;
}

std::size_t numbers_of(const loss::Program& program) {
  std::set<std::uint32_t> reads;
  for (const loss::Instruction& instruction : program.instructions)
    for (int k = 0; k < loss::arity(instruction.code); ++k) {
      const Operand& read = instruction.operands[static_cast<std::size_t>(k)];
      if (read.kind == Kind::draw) reads.insert(read.index);
    }
  for (const Operand& result : program.results)
    if (result.kind == Kind::draw) reads.insert(result.index);
  return reads.size();
}

double Costs::seconds(std::size_t state_rows, const loss::Program& step, random::Law law) const {
  engine::Simulation simulation;
  simulation.precision = precision_;
  simulation.state_rows = state_rows;
  for (std::size_t r = 0; r < state_rows; ++r) simulation.start.results.push_back(operand(Kind::constant, r % sources));
  simulation.start_constants = values;
  simulation.step = step;
  simulation.step_constants = values;
  for (loss::Program* program : {&simulation.start, &simulation.step}) {
    program->constants.resize(values.size());
    program->step_constants_begin = values.size();
  }
  simulation.draws.law = law;
  simulation.draws.per_step = law == random::Law::none ? 0 : 1;
  return seconds_per_particle_step(std::move(simulation), 1, effort_, simd_);
}

double Costs::loop() {
  if (loop_ == 0) loop_ = seconds(1, idle(1), random::Law::none);
  return loop_;
}

double Costs::copy() {
  if (copy_ != 0) return copy_;
  loss::Program program = idle(sources + repeated);
  for (std::size_t i = 0; i < repeated; ++i) program.results[sources + i] = operand(Kind::constant, i % sources);
  copy_ = std::max((seconds(sources + repeated, program, random::Law::none) - loop()) / repeated, 0.0);
  return copy_;
}

double Costs::number(random::Law law) {
  if (law == random::Law::none) return 0;
  const auto known = numbers_.find(law);
  if (known != numbers_.end()) return known->second;
  loss::Program program = idle(1);
  program.results[0] = operand(Kind::draw, 0);
  return numbers_[law] = seconds(1, program, law) - loop() - copy();
}

double Costs::operation(const RowOperation& operation) {
  const auto known = operations_.find(operation);
  if (known != operations_.end()) return known->second;
  loss::Program program = idle(sources + repeated);
  for (std::size_t i = 0; i < repeated; ++i) {
    loss::Instruction instruction{operation.code, {}};
    for (std::size_t k = 0; k < static_cast<std::size_t>(loss::arity(operation.code)); ++k)
      instruction.operands[k] = operand(operation.constants >> k & 1 ? Kind::constant : Kind::state, (i + k) % sources);
    program.instructions.push_back(instruction);
    program.results[sources + i] = operand(Kind::value, i);
  }
  const double all = seconds(sources + repeated, program, random::Law::none);
  return operations_[operation] = std::max((all - loop()) / repeated, 0.0);
}

double Costs::explained(const engine::Simulation& simulation) {
  double sum = loop() + static_cast<double>(copies_of(simulation.step)) * copy() +
               static_cast<double>(numbers_of(simulation.step)) * number(simulation.draws.law);
  for (const auto& [code, count] : operations_of(simulation.step)) sum += static_cast<double>(count) * operation(code);
  return sum;
}

}  // namespace isotherm::bench
