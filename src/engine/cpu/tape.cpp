#include "engine/cpu/tape.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

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

bool is_row(const Operand& operand) {
  return operand.kind == Kind::value || operand.kind == Kind::state || operand.kind == Kind::draw ||
         operand.kind == Kind::column;
}

struct MultiplyAdd {
  Sign sign;
  Operand a, b, c;  ///< a is a row, and the others are rows or constants
};

/// The multiply-add that has the instruction's bits, signs of zeros included: a + b = a 1 + b and a b = a b + (-0).
std::optional<MultiplyAdd> as_multiply_add(const loss::Instruction& instruction) {
  using loss::OpCode;
  const Operand one{Kind::constant, constant_one}, minus_zero{Kind::constant, constant_minus_zero};
  const auto& [a, b, c, unused] = instruction.operands;
  MultiplyAdd result{};
  switch (instruction.code) {
    case OpCode::add:
      result = is_row(a) ? MultiplyAdd{Sign::plus, a, one, b} : MultiplyAdd{Sign::plus, b, one, a};
      break;
    case OpCode::sub:
      result = is_row(a) ? MultiplyAdd{Sign::minus, a, one, b} : MultiplyAdd{Sign::negative, b, one, a};
      break;
    case OpCode::mul:
      result = {Sign::plus, a, b, minus_zero};
      break;
    case OpCode::fma:
      result = {Sign::plus, a, b, c};
      break;
    case OpCode::fms:
      result = {Sign::minus, a, b, c};
      break;
    case OpCode::fnma:
      result = {Sign::negative, a, b, c};
      break;
    default:
      return std::nullopt;
  }
  if (!is_row(result.a)) std::swap(result.a, result.b);
  const auto usable = [](const Operand& operand) { return is_row(operand) || operand.kind == Kind::constant; };
  if (!is_row(result.a) || !usable(result.b) || !usable(result.c)) return std::nullopt;
  return result;
}

bool is_constant(const Operand& operand) { return operand.kind == Kind::constant; }

/// One call of the tape: an instruction, or two of which the second alone reads the first's value.
template <class real>
struct Pass {
  RowFunction<real> function;
  std::array<Operand, 5> operands;
  int count;          ///< of operands
  std::size_t value;  ///< that it makes
};

template <class real>
Pass<real> single(const loss::Instruction& instruction, std::size_t value, const Stages<real>& stages) {
  Pass<real> pass{nullptr, {}, loss::arity(instruction.code), value};
  unsigned mask = 0;
  for (int k = 0; k < pass.count; ++k) {
    pass.operands[k] = instruction.operands[k];
    if (is_constant(pass.operands[k])) mask |= 1u << k;
  }
  pass.function = stages.rows[static_cast<std::size_t>(instruction.code)][mask];
  return pass;
}

/// `first` makes value number `between`, which `second` reads once.
template <class real>
Pass<real> pair_of(const MultiplyAdd& first, std::size_t between, MultiplyAdd second, std::size_t value,
                   const Stages<real>& stages) {
  const Operand read{Kind::value, static_cast<std::uint32_t>(between)};
  if (second.b == read) std::swap(second.a, second.b);
  const bool is_factor = second.a == read;
  Pass<real> pass{
      nullptr, {first.a, first.b, first.c, is_factor ? second.b : second.a, is_factor ? second.c : second.b}, 5, value};
  const bool one_row = std::all_of(pass.operands.begin(), pass.operands.end(),
                                   [&](const Operand& operand) { return is_constant(operand) || operand == first.a; });
  const int first_form = PairForm::first(first.sign, is_constant(first.b), is_constant(first.c));
  const int second_form = is_factor
                              ? PairForm::value_is_factor(second.sign, is_constant(second.b), is_constant(second.c))
                              : PairForm::value_is_addend(second.sign, is_constant(second.b));
  pass.function = stages.pairs[one_row][first_form][second_form];
  return pass;
}

