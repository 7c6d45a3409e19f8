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
  bool verified = false;    ///< the whole spectrum was seen, not the curvature only
};

/// 1-D: the gap of the transfer matrix of x' = x - step L'(x) + sqrt(2 T step) N(0, 1) on a uniform grid of spacing
/// s / 1.5 over eight standard deviations (its error is exp(-2 pi^2 1.5^2) / (step L'')); the even sector only if both
/// L and the start are symmetric about 0. A step that needs more than 2000 nodes is scaled from a longer one at the
/// same T, to within O(step L''). Beyond 1-D: the least over minima of min(step h_min, 2 - step h_max), where a minimum
/// without curvature counts with h = T / Var x. Rate 0: the chain is unstable, or there is no minimum.
Relaxation relaxation(loss::Problem& problem, const GibbsFamily& family, std::span<const Minimum> minima,
                      double temperature, double step, bool symmetric_start);

/// Steps until what is left of the start, at most of order 1 in the slowest mode, is exp(-5.2) / sqrt(particles): a
/// start 6 standard deviations wide then adds less than 0.1 to a chi-squared of all particles. ceil((ln(particles)/2 +
/// 5.2) / rate), i.e. 16 / rate at 1e9.
std::uint64_t burn_in_steps(const Relaxation& relaxation, std::uint64_t particles);

}  // namespace isotherm::theory
