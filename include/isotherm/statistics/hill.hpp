#pragma once
// The tail index of a law by Hill's estimator: P(X > x) ~ C x^-index for large x.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace isotherm {

struct TailIndex {
  double value = 0;           ///< moments of higher order do not exist
  double standard_error = 0;  ///< value / sqrt(used): the scatter alone, not the bias of a tail that is no pure power
  std::uint64_t used = 0;     ///< k
  std::uint64_t of = 0;       ///< n
  double threshold = 0;       ///< X_(k+1)
};

/// k = floor(2 sqrt(n)): it grows without bound and its share of n vanishes, so that the estimate converges. 0 for n
/// below 2500, where a tail cannot be told from anything.
std::size_t tail_count(std::uint64_t n);

/// 1 / index = (1/k) sum_{i <= k} ln(X_(i) / X_(k+1)) of the largest of n values, X_(1) >= X_(2) >= ... (B. M. Hill,
/// Ann. Statist. 3, 1975, 1163), k = tail_count(n). `largest`: at least the k + 1 largest, descending. Nothing where n
/// is too small, X_(k+1) is not positive, X_(1) is not finite, or the largest are all equal.
std::optional<TailIndex> hill(std::span<const double> largest, std::uint64_t n);

}  // namespace isotherm
