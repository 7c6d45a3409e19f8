#pragma once
// Are the particles independent of each other?

#include <vector>

#include "verdict/verdict.hpp"

namespace isotherm::verdict {

/// One-way analysis of variance over the groups of particles: with n_g particles and mean m_g in group g,
///
///     Q = sum_g n_g (m_g - m)^2 / s^2 ~ chi-squared(G - 1),   s^2 the variance within groups,
///
/// for the mean and for the squared deviation from the mean of each of the first `dimension` observables (coordinates),
/// and for the mean of the loss. Too large a Q: particles of one group repeat each other (a generator that gives
/// neighbours the same numbers doubles it). Too small: groups repeat each other, or neighbours cancel. The p-value is
/// two-sided.
///
/// Groups smaller than half of the largest are left out, so that the kurtosis of the observable cancels between Q and
/// s^2 (Box and Watson 1962). An observable without spread, and a snapshot with fewer than two groups of at least 128
/// particles, is not tested.
std::vector<GroupTest> group_tests(const Snapshot& snapshot, std::size_t dimension);

}  // namespace isotherm::verdict
