#pragma once
// The commands themselves.

#include <string>
#include <vector>

namespace isotherm::cli {

/// Exit statuses; 128 + N for signal N.
enum ExitStatus { done = 0, failed = 1, wrong_input = 2, signal_base = 128 };

/// Runs `isotherm ARGUMENTS` on standard output and standard error. Returns the exit status; throws nothing.
int execute(const std::vector<std::string>& arguments);

}  // namespace isotherm::cli
