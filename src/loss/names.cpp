// Names: which are coordinates, how they are ordered, and which one was probably meant.

#include <algorithm>
#include <cctype>
#include <numeric>

#include "loss/functions.hpp"
#include "loss/parser.hpp"

namespace isotherm::loss {
namespace {

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// Insertions, deletions, replacements and exchanges of neighbours that lead from a to b.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), row(b.size() + 1);
  std::iota(previous.begin(), previous.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(previous);
    previous.swap(row);
  }
  return previous.back();
}

}  // namespace

std::string nearest(const std::string& name, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t distance = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t longer = std::max(name.size(), candidate.size());
    if (longer - std::min(name.size(), candidate.size()) >= distance) continue;
    const std::size_t d = edit_distance(name, candidate);
    if (d < distance && d < longer) best = candidate, distance = d;
  }
  return best;
}

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
