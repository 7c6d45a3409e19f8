#pragma once
// Does probability circulate? A Gibbs law at one temperature is reversible: no current flows. Anisotropic noise keeps
// currents going, which two consecutive positions of each particle show.

#include <optional>

#include "verdict/verdict.hpp"

namespace isotherm::verdict {

struct Irreversibility {
  /// E[x1' x2 - x2' x1] of the first two coordinates, ' being one step later, means subtracted; units of x^2.
  Estimate circulation;
  /// Relative entropy of the pair (x, x') to the pair (x', x), both taken as normal: exact for linear chains, per step.
  /// Its bias of order 1/N is removed by the jackknife over particle groups, from which both standard errors come.
  Estimate entropy_production;
};

/// Nothing with fewer than two coordinates, or fewer than 16 groups of particles, or a singular covariance.
std::optional<Irreversibility> measure_irreversibility(const ConsecutivePairs& pairs);

}  // namespace isotherm::verdict
