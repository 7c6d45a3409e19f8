#pragma once
// report.html of a sweep's folder.
//
//     [sweep.report]
//     against = "u = 50*eta"            what estimates are drawn against: a parameter, or an expression of parameters
//     average = ["steps"]               what is averaged over, beside replicas
//     alpha = "1/2 - 1/u + (1 - exp(-u))/u^2"   what alpha should be, to be drawn as a line

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/sweep.hpp"
#include "report/report.hpp"

namespace isotherm::cli {

/// sweep.json with as many rows as a page needs, if there are more.
inline constexpr std::size_t most_rows_of_a_page = 20'000;

/// The page from sweep.json: curves, one for each setting of what is not drawn against, agreement of several
/// curves, and limits where the step goes to 0. `request`: the sweep's own words, where they are known.
/// InputError, or nlohmann::json::exception where sweep.json is not what isotherm writes.
report::Report sweep_page(const nlohmann::ordered_json& sweep, const std::optional<SweepRequest>& request);

}  // namespace isotherm::cli
