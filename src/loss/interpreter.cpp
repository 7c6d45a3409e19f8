#include "loss/interpreter.hpp"

#include <algorithm>

#include "isotherm/lane/scalar.hpp"

namespace isotherm::loss {
namespace {

#define ISOTHERM_ARGUMENTS_1 x[0]
#define ISOTHERM_ARGUMENTS_2 x[0], x[1]
#define ISOTHERM_ARGUMENTS_3 x[0], x[1], x[2]
#define ISOTHERM_ARGUMENTS_4 x[0], x[1], x[2], x[3]
#define ISOTHERM_OPCODE(name, arity) \
  case OpCode::name:                 \
    return static_cast<real>(op_##name(ISOTHERM_ARGUMENTS_##arity));

template <class real>
struct Lane;

template <>
struct Lane<float> {
  static float execute(OpCode code, const float* x) {
    using namespace scalar::f32;
    switch (code) { ISOTHERM_OPCODES(ISOTHERM_OPCODE) }
    return 0;
  }
};

template <>
struct Lane<double> {
  static double execute(OpCode code, const double* x) {
    using namespace scalar::f64;
    switch (code) { ISOTHERM_OPCODES(ISOTHERM_OPCODE) }
    return 0;
  }
};

}  // namespace

template <class real>
Interpreter<real>::Interpreter(Program program) : program_(std::move(program)) {
  const auto see = [&](const Operand& operand) {
    if (operand.kind == Operand::Kind::state) state_rows_ = std::max<std::size_t>(state_rows_, operand.index + 1);
    if (operand.kind == Operand::Kind::draw) draws_ = std::max<std::size_t>(draws_, operand.index + 1);
    if (operand.kind == Operand::Kind::column) columns_ = std::max<std::size_t>(columns_, operand.index + 1);
  };
  for (const Instruction& instruction : program_.instructions) std::ranges::for_each(instruction.operands, see);
  std::ranges::for_each(program_.results, see);
  for (const Instruction& instruction : program_.instructions) {
    Slots& slots = operands_.emplace_back();
    for (std::size_t i = 0; i < slots.size(); ++i) slots[i] = slot(instruction.operands[i]);
  }
  for (const Operand& result : program_.results) results_.push_back(slot(result));
  values_.resize(program_.constants.size() + state_rows_ + draws_ + columns_ + program_.instructions.size());
}

template <class real>
std::uint32_t Interpreter<real>::slot(const Operand& operand) const {
  std::size_t first = 0;
  switch (operand.kind) {
    case Operand::Kind::none:
      return 0;
    case Operand::Kind::value:
      first += columns_;
      [[fallthrough]];
    case Operand::Kind::column:
      first += draws_;
      [[fallthrough]];
    case Operand::Kind::draw:
      first += state_rows_;
      [[fallthrough]];
    case Operand::Kind::state:
      first += program_.constants.size();
      [[fallthrough]];
    case Operand::Kind::constant:
      break;
  }
  return static_cast<std::uint32_t>(first + operand.index);
}

template <class real>
void Interpreter<real>::operator()(std::span<const real> state, std::span<const real> draws,
                                   std::span<const real> constants, std::span<real> results,
                                   std::span<const real> columns) {
  auto next = std::ranges::copy(constants, values_.begin()).out;
  next = std::ranges::copy(state.first(state_rows_), next).out;
  next = std::ranges::copy(draws.first(draws_), next).out;
  next = std::ranges::copy(columns.first(columns_), next).out;
  for (std::size_t i = 0; i < operands_.size(); ++i) {
    const auto& [a, b, c, d] = operands_[i];
    const real x[] = {values_[a], values_[b], values_[c], values_[d]};
    *next++ = Lane<real>::execute(program_.instructions[i].code, x);
  }
  for (std::size_t i = 0; i < results_.size(); ++i) results[i] = values_[results_[i]];
}

template class Interpreter<float>;
template class Interpreter<double>;

}  // namespace isotherm::loss
