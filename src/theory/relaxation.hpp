#pragma once
// How many steps a chain takes to forget where it started: for automatic burn-in.

#include <cstdint>
#include <span>
#include <string>

#include "loss/problem.hpp"
#include "theory/gibbs.hpp"

namespace isotherm::theory {

struct Relaxation {
  double rate = 0;  ///< per step: exp(-rate n) is the slowest decay that matters; 0: unknown
  std::string
      method;  ///< "spectral gap", "spectral gap of even functions", "curvature at the minima (not verified)", "none"
  double unmixed_rate = 0;  ///< where only even functions relax: the rate at which wells exchange, else equal to rate
};

/// 1-D: gap of the transfer matrix of x' = x - step * L'(x) + s * N(0,1), by quadrature on a grid of spacing s / 1.5 over +-8 sd,
/// the even sector only if both L and the start are symmetric. Beyond 1-D: min over minima of min(step h_min, 2 - step
/// h_max).
Relaxation relaxation(loss::Problem& problem, const GibbsFamily& family, std::span<const Minimum> minima,
                      double temperature, double step, bool symmetric_start);

/// Steps for a bias below one standard error at `particles`: ceil((ln(particles)/2 + 1.7) / rate), i.e. 12 / rate at
/// 1e9.
std::uint64_t burn_in_steps(const Relaxation& relaxation, std::uint64_t particles);

}  // namespace isotherm::theory
