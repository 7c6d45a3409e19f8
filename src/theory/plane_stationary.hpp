#pragma once
// The masses that a step leaves as they are, and how fast others approach them.

#include <optional>

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

/// -ln |lambda| per step of the slowest mode, by Arnoldi's iteration from a deformed stationary law; nothing where it
/// has not converged to 1e-5 of itself after `most_applications`.
std::optional<double> slowest_rate(const PlaneOperator& step, const PlaneSamples& stationary,
                                   std::size_t most_applications);

}  // namespace isotherm::theory
