#include "loss/draft.hpp"

#include <string>

#include "isotherm/core/error.hpp"

namespace isotherm::loss {

Operand Draft::op(OpCode code, Operand a, Operand b, Operand c, Operand d, bool rigid) {
  const auto key = [](const Operand& x) { return Key(x.kind, x.index); };
  const Operand fresh{Operand::Kind::value, static_cast<std::uint32_t>(instructions.size())};
  const auto [place, inserted] = known_.try_emplace(std::tuple(code, key(a), key(b), key(c), key(d)), fresh);
  if (inserted) {
    if (instructions.size() >= maximum_program_size)
      throw InputError("the expressions need more than " + std::to_string(maximum_program_size) +
                       " operations; use fewer terms or a lower dimension");
    instructions.push_back({code, {a, b, c, d}});
    rigid_.push_back(false);
  }
  if (rigid) rigid_[place->second.index] = true;
  return place->second;
}

std::vector<std::uint32_t> Draft::uses() const {
  std::vector<std::uint32_t> uses(instructions.size());
  const auto count = [&](const Operand& x) {
    if (is_value(x)) ++uses[x.index];
  };
  for (const Instruction& instruction : instructions)
    for (const Operand& x : instruction.operands) count(x);
  for (const Operand& x : results) count(x);
  return uses;
}

}  // namespace isotherm::loss
