#pragma once
// Runs from their beginning and from a checkpoint, alone or as one of several processes.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "isotherm/experiment/control.hpp"
#include "isotherm/experiment/experiment.hpp"

namespace isotherm::cli {

struct ResumeRequest {
  std::string folder;
  std::vector<std::pair<std::string, std::vector<std::string>>>
      options;  ///< those of resume_options(), and their words
};

/// Return the exit status; throw InputError and RunError.
int run_command(const Experiment& experiment);
int resume_command(const ResumeRequest& request);

/// As the experiment asks: JSON lines, a bar on a terminal, or nothing.
std::function<void(const Progress&)> progress_display(const Experiment& experiment);

/// InputError that says how to name one if the experiment has no loss.
void require_loss(const Experiment& experiment, const std::string& command);

}  // namespace isotherm::cli
