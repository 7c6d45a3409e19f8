// Prints one step of sgd on catalogue losses as row functions in C++, each the same op list as the tape's, in one pass:
//   bench_compiled_generator LOSS... > compiled_steps-inl.hpp

#include <iostream>
#include <set>
#include <string>

#include "compiled_steps.hpp"
#include "loss/print.hpp"

namespace {

using isotherm::loss::Operand;
using isotherm::loss::Program;

std::string indexed(const char* prefix, std::uint32_t i) { return prefix + std::to_string(i); }

void print_step(std::ostream& out, const std::string& name, std::size_t number, const Program& program) {
  std::set<std::uint32_t> states, draws;
  const auto see = [&](const Operand& operand) {
    if (operand.kind == Operand::Kind::state) states.insert(operand.index);
    if (operand.kind == Operand::Kind::draw) draws.insert(operand.index);
  };
  for (const isotherm::loss::Instruction& instruction : program.instructions)
    for (int k = 0; k < isotherm::loss::arity(instruction.code); ++k)
      see(instruction.operands[static_cast<std::size_t>(k)]);
  for (std::uint32_t r = 0; r < program.results.size(); ++r) states.insert(r);

  out << "// " << name << "\ninline void step_" << number
      << "(const cpu::RowCall<real>& call, real* rows, const real* constants, std::size_t n) {\n";
  for (std::size_t k = 0; k < program.constants.size(); ++k) out << "  const F k" << k << "(constants[" << k << "]);\n";
  out << "  for (std::size_t i = 0; i < n; i += W) {\n";
  for (const std::uint32_t s : states) out << "    F x" << s << " = load(rows + " << s << " * n + i);\n";
  for (const std::uint32_t d : draws)
    out << "    const F z" << d << " = load(rows + call.operands[" << d << "] * n + i);\n";
  isotherm::loss::PrintNames names;
  names.indent = "    ";
  names.state = names.result = [](std::uint32_t i) { return indexed("x", i); };
  names.draw = [](std::uint32_t i) { return indexed("z", i); };
  names.constant = [](std::uint32_t i) { return indexed("k", i); };
  out << print_body(program, names);
  for (std::uint32_t r = 0; r < program.results.size(); ++r)
    out << "    store(rows + " << r << " * n + i, x" << r << ");\n";
  out << "  }\n}\n\n";
}

}  // namespace

int main(int count, char** losses) {
  for (int i = 1; i < count; ++i)
    print_step(std::cout, losses[i], static_cast<std::size_t>(i - 1), isotherm::bench::simulation_of(losses[i]).step);
  std::cout << "constexpr cpu::RowFunction<real> compiled_steps[] = {";
  for (int i = 1; i < count; ++i) std::cout << "step_" << i - 1 << ", ";
  std::cout << "};\n";
}
