#include "report/text.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <regex>
#include <utility>

#include "output/number.hpp"
#include "output/text_table.hpp"

namespace isotherm::report {
namespace {

constexpr const char* minus = "\u2212";

/// A whole number of any length, "-05" as "⁻⁵".
std::string superscript(std::string_view number) {
  static constexpr const char* digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  const std::string sign = number.starts_with('-') ? "⁻" : "";
  if (number.starts_with('-') || number.starts_with('+')) number.remove_prefix(1);
  while (number.size() > 1 && number.front() == '0') number.remove_prefix(1);
  std::string text;
  for (const char c : number) text += digits[c - '0'];
  return sign + text;
}

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t')
          out += "\uFFFD";
        else
          out += c;
    }
  }
  return out;
}

std::string power_of_ten(long long exponent) {
  return exponent == 0 ? "1" : "10" + superscript(std::to_string(exponent));
}

std::string typeset(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const bool begins = i == 0 || !(is_letter(text[i - 1]) || is_digit(text[i - 1]) || text[i - 1] == '.');
    std::size_t end = i;
    if (end < text.size() && text[end] == '-') ++end;
    const std::size_t first_digit = end;
    while (end < text.size() &&
           (is_digit(text[end]) || (text[end] == '.' && end + 1 < text.size() && is_digit(text[end + 1]))))
      ++end;
    if (!begins || end == first_digit) {
      out += text[i++];
      continue;
    }
    if (text[i] == '-') out += minus;
    const std::string mantissa(text.substr(first_digit, end - first_digit));
    std::size_t exponent = end;
    if (exponent < text.size() && text[exponent] == 'e') {
      ++exponent;
      if (exponent < text.size() && (text[exponent] == '-' || text[exponent] == '+')) ++exponent;
      std::size_t last = exponent;
      while (last < text.size() && is_digit(text[last])) ++last;
      if (last > exponent && (last == text.size() || !is_letter(text[last]))) {
        const std::string_view power = text.substr(end + 1, last - end - 1);
        out += (mantissa == "1" ? "" : mantissa + "\u202F×\u202F") + "10" + superscript(power);
        i = last;
        continue;
      }
    }
    out += mantissa;
    i = end;
  }
  return out;
}

std::string mathematical(std::string_view text) {
  static constexpr std::pair<std::string_view, std::string_view> words[] = {
      {"eta", "η"}, {"sigma", "σ"}, {"alpha", "α"}, {"beta", "β"},  {"mu", "μ"},   {"kappa", "κ"}, {"chi", "χ"},
      {"pi", "π"},  {"Phi", "Φ"},   {"dPhi", "dΦ"}, {"Sigma", "Σ"}, {"ghat", "ĝ"}, {"sqrt", "√"}};
  static constexpr std::pair<std::string_view, std::string_view> signs[] = {{"->", "→"}, {"<=", "≤"},    {">=", "≥"},
                                                                            {"+-", "±"}, {" - ", " − "}, {"(-", "(−"}};
  static constexpr std::string_view subscripts[] = {"₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉"};
  std::string out;
  const auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  for (std::size_t i = 0; i < text.size();) {
    if (letter(text[i])) {
      std::size_t end = i;
      while (end < text.size() && letter(text[end])) ++end;
      const std::string_view word = text.substr(i, end - i);
      const bool option = i > 1 && text[i - 1] == '-' && text[i - 2] == '-';  // "--eta" is to be typed
      const bool begins = i == 0 || !(is_digit(text[i - 1]) || option);
      if (constexpr std::string_view squared = "-squared";
          begins && word == "chi" && text.substr(end).starts_with(squared)) {
        out += "χ²";
        i = end + squared.size();
        continue;
      }
      std::string_view symbol = word;
      for (const auto& [name, sign] : words)
        if (begins && name == word) symbol = sign;
      out += symbol;
      // Greek letters, and one Latin letter, take an index of one digit.
      const bool indexed = end < text.size() && is_digit(text[end]) && symbol != word;
      const bool underlined = end + 1 < text.size() && text[end] == '_' && is_digit(text[end + 1]);
      if (indexed || underlined) {
        const std::size_t digit = underlined ? end + 1 : end;
        out += subscripts[text[digit] - '0'];
        end = digit + 1;
      }
      i = end;
      continue;
    }
    if (text[i] == '^' && i + 1 < text.size()) {
      std::size_t end = i + 1;
      if (text[end] == '-') ++end;
      while (end < text.size() && is_digit(text[end])) ++end;
      if (end > i + 1 && is_digit(text[end - 1]) && (end == text.size() || text[end] != '.')) {
        out += superscript(text.substr(i + 1, end - i - 1));
        i = end;
        continue;
      }
    }
    // The sign of a letter: " -g".
    if (text[i] == '-' && i > 0 && text[i - 1] == ' ' && i + 1 < text.size() &&
        (letter(text[i + 1]) || text[i + 1] == '|')) {
      out += minus;
      ++i;
      continue;
    }
    bool replaced = false;
    for (const auto& [name, sign] : signs)
      if (text.compare(i, name.size(), name) == 0) {
        out += sign;
        i += name.size();
        replaced = true;
        break;
      }
    if (!replaced) out += text[i++];
  }
  return typeset(out);
}

