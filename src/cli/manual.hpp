#pragma once
// The manual page and the reference of the options, from the tables of commands and options.

#include <string>

namespace isotherm::cli {

/// isotherm(1), as roff with the man macros.
std::string manual_page();

/// For each group of options a heading and a table, in Markdown: option, meaning, default.
std::string options_in_markdown();

}  // namespace isotherm::cli
