#include "loss/row_function.hpp"

#include <algorithm>

#include "loss/program.hpp"

namespace isotherm::loss {
namespace {

constexpr std::size_t width = examples_of_a_row;

}  // namespace

RowFunction::RowFunction(Problem& problem, NodeId node, const RowFunctions& functions)
    : function_(problem, node),
      functions_(&functions),
      has_means_(!means_of(problem.graph(), std::span(&node, 1), Operation::data_mean).empty()) {
  if (has_means_) return;
  program_ = lower(problem.graph(), std::span(&node, 1));
  const std::vector<double> constants = evaluate_constants(problem.graph(), program_, problem.setting_values(), {});
  constants_ = constants.size();
  rows_.resize((constants_ + program_.instructions.size()) * width);
  auto next = rows_.begin();
  for (const double constant : constants) next = std::fill_n(next, width, constant);
}

std::span<const double> RowFunction::row(const Operand& operand, std::span<const double* const> coordinates) const {
  if (operand.kind == Operand::Kind::state) return {coordinates[operand.index], width};
  const std::size_t first = operand.kind == Operand::Kind::constant ? 0 : constants_;
  return std::span<const double>(rows_).subspan((first + operand.index) * width, width);
}

void RowFunction::operator()(std::span<const double* const> coordinates, std::span<double> out) const {
  if (has_means_) {
    std::vector<double> point(coordinates.size());
    for (std::size_t i = 0; i < width; ++i) {
      for (std::size_t c = 0; c < point.size(); ++c) point[c] = coordinates[c][i];
      out[i] = function_(point);
    }
    return;
  }
  double* value = rows_.data() + constants_ * width;
  for (const Instruction& instruction : program_.instructions) {
    const double* operands[4] = {};
    for (int k = 0; k < arity(instruction.code); ++k) operands[k] = row(instruction.operands[k], coordinates).data();
    functions_->operations[static_cast<std::size_t>(instruction.code)](operands, value);
    value += width;
  }
  std::ranges::copy(row(program_.results.front(), coordinates), out.begin());
}

}  // namespace isotherm::loss
