#include "output/number.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace isotherm::output {
namespace {

std::string format(const char* pattern, int digits, double value) {
  char text[400];
  const int length = std::snprintf(text, sizeof text, pattern, digits, value);
  return std::string(text, static_cast<std::size_t>(std::clamp(length, 0, static_cast<int>(sizeof text) - 1)));
}

}  // namespace

std::string shortest(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char text[40];
  char* const end = std::to_chars(text, text + sizeof text, value).ptr;
  return std::string(text, end);
}

std::string rounded(double value, int digits) { return format("%.*g", digits, value); }

std::string with_error(double value, double standard_error) {
  if (!std::isfinite(value) || !std::isfinite(standard_error) || standard_error <= 0) return rounded(value, 6);
  // Decimal place of the error's second significant digit, after rounding (0.0996 is 0.10: two places, not three).
  const double leading = std::strtod(format("%.*e", 1, standard_error).c_str(), nullptr);
  const int place = 1 - static_cast<int>(std::floor(std::log10(leading) + 1e-9));
  const double magnitude = std::abs(value);
  const bool readable = place <= 8 && magnitude < 1e7 && place >= 0;
  // No "-0.000": where the value is below its error's digits its sign says nothing.
  if (readable && std::strtod(format("%.*f", place, value).c_str(), nullptr) == 0) value = 0;
  if (readable) return format("%.*f", place, value) + " ± " + format("%.*f", place, standard_error);
  const int digits = magnitude > 0 ? static_cast<int>(std::floor(std::log10(magnitude))) + place : 1;
  return format("%.*e", std::clamp(digits, 1, 15), value) + " ± " + format("%.*e", 1, standard_error);
}

std::string grouped(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, " ");
  return digits;
}

std::string duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "?";
  if (seconds < 9.95) return format("%.*f", 1, seconds) + " s";
  // Past 100 days nobody waits; the bound keeps the conversion defined.
  const auto whole = static_cast<std::uint64_t>(std::min(seconds + 0.5, 1e15));
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

std::string byte_size(std::uint64_t bytes) {
  static constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < std::size(units)) {
    size /= 1024;
    ++unit;
  }
  return rounded(size, size < 1000 ? 3 : 4) + " " + units[unit];
}

}  // namespace isotherm::output