std::string formula_markup(std::string_view text) {
  static const std::regex index("_([A-Za-z]{1,3}[0-9]*)(?![A-Za-z0-9_])"),
      power("\\^((?:−)?[0-9.]*[0-9]|[a-z](?![a-z]))");
  const std::string markup = escaped(mathematical(text));
  return std::regex_replace(std::regex_replace(markup, index, "<sub>$1</sub>"), power, "<sup>$1</sup>");
}

std::string with_error(double value, double standard_error) {
  constexpr double rounding = 1e-9;  // an error that is smaller than this share of the value is one of arithmetic
  if (standard_error < rounding * std::abs(value)) return number(value, 9);
  const double largest = std::max(std::abs(value), standard_error);
  constexpr double smallest_plain = 1e-4, largest_plain = 1e7;
  const bool plain = !std::isfinite(largest) || !(standard_error > 0) || largest == 0 ||
                     (largest >= smallest_plain && largest < largest_plain);
  if (!plain) {
    const int exponent = static_cast<int>(std::floor(std::log10(largest)));
    const double unit = std::pow(10.0, exponent);
    return '(' + typeset(output::with_error(value / unit, standard_error / unit)) + ")\u202F×\u202F" +
           power_of_ten(exponent);
  }
  // output::with_error() leaves plain digits where the error is far below the value: "0.500009481 ± 0.000000087".
  char error[400], text[400];
  std::snprintf(error, sizeof error, "%.1e", standard_error);
  const int place = standard_error > 0 && std::isfinite(largest) ? 1 - std::atoi(std::strchr(error, 'e') + 1) : 0;
  constexpr int longest_of_output = 8, longest = 15;
  if (place <= longest_of_output || place > longest) return typeset(output::with_error(value, standard_error));
  std::snprintf(text, sizeof text, "%.*f ± %.*f", place, value, place, standard_error);
  return typeset(text);
}

std::string grouped(double value) {
  constexpr double exact = 9007199254740992;  // 2^53
  if (!(value >= 0 && value < exact && value == std::floor(value))) return number(value, 4);
  std::string text;
  for (const char c : output::grouped(static_cast<std::uint64_t>(value)))
    text += c == ' ' ? std::string("\u00A0") : std::string(1, c);
  return text;
}

std::string number(double value, int digits) { return typeset(output::rounded(value, digits)); }

std::string p_value(double value, double log10_value) {
  if (value == 0 && std::isfinite(log10_value)) return power_of_ten(std::llround(std::floor(log10_value)));
  return number(value, 2);
}

double text_width(std::string_view text, double size) {
  // Advances of DejaVu Sans in em; other characters have the average of lower-case letters.
  double sum = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;  // goes on with a character
    const bool ascii = static_cast<unsigned char>(c) < 0x80;
    if (std::string_view("ijl,.:;|'! ").find(c) != std::string_view::npos)
      sum += 0.32;
    else if (std::string_view("ftr()[]-").find(c) != std::string_view::npos)
      sum += 0.40;
    else if (std::string_view("mwMW@%").find(c) != std::string_view::npos)
      sum += 0.95;
    else
      sum += ascii && c >= 'A' && c <= 'Z' ? 0.70 : 0.62;
  }
  return size * sum;
}

}  // namespace isotherm::report
