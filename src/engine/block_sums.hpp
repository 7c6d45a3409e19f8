#pragma once
// Sums over one block of 256 particles, in double and by halving, and over the 64 groups of blocks.

#include <vector>

#include "engine/cpu/stages.hpp"
#include "engine/simulation.hpp"
#include "isotherm/statistics/moment_sum.hpp"

namespace isotherm::engine {

/// Moments of one block over the particles whose weight is not 0. `stages` of any target give the same bits.
MomentSum block_moments(const double* values, const double* weight, const cpu::Stages<double>& stages);

/// Joint sums of q rows over the particles whose weight is not 0 and whose q values are all finite. `scratch` grows as
/// needed.
ComomentSum block_comoments(const std::vector<const double*>& rows, const double* weight, std::vector<double>& scratch,
                            const cpu::Stages<double>& stages);

/// Combines the 64 groups by halving.
template <class T>
T combine_groups(std::vector<T> groups) {
  for (std::size_t half = group_count / 2; half > 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) groups[i] = merge(groups[i], groups[i + half]);
  return groups[0];
}

}  // namespace isotherm::engine