/// The calls in an order in which values are there when they are read.
template <class real>
std::vector<Pass<real>> passes_of(const loss::Program& program, const Stages<real>& stages) {
  const std::size_t count = program.instructions.size();
  std::vector<std::size_t> uses(count, 0);
  const auto use = [&](const Operand& operand) {
    if (operand.kind == Kind::value) ++uses[operand.index];
  };
  for (const loss::Instruction& instruction : program.instructions)
    for (int k = 0; k < loss::arity(instruction.code); ++k) use(instruction.operands[k]);
  for (const Operand& result : program.results) use(result);

  // first_of[i]: the instruction that goes in one call with i, before it.
  std::vector<std::size_t> first_of(count, none);
  std::vector<bool> is_first(count, false);
  const bool has_pairs = stages.pairs[0][0][0] != nullptr;
  for (std::size_t i = 0; i < count && has_pairs; ++i) {
    if (!as_multiply_add(program.instructions[i])) continue;
    for (int k = 0; k < loss::arity(program.instructions[i].code) && first_of[i] == none; ++k) {
      const Operand& operand = program.instructions[i].operands[k];
      if (operand.kind != Kind::value || uses[operand.index] != 1 || first_of[operand.index] != none) continue;
      if (!as_multiply_add(program.instructions[operand.index])) continue;
      first_of[i] = operand.index;
      is_first[operand.index] = true;
    }
  }

  std::vector<Pass<real>> passes;
  for (std::size_t i = 0; i < count; ++i) {
    if (is_first[i]) continue;
    if (first_of[i] == none)
      passes.push_back(single(program.instructions[i], i, stages));
    else
      passes.push_back(pair_of(*as_multiply_add(program.instructions[first_of[i]]), first_of[i],
                               *as_multiply_add(program.instructions[i]), i, stages));
  }
  return passes;
}

}  // namespace

template <class real>
Tape<real>::Tape(const loss::Program& program, const Stages<real>& stages, const RowLayout& layout,
                 std::optional<std::size_t> first_result) {
  const std::vector<Pass<real>> passes = passes_of(program, stages);
  const std::size_t count = passes.size();
  const bool assigns = first_result.has_value();
  const auto target = [&](std::size_t result) { return *first_result + result; };
  const auto stays = [&](std::size_t result) {
    return assigns && program.results[result] == Operand{Kind::state, static_cast<std::uint32_t>(target(result))};
  };

  // Last pass that reads each value and each state row; results are read at `count`, after all passes.
  const std::size_t values = program.instructions.size();
  std::vector<std::size_t> value_end(values, 0), state_end(layout.state_rows, 0);
  const auto read = [&](const Operand& operand, std::size_t at) {
    if (operand.kind == Kind::value) value_end[operand.index] = at;
    if (operand.kind == Kind::state) state_end[operand.index] = at;
  };
  for (std::size_t i = 0; i < count; ++i)
    for (int k = 0; k < passes[i].count; ++k) read(passes[i].operands[k], i);
  for (std::size_t r = 0; r < program.results.size(); ++r)
    if (!stays(r)) read(program.results[r], count);

  // A result may be computed into its state row at once if nobody reads the old state any more.
  std::vector<std::size_t> pinned(values, none), made(values, none);
  for (std::size_t i = 0; i < count; ++i) made[passes[i].value] = i;
  if (assigns)
    for (std::size_t r = 0; r < program.results.size(); ++r) {
      const Operand& result = program.results[r];
      if (result.kind == Kind::value && pinned[result.index] == none && state_end[target(r)] <= made[result.index])
        pinned[result.index] = target(r);
    }

  RowAllocator temporaries(layout.first_temporary);
  std::vector<std::size_t> row_of(values, none);
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
    const Pass<real>& pass = passes[i];
    RowCall<real> call{};
    call.function = pass.function;
    for (int k = 0; k < pass.count; ++k) call.operands[k] = static_cast<std::uint32_t>(row_number(pass.operands[k]));
    // Operations work element by element, so the destination may be a row that dies here.
    for (int k = 0; k < pass.count; ++k) {
      const Operand& operand = pass.operands[k];
      const bool repeated =
          std::find(pass.operands.begin(), pass.operands.begin() + k, operand) != pass.operands.begin() + k;
      if (operand.kind == Kind::value && !repeated && value_end[operand.index] == i && pinned[operand.index] == none)
        temporaries.release(row_of[operand.index]);
    }
    row_of[pass.value] = pinned[pass.value] != none ? pinned[pass.value] : temporaries.take();
    call.destination = static_cast<std::uint32_t>(row_of[pass.value]);
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
