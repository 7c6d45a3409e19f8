#pragma once
// A mean in time.

#include <string>
#include <utility>
#include <vector>

#include "report/panel.hpp"

namespace isotherm::report {

struct Moment {
  double step = 0, value = 0, error = 0;  ///< one standard error
};

/// The mean of an observable at several steps, with predicted values of the stationary law as lines. Scales are
/// logarithmic where the steps or the values span more than a factor of 30.
Figure evolution_figure(const std::string& observable, const std::vector<Moment>& moments,
                        const std::vector<std::pair<std::string, double>>& stationary);

}  // namespace isotherm::report
