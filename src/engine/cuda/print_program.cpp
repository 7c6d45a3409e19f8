#include "engine/cuda/print_program.hpp"

namespace isotherm::engine::cuda {
namespace {

using OperandName = std::function<std::string(const loss::Operand&)>;

std::string print(const loss::Operand& operand, const OperandName& name) {
  return operand.kind == loss::Operand::Kind::value ? "v" + std::to_string(operand.index) : name(operand);
}

}  // namespace

std::string print_instructions(const loss::Program& program, const OperandName& name) {
  std::string text;
  for (std::size_t i = 0; i < program.instructions.size(); ++i) {
    const loss::Instruction& instruction = program.instructions[i];
    text += "  const F v" + std::to_string(i) + " = op_" + loss::name(instruction.code) + "(";
    for (int k = 0; k < loss::arity(instruction.code); ++k) {
      text += (k == 0 ? "" : ", ") + print(instruction.operands[static_cast<std::size_t>(k)], name);
    }
    text += ");\n";
  }
  return text;
}

std::string print_result(const loss::Program& program, std::size_t index, const OperandName& name) {
  return print(program.results[index], name);
}

}  // namespace isotherm::engine::cuda
