#pragma once
// The stationary density of a chain of two state rows under Gaussian noise.

#include <memory>
#include <optional>
#include <string>

#include "theory/plane_density.hpp"
#include "theory/predictor.hpp"

namespace isotherm::theory {

struct PlaneChain {
  std::string reason;      ///< why there is no density; then nothing else is filled
  bool runs_away = false;  ///< ... which is that there is no stationary law at all
  std::shared_ptr<const PlaneDensity> density;
  double accuracy = 0;  ///< total variation between the densities of two grids
  std::optional<double> relaxation_rate;
  /// E[z1(n+1) z2(n) - z2(n+1) z1(n)]
  double circulation = 0;
};

/// What is known beforehand: a density near the law, the rectangle that holds it, and whether z -> -z leaves the chain
/// as it is.
struct PlaneGuess {
  std::function<double(std::span<const double>)> density;
  std::array<Interval, 2> sides;
  bool odd = false;
};

/// Solves for the density on grids that grow until it vanishes at the edges and its Fourier coefficients end within
/// them, and again on a larger and finer one. Refuses where the two differ by more than 1e-8 in total variation, where
/// it would take more than 60000 nodes, where particles run away, and where wells exchange particles so slowly that
/// rounding would decide on their weights.
PlaneChain solve_plane_chain(const Chain& chain, const PlaneGuess& guess);

}  // namespace isotherm::theory
