#pragma once
// What `isotherm extrapolate` prints and writes.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "batch/extrapolate.hpp"
#include "output/terminal.hpp"

namespace isotherm::cli {

/// alpha at each step, the polynomials through them, and the limit.
std::string extrapolation_table(const batch::Extrapolation& result, const output::Terminal& terminal);

/// The same, of this experiment; the schema is docs/schemas/extrapolation.schema.json.
nlohmann::ordered_json extrapolation_json(const batch::Extrapolation& result, const Experiment& experiment);

/// Its points: a row each, with a header.
std::string extrapolation_csv(const batch::Extrapolation& result);

}  // namespace isotherm::cli
