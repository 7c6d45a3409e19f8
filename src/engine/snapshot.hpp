#pragma once
// Statistics of all particles at one step, in double and in a fixed order, from the state rows of any engine.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/simulation.hpp"
#include "engine/snapshot_sums.hpp"
#include "isotherm/experiment/measurement.hpp"
#include "loss/program.hpp"

namespace isotherm::engine {

/// What to measure. Results of `program`, in order: the D coordinates, the other observables of `names`, then the
/// temperature observables (TemperatureObservable), then those of Snapshot::coordinate_temperatures.
struct SnapshotPlan {
  DataPass data;  ///< its sums are rows from state_rows on
  loss::Program program;
  std::vector<double> constants;
  std::vector<std::string> names;                   ///< of the observables: the coordinates first
  std::vector<Axis> fine_axes;                      ///< one for each name
  std::vector<std::optional<double>> fine_offsets;  ///< likewise: see SnapshotObservable::fine_offset
  std::vector<HistogramPlan> histograms;            ///< their results index `program`
  std::size_t dimension = 1;
  std::size_t state_rows = 1;               ///< that `program` may read
  std::size_t coordinate_temperatures = 0;  ///< how many: `dimension`, or 0
  std::uint64_t particles = 0;
  /// Only the observables' moments, and how many particles are not finite: where nothing else is asked, a quarter of
  /// the time.
  bool moments_only = false;
};

/// Measures one snapshot. What it adds up is the caller's, so that it can be written down on the way.
class SnapshotCollector {
 public:
  SnapshotCollector(const SnapshotPlan& plan, std::uint64_t step, double time, const std::string& suffix, int threads,
                    const std::string& simd);
  ~SnapshotCollector();
  SnapshotCollector(SnapshotCollector&&) noexcept;

  std::uint64_t step() const;
  /// Sums of nothing, of this snapshot's shape.
  SnapshotSums empty() const;
  /// The engine holds these blocks at this collector's step. Ranges come in any order, each block once.
  void add(const Engine& engine, BlockRange blocks, SnapshotSums& sums);
  Snapshot finish(const SnapshotSums& sums) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace isotherm::engine
