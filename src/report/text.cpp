#include "report/text.hpp"

#include <cctype>
#include <cmath>
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
      const bool begins = i == 0 || !is_digit(text[i - 1]);
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

std::string number(double value, int digits) { return typeset(output::rounded(value, digits)); }

std::string p_value(double value, double log10_value) {
  if (value == 0 && std::isfinite(log10_value)) return power_of_ten(std::llround(std::floor(log10_value)));
  return number(value, 2);
}

double text_width(std::string_view text, double size) {
  return 0.56 * size * static_cast<double>(output::display_width(text));
}

}  // namespace isotherm::report
