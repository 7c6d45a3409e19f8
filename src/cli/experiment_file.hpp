#pragma once
// Experiment files: TOML whose keys are the options of `isotherm run`.

#include <string>

#include "isotherm/experiment/experiment.hpp"

namespace isotherm::cli {

/// Applies a file to `experiment`. InputError "FILE:LINE:COLUMN: what is wrong, what would be right" for a file that
/// cannot be read, TOML syntax, an unknown key, a value of the wrong type or out of range.
void read_experiment_file(const std::string& path, Experiment& experiment);

/// The same from text; `path` is for messages.
void read_experiment_text(const std::string& text, const std::string& path, Experiment& experiment);

/// The experiment as a file that read_experiment_file reads back to the same values, doubles to the last bit.
std::string experiment_toml(const Experiment& experiment);

}  // namespace isotherm::cli
