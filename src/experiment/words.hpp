#pragma once
// Words of messages.

#include <cstddef>
#include <string>

namespace isotherm {

/// "1 row", "2 rows".
inline std::string counted(std::size_t n, const std::string& noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

}  // namespace isotherm
