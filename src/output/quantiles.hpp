#pragma once
// Quantiles of an observable, interpolated within the bins of its fine histogram.

#include <string>
#include <vector>

#include "isotherm/experiment/measurement.hpp"

namespace isotherm::output {

struct Quantile {
  std::string key;  ///< as in result.json: "0.01", ...
  double value = 0;
  double standard_error = 0;
};

/// Quantiles at the levels of theory::quantile_levels() of a 1-D histogram of independent entries. Counts are taken as
/// spread evenly within a bin. A level that falls into a flow bin is left out: there is no way to interpolate there.
/// The standard error is Woodruff's (1952), half the distance between the quantiles at p +- sqrt(p (1 - p) / N), which
/// to first order is sqrt(p (1 - p) / N) / density; where one of those two is out of range, that formula with the
/// density of the quantile's own bin.
std::vector<Quantile> quantiles(const Histogram& fine);

/// Those of an observable, in its own units whatever the axis of its fine histogram is.
std::vector<Quantile> quantiles(const SnapshotObservable& observable);

}  // namespace isotherm::output
