#pragma once
// The commands themselves.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "experiment/plan.hpp"
#include "experiment/result.hpp"

namespace isotherm::cli {

class PositionFiles;

/// Exit statuses; 128 + N for signal N.
enum ExitStatus { done = 0, failed = 1, wrong_input = 2, signal_base = 128 };

/// Runs `isotherm ARGUMENTS` on standard output and standard error. Returns the exit status; throws nothing.
int execute(const std::vector<std::string>& arguments);

/// "isotherm: MESSAGE" on standard error.
void complain(const std::string& message);

/// Text to standard output. A full disk or a closed pipe is a RunError.
void print(const std::string& text);

/// Writes the folder of a run, result.experiment.output, and returns result.json.
/// `positions`: what --keep-positions and --track wrote; may be null.
nlohmann::ordered_json write_result(const Plan& plan, const Result& result, bool with_report,
                                    PositionFiles* positions = nullptr);

}  // namespace isotherm::cli
