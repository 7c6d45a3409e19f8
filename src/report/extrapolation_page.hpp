#pragma once
// report.html of an extrapolation: alpha against the step, the polynomial through it, and its value at 0.

#include <nlohmann/json.hpp>
#include <string>

#include "report/report.hpp"

namespace isotherm::report {

/// `extrapolation` is extrapolation.json (docs/schemas/extrapolation.schema.json), `experiment` the experiment file.
/// nlohmann::json::exception or InputError where it is not what isotherm writes.
Report make_extrapolation_report(const nlohmann::ordered_json& extrapolation, const std::string& experiment);

}  // namespace isotherm::report
