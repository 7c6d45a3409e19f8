#pragma once
// A measurement on its way: what was counted and summed, and what is left to do. It can be written down, taken up again
// by another machine, divided among several and put together, and ends in the same bits.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/final_positions.hpp"
#include "engine/simulation.hpp"
#include "engine/snapshot_sums.hpp"
#include "experiment/diagnostics.hpp"

namespace isotherm {

/// Blocks of particles that have steps to go. All of what happens before `step` has happened to them; what is measured
/// at `step` itself has not.
struct Piece {
  engine::BlockRange blocks;
  std::uint64_t step = 0;
  /// Block after block, and in each row after row of 256 particles, float or double as the engine computes. Empty: not
  /// started.
  std::vector<std::byte> rows;

  bool started() const { return !rows.empty(); }
};

/// Sums and counts of the blocks that are done and of those under way up to their steps; all else is in `pieces`, each
/// block at most once. Those of different parts of one measurement add up.
struct MeasurementState {
  std::vector<Histogram> histograms;
  std::vector<engine::SnapshotSums> snapshots;  ///< in order of step
  std::optional<engine::PairSums> pairs;
  engine::FinalPositionSums final_positions;
  EndWatch::Sums watch;
  std::vector<Piece> pieces;
  std::uint64_t particle_steps = 0;  ///< done
  double seconds = 0;                ///< of work, on the clock; of parts that ran side by side the longest

  /// RunError where a block is in both.
  void add(MeasurementState other);
};

/// Bytes of all state rows of a block.
std::size_t block_bytes(const engine::Simulation& simulation);

/// Takes at most `blocks` blocks out of a piece, which keeps the rest: the first ones of what is not started, else the
/// last ones, so that the rows of the rest stay where they are.
Piece split(Piece& piece, std::uint64_t blocks, const engine::Simulation& simulation);

/// Steps of particles to go.
std::uint64_t particle_steps_left(const std::vector<Piece>& pieces, const engine::Simulation& simulation);

/// `parts` states that add up to this one: the first has all the sums, and each about the same number of steps of
/// blocks to go. `nothing` is a state of the same shape without counts and pieces.
std::vector<MeasurementState> divide(MeasurementState state, std::size_t parts, const MeasurementState& nothing,
                                     const engine::Simulation& simulation);

std::vector<std::byte> to_bytes(const MeasurementState& state);
/// Into a state of the same shape (Measurer::nothing). RunError for bytes that do not fit the simulation.
void from_bytes(std::span<const std::byte> bytes, MeasurementState& state, const engine::Simulation& simulation);

}  // namespace isotherm
