#pragma once
// `isotherm sweep`.

#include <optional>
#include <string>

#include "cli/run_command.hpp"
#include "cli/sweep.hpp"

namespace isotherm::cli {

/// Runs the points that OUTPUT/points.journal does not have yet, side by side, and writes OUTPUT/sweep.json and
/// sweep.csv. Of several ranks the first deals them, keeps the journal and writes. Returns the exit status: 1 if a
/// point failed or misses --expect.
int sweep_command(const SweepRequest& request);

/// Goes on with the sweep that was last begun in a folder, wherever that is now, and returns the exit status; nothing
/// where none was begun.
std::optional<int> resume_sweep(const ResumeRequest& request);

}  // namespace isotherm::cli
