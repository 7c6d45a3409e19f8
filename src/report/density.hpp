#pragma once
// A histogram of one axis against its predictions.

#include <vector>

#include "report/folder.hpp"
#include "report/panel.hpp"

namespace isotherm::report {

/// Measured density with a band of two standard errors, predicted densities as lines, and below it the pulls, (count -
/// expected) / standard error, of each prediction drawn.
Figure density_figure(const Counts& counts);

/// The same densities on a logarithmic scale, down to half of what one particle gives.
Figure log_density_figure(const Counts& counts);

/// Densities of one observable at several snapshots, from early to late, with predictions in time where there are any.
Figure snapshots_figure(const std::vector<const Counts*>& snapshots);

}  // namespace isotherm::report
