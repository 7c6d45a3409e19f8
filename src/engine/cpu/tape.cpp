#include "engine/cpu/tape.hpp"

#include <algorithm>
#include <limits>

namespace isotherm::engine::cpu {
namespace {

using loss::Operand;
using Kind = Operand::Kind;

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

/// Hands out temporary rows, reusing those whose values are dead.
class RowAllocator {
 public:
  explicit RowAllocator(std::size_t first) : next_(first) {}
  std::size_t take() {
    if (free_.empty()) return next_++;
    const std::size_t row = free_.back();
    free_.pop_back();
    return row;
  }
  void release(std::size_t row) { free_.push_back(row); }
  std::size_t end() const { return next_; }

 private:
  std::size_t next_;
  std::vector<std::size_t> free_;
};

}  // namespace

template <class real>
Tape<real>::Tape(const loss::Program& program, const Stages<real>& stages, const RowLayout& layout,
                 std::optional<std::size_t> first_result) {
  const std::size_t count = program.instructions.size();
  const bool assigns = first_result.has_value();
  const auto target = [&](std::size_t result) { return *first_result + result; };
  const auto stays = [&](std::size_t result) {
    return assigns && program.results[result] == Operand{Kind::state, static_cast<std::uint32_t>(target(result))};
  };

  // Last instruction that reads each value and each state row; results are read at `count`, after all instructions.
  std::vector<std::size_t> value_end(count, 0), state_end(layout.state_rows, 0);
  const auto read = [&](const Operand& operand, std::size_t at) {
    if (operand.kind == Kind::value) value_end[operand.index] = at;
    if (operand.kind == Kind::state) state_end[operand.index] = at;
  };
  for (std::size_t i = 0; i < count; ++i)
    for (int k = 0; k < loss::arity(program.instructions[i].code); ++k) read(program.instructions[i].operands[k], i);
  for (std::size_t r = 0; r < program.results.size(); ++r)
    if (!stays(r)) read(program.results[r], count);

  // A result may be computed into its state row at once if nobody reads the old state any more.
  std::vector<std::size_t> pinned(count, none);
  if (assigns)
    for (std::size_t r = 0; r < program.results.size(); ++r) {
      const Operand& result = program.results[r];
      if (result.kind == Kind::value && pinned[result.index] == none && state_end[target(r)] <= result.index)
        pinned[result.index] = target(r);
    }

  RowAllocator temporaries(layout.first_temporary);
  std::vector<std::size_t> row_of(count, none);
  const auto row_number = [&](const Operand& operand) -> std::size_t {
    switch (operand.kind) {
      case Kind::value:
        return row_of[operand.index];
      case Kind::state:
        return operand.index;
      case Kind::draw:
        return layout.draw_rows[operand.index];
      case Kind::column:
        return layout.first_column + operand.index;
      default:
        return operand.index;
    }
  };

  for (std::size_t i = 0; i < count; ++i) {
    const loss::Instruction& instruction = program.instructions[i];
    const int arity = loss::arity(instruction.code);
    RowCall<real> call{};
    unsigned mask = 0;
    for (int k = 0; k < arity; ++k) {
      const Operand& operand = instruction.operands[k];
      if (operand.kind == Kind::constant) mask |= 1u << k;
      call.operands[k] = static_cast<std::uint32_t>(row_number(operand));
    }
    // Operations work element by element, so the destination may be a row that dies here.
    for (int k = 0; k < arity; ++k) {
      const Operand& operand = instruction.operands[k];
      const bool repeated = std::find(instruction.operands.begin(), instruction.operands.begin() + k, operand) !=
                            instruction.operands.begin() + k;
      if (operand.kind == Kind::value && !repeated && value_end[operand.index] == i && pinned[operand.index] == none)
        temporaries.release(row_of[operand.index]);
    }
    row_of[i] = pinned[i] != none ? pinned[i] : temporaries.take();
    call.destination = static_cast<std::uint32_t>(row_of[i]);
    call.function = stages.rows[static_cast<std::size_t>(instruction.code)][mask];
    calls_.push_back(call);
  }

  const auto copy = [&](const Operand& from, std::size_t to) {
    RowCall<real> call{};
    call.function = from.kind == Kind::constant ? stages.copy_constant : stages.copy_row;
    call.operands[0] = static_cast<std::uint32_t>(row_number(from));
    call.destination = static_cast<std::uint32_t>(to);
    calls_.push_back(call);
  };

  result_rows_.resize(program.results.size());
  if (assigns) {
    // Old state that moves to another row is saved before any row is overwritten by a copy.
    std::vector<std::size_t> saved(program.results.size(), none);
    for (std::size_t r = 0; r < program.results.size(); ++r) {
      if (program.results[r].kind != Kind::state || stays(r)) continue;
      saved[r] = temporaries.take();
      copy(program.results[r], saved[r]);
    }
    for (std::size_t r = 0; r < program.results.size(); ++r) {
      const Operand& result = program.results[r];
      result_rows_[r] = target(r);
      if (saved[r] != none) {
        RowCall<real> call{
            stages.copy_row, static_cast<std::uint32_t>(target(r)), {static_cast<std::uint32_t>(saved[r])}};
        calls_.push_back(call);
      } else if (!stays(r) && (result.kind != Kind::value || row_of[result.index] != target(r))) {
        copy(result, target(r));
      }
    }
  } else {
    for (std::size_t r = 0; r < program.results.size(); ++r) {
      const Operand& result = program.results[r];
      if (result.kind == Kind::constant) {
        result_rows_[r] = temporaries.take();
        copy(result, result_rows_[r]);
      } else {
        result_rows_[r] = row_number(result);
      }
    }
  }
  rows_ = temporaries.end();
}

template class Tape<float>;
template class Tape<double>;

}  // namespace isotherm::engine::cpu
