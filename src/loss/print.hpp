#pragma once
// Prints a program as C++ statements for any lane: what the CUDA engine compiles.

#include <cstdint>
#include <functional>
#include <string>

#include "loss/program.hpp"

namespace isotherm::loss {

/// How operands are spelled, by index. `constant` is given the index in Program::constants; those from
/// Program::step_constants_begin on change from step to step.
struct PrintNames {
  std::string type = "F";
  std::string value_prefix = "t";  ///< of the variable that holds the value of an instruction
  std::string indent = "  ";
  std::function<std::string(std::uint32_t)> state, draw, column, constant;
  std::function<std::string(std::uint32_t)> result;  ///< an assignable expression for result i
};

/// One statement for each instruction, "const F t0 = op_fma(x0, k[3], z1);", then "RESULT = VALUE;" for each result.
/// Results may be the state variables themselves: all right-hand sides are read before any result is assigned.
std::string print_body(const Program& program, const PrintNames& names);

}  // namespace isotherm::loss
