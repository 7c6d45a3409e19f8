#pragma once
// What is kept of single particles at the last step: the positions of a few, and the farthest of all.

#include <cstddef>
#include <vector>

#include "engine/archive.hpp"
#include "engine/simulation.hpp"
#include "isotherm/experiment/measurement.hpp"

namespace isotherm::engine {

/// The largest of all values that were seen, whatever their order.
class Largest {
 public:
  explicit Largest(std::size_t count) : count_(count) {}
  void see(double value);  ///< what is not finite is passed over
  void add(const Largest& other);
  std::vector<double> descending() const;
  void write(ArchiveWriter& archive) const;
  void read(ArchiveReader& archive);

 private:
  std::size_t count_;
  std::vector<double> values_;  ///< fewer than twice `count_`
  double bar_ = 0;              ///< once full_, none of the largest is below
  bool full_ = false;
};

/// Of some of the blocks; those of different blocks add up.
struct FinalPositionSums {
  std::vector<Largest> largest, smallest;  ///< by coordinate; `smallest` with the other sign; empty: not wanted
  std::vector<std::vector<double>> few;    ///< D numbers of each of the first particles; NaN where not yet seen
  void add(FinalPositionSums other);
};

void write(ArchiveWriter& archive, const FinalPositionSums& sums);
/// Into sums of the same shape. RunError for bytes that do not fit.
void read(ArchiveReader& archive, FinalPositionSums& sums);

/// Looks at a chunk of particles; what is kept depends on neither chunks nor threads.
class FinalPositionCollector {
 public:
  /// `kept` of the largest and of the smallest values of each coordinate; 0: none.
  FinalPositionCollector(std::size_t dimension, std::uint64_t particles, std::size_t kept, int threads);
  FinalPositionSums empty() const;
  void add(const Engine& engine, BlockRange blocks, FinalPositionSums& sums) const;
  static FinalPositions finish(const FinalPositionSums& sums);

 private:
  std::size_t dimension_;
  std::uint64_t particles_;
  std::size_t kept_;
  int threads_;
};

}  // namespace isotherm::engine
