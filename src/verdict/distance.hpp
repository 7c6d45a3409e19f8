#pragma once
// How far observed counts are from expected probabilities, and how far sampling noise alone would put them.

#include <cstdint>
#include <span>

#include "isotherm/histogram/histogram.hpp"
#include "verdict/verdict.hpp"

namespace isotherm::verdict {

/// Distances between the counts o_i = n_i / sum n and the probabilities p_i of all slots, flow bins included:
///
///     kl_divergence       sum o ln(o / p), Kullback-Leibler of the observed relative to the expected law; infinity
///                         where something was observed that has probability 0
///     total_variation     sum |o - p| / 2, in [0, 1]
///     kolmogorov_smirnov  max |O - P| of the distribution functions at the edges of all bins
///     wasserstein_1       integral of |O - P| over [lower, upper] (trapezoids between edges), in units of the axis.
///                         That is the distance of the two laws with values outside moved to the nearer end.
///
/// The last two are absent in 2-D, and on a periodic axis, where they would depend on where the circle is cut.
/// `counts` and `expected` have the layout of Histogram::total. sum n > 0.
Distances distances(std::span<const Axis> axes, std::span<const std::uint64_t> counts,
                    std::span<const double> expected);

/// Expectation of each distance if the counts were `samples` independent draws from `expected`. With lambda = N p_i:
///
///     kl_divergence       sum_i (1 - p_i) E[n ln(n / lambda)] / N, n Poisson of mean lambda; (K - 1) / (2 N) where
///                         every lambda is large (Wilks 1938)
///     total_variation     sum_i sqrt(1 - p_i) E|n - lambda| / (2 N), with the Poisson law's mean deviation
///                         2 e^-lambda lambda^(m+1) / m!, m = floor(lambda) (de Moivre 1730, Crow 1958)
///     kolmogorov_smirnov  E max |B| / sqrt(N) for a Brownian bridge B seen at the edges (brownian_bridge.hpp)
///     wasserstein_1       sum over edges of width * E|O - P|, in the mean sqrt(2 P (1 - P) / (pi N)) (del Barrio, Gine
///                         and Matran 1999)
///
/// `samples` > 0 need not be an integer: for correlated counts it is their effective number. The spans must outlive
/// this.
class DistanceFloor {
 public:
  DistanceFloor(std::span<const Axis> axes, std::span<const double> expected);
  Distances operator()(double samples) const;

 private:
  std::span<const Axis> axes_;
  std::span<const double> expected_;
  double largest_bridge_ = 0;  ///< what takes time here, and does not depend on the number of samples
};

}  // namespace isotherm::verdict
