// Names: which are coordinates, and how they are ordered.

#include <algorithm>
#include <cctype>
#include <tuple>

#include "loss/functions.hpp"
#include "loss/parser.hpp"

namespace isotherm::loss {
namespace {

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

}  // namespace

bool is_coordinate_name(const std::string& name) {
  return !name.empty() && is_letter(name[0]) && std::all_of(name.begin() + 1, name.end(), is_digit);
}

bool is_free_name(const std::string& name) {
  return !name.empty() && is_letter(name[0]) &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; }) && name != "pi" &&
         find_function(name) == nullptr;
}

bool natural_less(const std::string& a, const std::string& b) {
  const auto split = [](const std::string& name) {
    std::size_t end = name.size();
    while (end > 0 && is_digit(name[end - 1])) --end;
    std::size_t first = end;
    while (first < name.size() && name[first] == '0') ++first;
    // Of two numbers without leading zeros the shorter is the smaller; no number at all comes first.
    return std::tuple(name.substr(0, end), end < name.size(), name.size() - first, name.substr(first), name);
  };
  return split(a) < split(b);
}

}  // namespace isotherm::loss
