#pragma once
// Time-averaged histograms: counts of one particle at different steps are correlated, but the 64 groups of particles
// are independent of each other, so the scatter between groups says how precise the average is.

#include <cstdint>
#include <span>
#include <vector>

#include "isotherm/histogram/histogram.hpp"
#include "verdict/test_result.hpp"

namespace isotherm::verdict {

/// Indices of the groups with at least half the size of the largest. A group that holds only the ragged last block has
/// a mean that is far from normal, and so little weight that nothing is lost with it.
std::vector<std::size_t> balanced_groups(std::span<const double> sizes);

/// Smallest number of groups from which a covariance is estimated here.
inline constexpr std::size_t fewest_groups = 32;

/// Number of independent draws whose bin proportions would scatter as much as the time average does:
///
///     N_eff = sum_i o_i (1 - o_i) / sum_i Var(o_i),   Var(o_i) = sum_g n_g (o_gi - o_i)^2 / ((G - 1) sum_g n_g)
///
/// with o_gi the proportion of slot i in group g of n_g entries. `particles` where there are fewer than 32 groups, or
/// none of them differ: that many independent draws there are at least, as long as samples of one particle are not
/// negatively correlated.
double effective_samples(const Histogram& histogram, std::uint64_t particles);

/// Hotelling's T^2 test (hotelling.hpp) that the mean proportions of a few merged bins (equal_parts), without the last,
/// are the expected ones. statistic = T^2, degrees_of_freedom = parts - 1.
///
/// Merged bins that no group ever saw, or that alone were seen, have no scatter and join a neighbour. Where one bin is
/// left, every particle was found in it: under the expected law that has a probability of at most p^particles.
/// Not applicable with fewer than 32 groups, expected probability in one slot only, or groups that do not differ.
TestResult batch_means_test(const Histogram& histogram, std::span<const double> expected, std::uint64_t particles);

}  // namespace isotherm::verdict
