#pragma once
// Sums over one block of 256 particles, in double and by halving, and over the 64 groups of blocks.

#include <vector>

#include "engine/simulation.hpp"
#include "isotherm/statistics/moment_sum.hpp"

namespace isotherm::engine {

struct BlockScratch {
  alignas(64) double weight[block_size];
  alignas(64) double deviation[block_size];
  alignas(64) double power[block_size];
  alignas(64) double sum[block_size];
};

/// Moments of one block over the particles with weight 1.
MomentSum block_moments(const double* values, const double* weight, BlockScratch& scratch);

/// Joint sums of q rows over the particles with weight 1 whose q values are all finite. `deviations` is scratch.
ComomentSum block_comoments(const std::vector<const double*>& rows, const double* weight,
                            std::vector<double>& deviations, BlockScratch& scratch);

/// Combines the 64 groups by halving.
template <class T>
T combine_groups(std::vector<T> groups) {
  for (std::size_t half = group_count / 2; half > 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) groups[i] = merge(groups[i], groups[i + half]);
  return groups[0];
}

}  // namespace isotherm::engine
