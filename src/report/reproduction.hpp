#pragma once
// reproduce.html: the lecture's claims with what was measured of each, from reproduce.json alone.

#include "report/folder.hpp"
#include "report/report.hpp"

namespace isotherm::report {

/// One file like report.html, and the figures. The same JSON gives the same bytes. nlohmann::json::exception where it
/// is not what `isotherm reproduce` writes.
Report make_reproduction(const Json& reproduction);

}  // namespace isotherm::report
