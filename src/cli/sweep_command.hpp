#pragma once
// `isotherm sweep`.

#include <filesystem>

#include "cli/sweep.hpp"

namespace isotherm::cli {

/// Runs the points that OUTPUT/points.journal does not have yet, side by side, and writes OUTPUT/sweep.json and
/// sweep.csv. Returns the exit status: 1 if a point failed or misses --expect.
int sweep_command(const SweepRequest& request);

}  // namespace isotherm::cli
