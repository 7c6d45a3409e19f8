#pragma once
// The masses that a step leaves as they are, and how fast others approach them.

#include "theory/plane_operator.hpp"

namespace isotherm::theory {

struct PlaneStationary {
  PlaneSamples masses;  ///< of sum 1
  double residual = 0;  ///< sum of |P m - m|
  std::size_t applications = 0;
};

/// Solves P m = m from a positive start, as (1 - P) d = P s - s for m = s + d by restarted GMRES in the norm sum of
/// d^2 / (s + 1e-6 max s): close to that in which a reversible chain is symmetric, and blind to rounding far out.
PlaneStationary solve_stationary(const PlaneOperator& step, const PlaneSamples& start, double tolerance,
                                 std::size_t most_applications);

struct SlowestMode {
  double rate = 0;   ///< -ln |lambda| per step
  double error = 0;  ///< the eigenvector's residual, about that of the rate
};

/// By Arnoldi's iteration from a deformed stationary law, until the error is 1e-5 of the rate or `most_applications`.
SlowestMode slowest_mode(const PlaneOperator& step, const PlaneSamples& stationary, std::size_t most_applications);

}  // namespace isotherm::theory
