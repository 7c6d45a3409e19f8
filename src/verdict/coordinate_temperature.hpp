#pragma once
// The temperature of each coordinate, and whether they are one.
//
// With independent noise in separable coordinates each coordinate c has a Gibbs law of its own, at T_c = eta_c Sigma_cc
// / 2 for sgd, and their product is Gibbs only where all T_c are equal. Measured are the means m_c over the N particles
// of a snapshot of
//
// corrected virial   x_c g_c - (eta_c / 2) g_c^2 for sgd: E x_c'^2 = E x_c^2 makes its mean T_c at every step size, for
//                    any loss (also one that couples the coordinates) and any law of zero-mean noise. Other rules have
//                    identities of their own (dynamics/*.cpp).
// virial             x_c g_c where the rule has no such identity: its mean is T_c for Gibbs in c, so to leading order
// in
//                    the step. No test rests on it.
//
// With S the covariance of the m_c, from the particles with all its correlations:
//
// one temperature    min over T of (m - T 1)' S^-1 (m - T 1), at T = 1' S^-1 m / 1' S^-1 1: D - 1 degrees of freedom
// expected           (m - T_eff)' S^-1 (m - T_eff): D degrees of freedom
//
// Both are Hotelling's T^2, that is chi-squared for many particles; p-values are those of q (N - 1) / (N - q) times
// Fisher's F(q, N - q), exact for normal observables.

#include <vector>

#include "isotherm/experiment/measurement.hpp"
#include "verdict/verdict.hpp"

namespace isotherm::verdict {

/// The temperatures that the snapshot has, with their tests but without an outcome. Empty in one dimension.
CoordinateTemperatures coordinate_temperatures(const Snapshot& snapshot, const Scales& scales);

}  // namespace isotherm::verdict
