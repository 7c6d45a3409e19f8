#pragma once
// What `isotherm bench` prints.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "bench/speed.hpp"
#include "output/terminal.hpp"

namespace isotherm::cli {

/// The dynamics with their speed, the time that their parts explain, and what the parts cost.
std::string bench_table(const bench::SpeedReport& report, const output::Terminal& terminal);

/// The same; the schema is docs/schemas/bench.schema.json.
nlohmann::ordered_json bench_json(const bench::SpeedReport& report);

}  // namespace isotherm::cli
