#pragma once
// Joint sums of the positions at two consecutive steps: what probability currents are measured from.

#include <vector>

#include "engine/simulation.hpp"
#include "engine/snapshot_sums.hpp"
#include "isotherm/experiment/measurement.hpp"

namespace isotherm::engine {

/// For each chunk: `before` at step n - 1, `after` at step n of the same blocks. The sums are the caller's.
class PairCollector {
 public:
  PairCollector(std::size_t dimension, std::uint64_t particles, int threads);
  PairSums empty() const { return PairSums(group_count); }
  void before(const Engine& engine, BlockRange blocks);
  void after(const Engine& engine, BlockRange blocks, PairSums& sums);
  static ConsecutivePairs finish(const PairSums& sums);

 private:
  void read(const Engine& engine, BlockRange blocks, std::size_t first);

  std::size_t dimension_;
  std::uint64_t particles_;
  int threads_;
  std::vector<std::vector<double>> rows_;  ///< of the chunk: the positions before, then after
};

}  // namespace isotherm::engine
