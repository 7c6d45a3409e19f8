#pragma once
// Prints an op list as statements of a lane.

#include <functional>
#include <string>

#include "loss/program.hpp"

namespace isotherm::engine::cuda {

/// "  const F v0 = op_mul(state[0], state[0]);\n" ... for each instruction; `name` writes operands other than values.
std::string print_instructions(const loss::Program& program,
                               const std::function<std::string(const loss::Operand&)>& name);

/// The text of result `index` after these statements.
std::string print_result(const loss::Program& program, std::size_t index,
                         const std::function<std::string(const loss::Operand&)>& name);

}  // namespace isotherm::engine::cuda
