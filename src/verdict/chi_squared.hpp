#pragma once
// Pearson's chi-squared test of counts of independent particles.

#include <cstdint>
#include <span>

#include "isotherm/histogram/histogram.hpp"
#include "verdict/test_result.hpp"

namespace isotherm::verdict {

/// sum (n - E)^2 / E over the slots after merge_sparse to E >= 10, with one degree of freedom less than parts, and
/// `fitted` less for parameters that were estimated from the same particles. (An estimate from the raw values rather
/// than from the merged counts takes between none and all of its degree away, Chernoff and Lehmann 1954; with the 100
/// bins that are usual here the difference is a twentieth of a standard deviation.)
///
/// `counts` must be multinomial: each particle counted once. Source: Pearson 1900; Cochran 1954 for the merging.
TestResult chi_squared_test(std::span<const Axis> axes, std::span<const std::uint64_t> counts,
                            std::span<const double> expected, unsigned fitted = 0);

}  // namespace isotherm::verdict
