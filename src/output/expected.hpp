#pragma once
// What stands beside the counts of a histogram: their standard errors, and what predictions expect.

#include <optional>
#include <string>
#include <vector>

#include "isotherm/histogram/histogram.hpp"
#include "theory/prediction.hpp"

namespace isotherm::output {

struct Expected {
  std::string prediction;
  const std::vector<double>* probabilities;  ///< of all slots
};

/// The predictions that know these axes.
std::vector<Expected> expected_on(const std::vector<Axis>& axes, const std::vector<theory::Prediction>& predictions);

/// Entries that are in some slot, of each group.
std::vector<double> finite_entries(const Histogram& histogram);

/// Variance of each slot's count of a time average, by batch means over groups of particles: samples of one particle
/// repeat each other, so Poisson's would be too small. Nothing for a single snapshot, whose counts are multinomial, and
/// where counts are not kept by group.
std::optional<std::vector<double>> batch_variances(const Histogram& histogram);

}  // namespace isotherm::output
