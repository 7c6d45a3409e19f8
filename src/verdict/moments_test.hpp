#pragma once
// Mean and covariance of the coordinates against a prediction that has no density.

#include <optional>
#include <span>

#include "isotherm/experiment/measurement.hpp"
#include "verdict/test_result.hpp"
#include "verdict/verdict.hpp"

namespace isotherm::verdict {

struct MomentsTest {
  TestResult test;
  std::optional<MomentDistance> distance;  ///< nothing where the expected covariance is singular
  /// Kullback-Leibler divergence of the normal law with the measured moments from that with the expected ones, and what
  /// sampling noise alone gives a normal law, q / (2 N) with q moments.
  double kl_divergence = 0, kl_floor = 0;
};

/// Hotelling's T^2 (hotelling.hpp) over the groups of particles, of the coordinates z = C^-1/2 (x - m): the mean of
/// each z_i is expected to be 0 and that of z_i z_j to be 1 or 0. Its standard errors are those of the run, whatever
/// the law, as long as it has fourth moments. All of these moments in up to 6 coordinates (27); beyond, mean and square
/// along the 12 principal axes of C that vary most, and the square in the mean over all axes. `mean` and `covariance`
/// (row-major) are those expected. Not applicable with fewer than 32 groups of 256 particles, or a singular C.
MomentsTest moments_test(const Snapshot& snapshot, std::span<const double> mean, std::span<const double> covariance);

}  // namespace isotherm::verdict
