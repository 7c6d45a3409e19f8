#include "isotherm/core/listed.hpp"

namespace isotherm {

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t longest = 160;  // characters
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0 && text.size() + names[i].size() > longest)
      return text + " and " + std::to_string(names.size() - i) + " more";
    text += (i > 0 ? ", " : "") + names[i];
  }
  return text;
}

}  // namespace isotherm
