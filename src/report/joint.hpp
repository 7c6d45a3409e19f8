#pragma once
// A histogram of two axes as a heat map.

#include <optional>

#include "report/folder.hpp"
#include "report/panel.hpp"

namespace isotherm::report {

/// Counts as colours, with the marginal densities along both sides, and over it lines that hold 50, 90 and 99 % of the
/// probability by Gibbs and by the best of the other predictions. More than 256 bins of an axis are drawn in pairs,
/// threes, ...
Figure joint_figure(const Counts& counts);

/// Where there is more and less than Gibbs has, in standard errors. Nothing where there is no Gibbs density, or no
/// standard error.
std::optional<Figure> pull_map_figure(const Counts& counts);

}  // namespace isotherm::report
