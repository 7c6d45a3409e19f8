#include "loss/print.hpp"

namespace isotherm::loss {
namespace {

std::string spell(const Operand& operand, const PrintNames& names) {
  switch (operand.kind) {
    case Operand::Kind::value:
      return names.value_prefix + std::to_string(operand.index);
    case Operand::Kind::state:
      return names.state(operand.index);
    case Operand::Kind::draw:
      return names.draw(operand.index);
    case Operand::Kind::column:
      return names.column(operand.index);
    case Operand::Kind::constant:
      return names.constant(operand.index);
    default:
      return "";
  }
}

}  // namespace

std::string print_body(const Program& program, const PrintNames& names) {
  std::string text;
  const auto define = [&](std::size_t index) {
    text += names.indent + "const " + names.type + " " + names.value_prefix + std::to_string(index) + " = ";
  };
  for (std::size_t i = 0; i < program.instructions.size(); ++i) {
    const Instruction& instruction = program.instructions[i];
    define(i);
    text += std::string("op_") + name(instruction.code) + "(";
    for (int k = 0; k < arity(instruction.code); ++k)
      text += (k ? ", " : "") + spell(instruction.operands[static_cast<std::size_t>(k)], names);
    text += ");\n";
  }
  std::string assignments;
  std::size_t copies = program.instructions.size();
  for (std::uint32_t i = 0; i < program.results.size(); ++i) {
    const Operand& result = program.results[i];
    std::string value = spell(result, names);
    if (value == names.result(i)) continue;
    if (result.kind == Operand::Kind::state) {
      define(copies);
      text += value + ";\n";
      value = names.value_prefix + std::to_string(copies++);
    }
    assignments += names.indent + names.result(i) + " = " + value + ";\n";
  }
  return text + assignments;
}

}  // namespace isotherm::loss
