#pragma once
// Whether a run forgot its start, and what its samples are worth: by theory, by the same particles at two steps, and by
// following a few of them.

#include <optional>
#include <span>

#include "engine/snapshot.hpp"
#include "experiment/plan.hpp"
#include "verdict/diagnostics.hpp"

namespace isotherm {

/// The first particles of a run (at most 2^20, so that long runs do not pay) at its first sample and at its last step.
/// Not active where there is one sample only, or no stationary law to have reached.
class EndWatch {
 public:
  EndWatch(const Plan& plan, int threads);

  struct Sums {
    engine::SnapshotSums first, last;  ///< no `last` where everything is watched: it is the last snapshot
  };
  Sums empty() const;

  /// Blocks from this one on are not watched; a chunk must not straddle it.
  static constexpr std::uint64_t end_of_watch = (std::uint64_t{1} << 20) / engine::block_size;
  bool watches(engine::BlockRange blocks) const { return first_.has_value() && blocks.first < end_of_watch; }
  std::uint64_t first_step() const { return first_step_; }

  /// The engine holds these blocks at first_step(), and at the last step.
  void add_first(const engine::Engine& engine, engine::BlockRange blocks, Sums& sums);
  void add_last(const engine::Engine& engine, engine::BlockRange blocks, Sums& sums);

  /// Changes of means between the two, with the snapshot of all particles at the last step.
  std::vector<verdict::Drift> drifts(const Sums& sums, const Snapshot& last) const;

 private:
  std::size_t dimension_;
  std::vector<bool> unbounded_;  ///< coordinates on periodic axes
  std::uint64_t first_step_;
  std::optional<engine::SnapshotCollector> first_, last_;
};

/// The diagnostics of a run that ended with this snapshot. The first particles (at most 256) are simulated again, which
/// is possible since their randomness is a function of their number, at about 1 % of the cost of the run or 0.3 s.
///
/// Mixed: where a prediction knows the slowest relaxation of the chain, the run must have had time for it. From a
/// symmetric start modes that are odd need not relax; in one dimension theory knows the even ones by themselves. Where
/// no rate is known, or only that of the overdamped equation, which may be faster than the chain, wells count as frozen
/// if so few of the followed particles changed theirs that the run was shorter than one relaxation time. Wells that
/// mirror each other under a reflection that leaves loss, noise and start unchanged need not exchange particles, nor do
/// wells of which Gibbs' law would give a share of a particle.
verdict::Diagnostics diagnose(const Plan& plan, const EndWatch& watch, const EndWatch::Sums& watched,
                              const Snapshot& last, std::span<const theory::Prediction> predictions);

}  // namespace isotherm
