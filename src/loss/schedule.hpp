#pragma once
// The order of instructions: few values alive at a time means registers on the GPU and rows in L1 on the CPU.

#include <cstdint>
#include <span>
#include <vector>

#include "loss/program.hpp"

namespace isotherm::loss {

/// Most values alive at any time when `instructions` are executed as they stand; results stay alive to the end.
std::size_t maximum_live_values(std::span<const Instruction> instructions, std::span<const Operand> results);

/// The instructions that the results need, renumbered, in the best of several orders. Deterministic.
void schedule(std::vector<Instruction>& instructions, std::vector<Operand>& results);

}  // namespace isotherm::loss
