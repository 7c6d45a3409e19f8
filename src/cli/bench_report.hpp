#pragma once
// What `isotherm bench` prints.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "bench/cases.hpp"
#include "bench/speed.hpp"
#include "output/terminal.hpp"

namespace isotherm::cli {

/// The machine, the cases against its limit, and, if measured, the dynamics with their speed, the time that their parts
/// explain, and what the parts cost.
std::string bench_text(const bench::CaseReport& cases, const std::optional<bench::SpeedReport>& speed,
                       const output::Terminal& terminal);

/// The same; the schema is docs/schemas/bench.schema.json.
nlohmann::ordered_json bench_json(const bench::CaseReport& cases, const std::optional<bench::SpeedReport>& speed);

}  // namespace isotherm::cli
