#pragma once
// What the report looks like: inks of the figures, and the style sheet of the page.

#include <string>
#include <string_view>

namespace isotherm::report {

enum class Paper { light, dark };

/// Rules for the classes that figures use, without variables, since converters of SVG know none. Inks of predictions
/// are of Okabe and Ito's palette (distinct for colour-blind readers), and each has a dash pattern of its own.
std::string figure_style(Paper paper);

/// Class of a prediction's lines: "p-gibbs"; "p-other" for one without ink of its own.
std::string prediction_class(std::string_view prediction);

/// How a prediction is called in figures: "Gibbs", "exact chain".
std::string prediction_title(std::string_view prediction);

/// Number of the classes "t0" ..., shades from early to late.
inline constexpr int shades = 6;

/// The whole style sheet: figures and page, light, dark and print.
std::string page_style();

}  // namespace isotherm::report
