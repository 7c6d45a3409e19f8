#pragma once
// Words of messages.

#include <cstddef>
#include <cstdio>
#include <string>

namespace isotherm {

/// "1 row", "2 rows".
inline std::string counted(std::size_t n, const std::string& noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

/// With six digits.
inline std::string short_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

}  // namespace isotherm
