#pragma once
// The functions that an expression may call.

#include <span>
#include <string>

#include "loss/graph.hpp"

namespace isotherm::loss {

struct FunctionName {
  const char* name;
  Operation operation;  ///< not for sum
  int arguments;        ///< the least number of them
  bool variadic;        ///< more are folded from the left
};

std::span<const FunctionName> functions();
const FunctionName* find_function(const std::string& name);

/// What to write instead of a function that other languages have: "ln" -> "log(x) is the natural logarithm"; "" if
/// nothing.
std::string function_advice(const std::string& name);

}  // namespace isotherm::loss
