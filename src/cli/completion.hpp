#pragma once
// Completion of commands, options and values in shells, from the tables of commands and options.

#include <string>

namespace isotherm::cli {

/// The script for "bash", "zsh" or "fish". ValueError for another shell.
std::string completion_script(const std::string& shell);

}  // namespace isotherm::cli
