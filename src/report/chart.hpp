#pragma once
// A figure from plain numbers: curves, points with bars and histograms over one pair of axes, or rows over one axis.

#include <string>

#include "report/folder.hpp"
#include "report/panel.hpp"

namespace isotherm::report {

/// `figure` as reproduce.json has it (docs/schemas/reproduction.schema.json). Title, axes and legend stand in the
/// drawing itself; words like "sigma" become letters. nlohmann::json::exception where it is something else.
Figure chart(const std::string& name, const Json& figure);

}  // namespace isotherm::report
