#pragma once
// What the options mean in full, for the manual and for docs/experiment-file.md.

#include <string>
#include <string_view>
#include <vector>

namespace isotherm::cli {

struct OptionText {
  std::string name;
  std::string meaning;   ///< Markdown: code in backticks, links relative to docs/
  std::string fallback;  ///< the default in words, where the table of options does not have it; else ""
};

/// Null where the short text of the option says it all.
const OptionText* find_option_text(std::string_view name);

/// All of them.
const std::vector<OptionText>& option_texts();

}  // namespace isotherm::cli
