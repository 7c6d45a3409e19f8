#pragma once
// Probabilities of the bins of one axis under a normal law: the velocities of Gibbs.

#include "theory/prediction.hpp"

namespace isotherm::theory {

/// Mean 0, standard deviation > 0; exactly one axis, of any kind. Relative accuracy 1e-14 in both tails.
BinProbabilities normal_bins(const std::vector<Axis>& axes, double standard_deviation);

}  // namespace isotherm::theory
