#pragma once
// Text for people: numbers as they are printed in books, and what markup needs escaped.

#include <cstddef>
#include <string>
#include <string_view>

namespace isotherm::report {

/// With &, <, >, " and ' escaped; control characters that XML cannot hold become U+FFFD.
std::string escaped(std::string_view text);

/// A number's text with a real minus sign and powers of ten: "-1.2e-05" becomes "−1.2 × 10⁻⁵",
/// with narrow spaces at which no line ends. Several numbers in one
/// text are each changed, and words are left alone.
std::string typeset(std::string_view text);

/// Formulas in words as formulas: "sigma^2" becomes "σ²", "eta_0" "η₀", "sqrt(x)" "√(x)", "<=" "≤", "->" "→", "+-" "±",
/// "chi-squared" "χ²", and numbers as by typeset(). Only whole words change.
std::string mathematical(std::string_view text);

/// The same as markup: escaped, with "T_x" and "t^0.5" as indices and powers.
std::string formula_markup(std::string_view text);

/// Value and error to two digits of the error: "0.0131 ± 0.0020"; below 10⁻⁴ and from 10⁷ on with one power of ten for
/// both, "(8.114 ± 0.080) × 10⁻⁶". No error where it is below a 1e-9th of the value.
std::string with_error(double value, double standard_error);

/// A count with its digits in groups, between which no line ends: "1 000 000".
std::string grouped(double value);

/// 10 to a whole power: "10⁻⁵", and "1" for 0.
std::string power_of_ten(long long exponent);

/// Significant digits, typeset.
std::string number(double value, int digits = 4);

/// "0.0131", "3 × 10⁻⁸⁸", and where it has become 0 its logarithm: "10⁻⁴¹³".
std::string p_value(double value, double log10_value);

/// Width of a text in a sans-serif typeface of this size, as that of DejaVu Sans, a wide one: no font is at hand.
double text_width(std::string_view text, double size);

}  // namespace isotherm::report
