#include "engine/cpu/linear_batch.hpp"

#include <algorithm>

namespace isotherm::engine::cpu {
namespace {

using loss::Instruction;
using loss::OpCode;
using loss::Operand;
using Kind = Operand::Kind;

struct Product {
  std::uint32_t row, column;
};

/// A weight times a column, in either order.
std::optional<Product> product(const Instruction& instruction) {
  const Operand &a = instruction.operands[0], &b = instruction.operands[1];
  if (a.kind == Kind::state && b.kind == Kind::column) return Product{a.index, b.index};
  if (a.kind == Kind::column && b.kind == Kind::state) return Product{b.index, a.index};
  return std::nullopt;
}

/// Reads a program into a LinearBatch, instruction by instruction; false where it has another form.
class Reader {
 public:
  Reader(const loss::Program& program, std::size_t first_sum) : program_(program), first_sum_(first_sum) {}

  bool read() {
    const std::vector<Instruction>& list = program_.instructions;
    if (list.empty() || !begin(list[0])) return false;
    std::size_t i = 1;
    while (i < list.size() && term(list[i], i - 1)) ++i;
    if (i < list.size() && last_target(list[i], i - 1)) ++i;
    residual_ = static_cast<std::uint32_t>(i - 1);
    sum_of_term_.assign(static_cast<std::size_t>(form.terms), false);
    std::vector<bool> is_result(list.size(), false);
    for (const Operand& result : program_.results) {
      if (result.kind != Kind::value || is_result[result.index]) return false;
      is_result[result.index] = true;
    }
    for (std::size_t k = 0; k < list.size(); ++k)
      if (is_result[k] != (k >= i)) return false;
    for (std::size_t r = 0; r < program_.results.size(); ++r)
      if (!sum(list[program_.results[r].index], static_cast<std::uint32_t>(first_sum_ + r))) return false;
    if (form.terms == 0 || program_.results.size() != sum_of_term_.size() + has_intercept()) return false;
    if (has_target_) form.columns.push_back(target_);
    std::vector<std::size_t> sorted = form.columns;
    std::sort(sorted.begin(), sorted.end());
    return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
  }

  LinearBatch form;

 private:
  bool add_term(const Instruction& instruction) {
    const std::optional<Product> factors = product(instruction);
    const bool subtracts = instruction.code == OpCode::fnma;
    if (!factors || factors->row >= first_sum_ || form.terms == LinearBatch::most_terms) return false;
    if (form.terms > 0 && subtracts != form.subtracts) return false;
    form.subtracts = subtracts;
    form.weights[form.terms++] = factors->row;
    form.columns.push_back(factors->column);
    return true;
  }

  bool has_intercept() const { return form.start == LinearBatch::Start::intercept; }

  bool set_target(const Operand& operand) {
    if (has_target_ || operand.kind != Kind::column) return false;
    has_target_ = true;
    target_ = operand.index;
    return true;
  }

  /// The first instruction: the first term and what it is added to.
  bool begin(const Instruction& instruction) {
    if (instruction.code == OpCode::mul) return add_term(instruction);
    if (instruction.code != OpCode::fma && instruction.code != OpCode::fms && instruction.code != OpCode::fnma)
      return false;
    const Operand& addend = instruction.operands[2];
    form.negative_start = instruction.code == OpCode::fms;
    if (set_target(addend)) {
      form.start = LinearBatch::Start::target;
    } else {
      if (addend.kind != Kind::state || addend.index >= first_sum_) return false;
      form.start = LinearBatch::Start::intercept;
      form.intercept = addend.index;
    }
    return add_term(instruction);
  }

  bool term(const Instruction& instruction, std::size_t before) {
    if (instruction.code != OpCode::fma && instruction.code != OpCode::fnma) return false;
    return instruction.operands[2] == Operand{Kind::value, static_cast<std::uint32_t>(before)} && add_term(instruction);
  }

  bool last_target(const Instruction& instruction, std::size_t before) {
    const Operand z{Kind::value, static_cast<std::uint32_t>(before)};
    const auto& [a, b, c, unused] = instruction.operands;
    if (instruction.code != OpCode::add && !(instruction.code == OpCode::sub && a == z)) return false;
    if (!(a == z && set_target(b)) && !(b == z && set_target(a))) return false;
    form.target_last = true;
    form.negative_last = instruction.code == OpCode::sub;
    return true;
  }

  bool set_sign(bool negative) {
    if (has_sign_ && negative != form.negative_residual) return false;
    has_sign_ = true;
    form.negative_residual = negative;
    return true;
  }

  bool sum(const Instruction& instruction, std::uint32_t row) {
    const Operand z{Kind::value, residual_}, own{Kind::state, row};
    const auto& [a, b, c, unused] = instruction.operands;
    switch (instruction.code) {
      case OpCode::fma:
      case OpCode::fnma: {
        const Operand& x = a == z ? b : a;
        if ((a != z && b != z) || x.kind != Kind::column || c != own) return false;
        const auto found = std::find(form.columns.begin(), form.columns.end(), x.index);
        const auto k = static_cast<std::size_t>(found - form.columns.begin());
        if (found == form.columns.end() || sum_of_term_[k]) return false;
        sum_of_term_[k] = true;
        form.sums[k] = row;
        return set_sign(instruction.code == OpCode::fnma);
      }
      case OpCode::add:
      case OpCode::sub: {
        const bool is_sub = instruction.code == OpCode::sub;
        if (!has_intercept() || has_intercept_sum_) return false;
        if (!(a == own && b == z) && (is_sub || !(a == z && b == own))) return false;
        has_intercept_sum_ = true;
        form.intercept_sum = row;
        return set_sign(is_sub);
      }
      default:
        return false;
    }
  }

  const loss::Program& program_;
  std::size_t first_sum_, target_ = 0;
  bool has_target_ = false;
  std::uint32_t residual_ = 0;
  std::vector<bool> sum_of_term_;
  bool has_sign_ = false, has_intercept_sum_ = false;
};

}  // namespace

std::optional<LinearBatch> linear_batch(const loss::Program& program, std::size_t first_sum) {
  Reader reader(program, first_sum);
  if (!reader.read()) return std::nullopt;
  return std::move(reader.form);
}

}  // namespace isotherm::engine::cpu
