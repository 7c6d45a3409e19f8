#pragma once
// Merging slots of a histogram before a test.

#include <cstddef>
#include <span>
#include <vector>

#include "isotherm/histogram/histogram.hpp"

namespace isotherm::verdict {

/// Slot i belongs to part part[i] of 0 ... parts - 1.
struct Partition {
  std::vector<std::size_t> part;
  std::size_t parts = 0;

  /// Sums of `values` over each part.
  template <class Value>
  std::vector<double> sums(std::span<const Value> values) const {
    std::vector<double> sum(parts);
    for (std::size_t i = 0; i < values.size(); ++i) sum[part[i]] += static_cast<double>(values[i]);
    return sum;
  }
};

/// The finest merging in which every part has an expected count of at least `smallest`. On one axis neighbours are
/// merged, inwards from both ends and across any sparse valley between; on two axes all sparse cells become one. One
/// part if the whole expects less.
Partition merge_sparse(std::span<const Axis> axes, std::span<const double> expected_counts, double smallest);

/// Few parts of nearly equal probability, none below a quarter of an equal share: 8 stretches of one axis, or 3
/// stretches of the first of two axes, each cut into 3 along the second. Fewer where single slots hold more than a
/// share.
Partition equal_parts(std::span<const Axis> axes, std::span<const double> probabilities);

}  // namespace isotherm::verdict
