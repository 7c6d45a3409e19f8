#pragma once
// Numbers in sentences.

#include <cstdio>
#include <string>

namespace isotherm::theory {

/// Up to six significant digits: "0.1", "2.5e-07".
inline std::string text(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%g", value);
  return buffer;
}

}  // namespace isotherm::theory
