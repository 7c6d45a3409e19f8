#pragma once
// Names in one line.

#include <string>
#include <vector>

namespace isotherm {

/// "a, b, c"; of many the first, as fit a line, "and 97 more".
std::string listed(const std::vector<std::string>& names);

}  // namespace isotherm
