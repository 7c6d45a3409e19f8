#include "data/text.hpp"

#include <algorithm>

#include "isotherm/core/error.hpp"
#include "isotherm/core/nearest.hpp"

namespace isotherm::data {

std::string in_quotes(std::string_view text) {
  constexpr std::size_t most = 40;
  std::string shown(text.substr(0, most));
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  // A character that the cut has broken goes entirely.
  if (text.size() > most) {
    while (!shown.empty() && (static_cast<unsigned char>(text[shown.size()]) & 0xc0) == 0x80) shown.pop_back();
    shown += "...";
  }
  return "'" + shown + "'";
}

std::string counted(std::uint64_t n, const std::string& noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

std::string base_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

void require_distinct(const std::string& where, const std::vector<std::string>& names) {
  std::vector<std::string> sorted = names;
  std::ranges::sort(sorted);
  for (std::size_t i = 1; i < sorted.size(); ++i)
    if (!sorted[i].empty() && sorted[i] == sorted[i - 1])
      throw InputError(where + ": two columns have the name " + in_quotes(sorted[i]) + "; give each its own");
}

std::vector<std::size_t> find_columns(const std::string& file, const std::vector<std::string>& names,
                                      std::span<const std::string> wanted) {
  std::vector<std::size_t> places;
  for (const std::string& name : wanted) {
    const auto found = std::ranges::find(names, name);
    if (found != names.end() && !name.empty()) {
      places.push_back(static_cast<std::size_t>(found - names.begin()));
      continue;
    }
    const std::string near = nearest(name, names);
    std::string message = file + " has no column " + in_quotes(name);
    if (!near.empty()) throw InputError(message + "; did you mean " + in_quotes(near) + "?");
    constexpr std::size_t most = 12;
    message += "; it has ";
    for (std::size_t i = 0; i < std::min(names.size(), most); ++i)
      message += (i == 0 ? "" : ", ") + in_quotes(names[i]);
    throw InputError(message + (names.size() > most ? " and " + std::to_string(names.size() - most) + " more" : ""));
  }
  return places;
}

void require_rows(const std::string& file, std::uint64_t rows) {
  if (rows == 0) throw InputError(file + " has no rows of numbers");
  constexpr std::uint64_t most = 0xffffffff;
  if (rows > most)
    throw InputError(file + " has " + std::to_string(rows) + " rows; at most " + std::to_string(most) +
                     " are possible");
}

}  // namespace isotherm::data
