#pragma once
// Standard errors of what result.json says about one snapshot: n particles, each once, so samples are independent.

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "isotherm/statistics/moment_sum.hpp"

namespace isotherm::output {

/// s / sqrt(n); nothing for fewer than two samples.
std::optional<double> mean_standard_error(const MomentSum& sum);
/// sqrt((m4/n - (n-3)/(n-1) s^4) / n), s^2 the unbiased variance; nothing for fewer than four samples.
std::optional<double> variance_standard_error(const MomentSum& sum);
/// Of E x^2: sqrt((E x^4 - (E x^2)^2) / n).
std::optional<double> second_moment_standard_error(const MomentSum& sum);

/// Batch means: the standard error of a mean over all particles from the means over groups, weighted by their counts:
/// sqrt(G/(G-1) sum_g w_g^2 (mean_g - mean)^2), w_g = n_g / n, over the G groups with a count. Nothing for G < 2.
std::optional<double> batch_standard_error(std::span<const double> counts, std::span<const double> means);

/// Of E x^4, whose own variance would need eighth moments: by batch means over the groups.
std::optional<double> fourth_moment_standard_error(std::span<const MomentSum> groups);

/// Of the covariance of observables i and j, by batch means of the groups' covariances about the common mean.
std::optional<double> covariance_standard_error(std::span<const ComomentSum> groups, const ComomentSum& total,
                                                std::size_t i, std::size_t j);

}  // namespace isotherm::output
