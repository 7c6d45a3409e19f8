#pragma once
// The table of a sweep: sweep.json (docs/schemas/sweep.schema.json), sweep.csv, and a terminal's.

#include <cstddef>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "batch/run_points.hpp"
#include "cli/sweep.hpp"
#include "output/terminal.hpp"

namespace isotherm::cli {

/// What the journal keeps of a point: {"status": "done", "ensemble", "moments", "temperature", "diagnostics",
/// "outcome", "statement", "warnings"}, each as in result.json but for quantiles and what is larger still; or
/// {"status": "failed", "reason"}. Nothing that differs from one machine to the next.
nlohmann::ordered_json point_json(const batch::PointOutcome& outcome);

/// One finished point of the table: "point", "replica", "parameters" and what point_json says; nothing for a point that
/// has not ended.
using SweepRows = std::function<std::optional<nlohmann::ordered_json>(std::size_t)>;

/// The whole of sweep.json; only rows that are there.
std::string sweep_json(const Sweep& sweep, const SweepRows& rows);

/// A line of names, and one for each point that has ended. An estimate is followed by its standard error; what a point
/// does not have is empty.
std::string sweep_csv(const Sweep& sweep, const SweepRows& rows);
/// One line for each setting: the mean of each estimate over its replicas, its standard error by theirs (the square
/// root of the sum of their squares, over their number), and the one that their scatter gives (their standard deviation
/// over the square root of their number).
std::string settings_csv(const Sweep& sweep, const SweepRows& rows);

/// The first points with their parameters, alpha, the moments of the first coordinate, the mean loss and Gibbs'
/// verdict.
std::string sweep_table(const Sweep& sweep, const SweepRows& rows, const output::Terminal& terminal);

/// What `--dry-run` says: the points, memory and particle-steps. Makes the plans of up to 64 points.
std::string sweep_dry_run_text(const Sweep& sweep, std::size_t width);
/// The same by the names of sweep.json (docs/schemas/sweep-plan.schema.json).
nlohmann::ordered_json sweep_dry_run_json(const Sweep& sweep);

}  // namespace isotherm::cli
