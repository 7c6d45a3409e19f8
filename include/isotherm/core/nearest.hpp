#pragma once
// Which name was probably meant.

#include <string>
#include <vector>

namespace isotherm {

/// The candidate nearest to `name` by edit distance, or "" if none is near. Of equally near ones, the first.
std::string nearest(const std::string& name, const std::vector<std::string>& candidates);

}  // namespace isotherm
