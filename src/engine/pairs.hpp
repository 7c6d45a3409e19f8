#pragma once
// Joint sums of the positions at two consecutive steps: what probability currents are measured from.

#include <vector>

#include "engine/simulation.hpp"
#include "engine/tree_sum.hpp"
#include "isotherm/experiment/measurement.hpp"

namespace isotherm::engine {

/// Collects chunk by chunk, in order of blocks: `before` at step n - 1, `after` at step n of the same blocks.
class PairCollector {
 public:
  PairCollector(std::size_t dimension, std::uint64_t particles, int threads);
  void before(const Engine& engine, BlockRange blocks);
  void after(const Engine& engine, BlockRange blocks);
  ConsecutivePairs finish() const;

 private:
  void read(const Engine& engine, BlockRange blocks, std::size_t first);

  std::size_t dimension_;
  std::uint64_t particles_;
  int threads_;
  std::vector<std::vector<double>> rows_;  ///< of the chunk: the positions before, then after
  std::vector<TreeSum<ComomentSum>> groups_;
};

}  // namespace isotherm::engine
