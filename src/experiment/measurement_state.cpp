#include "experiment/measurement_state.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace isotherm {
namespace {

/// Steps of one block that this piece has to go.
std::uint64_t steps_left(const Piece& piece, const engine::Simulation& simulation) {
  return simulation.last_step() - piece.step;
}

/// Particles of these blocks, without padding.
std::uint64_t particles_in(engine::BlockRange blocks, std::uint64_t particles) {
  const auto before = [&](std::uint64_t block) { return std::min(block * engine::block_size, particles); };
  return before(blocks.last) - before(blocks.first);
}

}  // namespace

void MeasurementState::add(MeasurementState other) {
  engine::add_counts(histograms, other.histograms);
  for (std::size_t s = 0; s < snapshots.size(); ++s) snapshots[s].add(std::move(other.snapshots[s]));
  if (pairs)
    for (std::size_t g = 0; g < pairs->size(); ++g) (*pairs)[g].add(std::move((*other.pairs)[g]));
  final_positions.add(std::move(other.final_positions));
  watch.first.add(std::move(other.watch.first));
  watch.last.add(std::move(other.watch.last));
  std::move(other.pieces.begin(), other.pieces.end(), std::back_inserter(pieces));
  particle_steps += other.particle_steps;
  seconds = std::max(seconds, other.seconds);
}

std::size_t block_bytes(const engine::Simulation& simulation) {
  return simulation.state_rows * engine::block_size *
         (simulation.precision == Precision::single ? sizeof(float) : sizeof(double));
}

Piece split(Piece& piece, std::uint64_t blocks, const engine::Simulation& simulation) {
  blocks = std::min(blocks, piece.blocks.size());
  Piece part;
  part.step = piece.step;
  if (!piece.started()) {
    part.blocks = {piece.blocks.first, piece.blocks.first + blocks};
    piece.blocks.first += blocks;
    return part;
  }
  part.blocks = {piece.blocks.last - blocks, piece.blocks.last};
  piece.blocks.last -= blocks;
  const auto from = piece.rows.begin() + static_cast<std::ptrdiff_t>(piece.blocks.size() * block_bytes(simulation));
  part.rows.assign(from, piece.rows.end());
  piece.rows.erase(from, piece.rows.end());
  return part;
}

std::uint64_t particle_steps_left(const std::vector<Piece>& pieces, const engine::Simulation& simulation) {
  std::uint64_t left = 0;
  for (const Piece& piece : pieces)
    left += particles_in(piece.blocks, simulation.particles) * steps_left(piece, simulation);
  return left;
}

std::vector<MeasurementState> divide(MeasurementState state, std::size_t parts, const MeasurementState& nothing,
                                     const engine::Simulation& simulation) {
  // A piece at its last step still has to be measured: one step more for each block.
  const auto cost = [&](const Piece& piece) { return static_cast<double>(steps_left(piece, simulation) + 1); };
  double total = 0;
  for (const Piece& piece : state.pieces) total += cost(piece) * static_cast<double>(piece.blocks.size());
  std::vector<Piece> pieces = std::exchange(state.pieces, {});
  std::vector<MeasurementState> all(parts, nothing);
  all.front() = std::move(state);
  double given = 0;
  std::size_t part = 0;
  for (Piece& piece : pieces) {
    while (piece.blocks.size() > 0) {
      const double room = total * static_cast<double>(part + 1) / static_cast<double>(parts) - given;
      const auto fitting = static_cast<std::uint64_t>(std::max(0.0, room / cost(piece) + 0.5));
      const std::uint64_t blocks = part + 1 == parts ? piece.blocks.size() : std::min(fitting, piece.blocks.size());
      if (blocks == 0) {
        ++part;
        continue;
      }
      given += cost(piece) * static_cast<double>(blocks);
      all[part].pieces.push_back(split(piece, blocks, simulation));
    }
  }
  return all;
}

std::vector<std::byte> to_bytes(const MeasurementState& state) {
  ArchiveWriter archive;
  std::size_t rows = 0;
  for (const Piece& piece : state.pieces) rows += piece.rows.size();
  archive.reserve(rows);
  archive.put(state.particle_steps);
  archive.put(state.seconds);
  engine::write(archive, state.histograms);
  for (const engine::SnapshotSums& snapshot : state.snapshots) engine::write(archive, snapshot);
  if (state.pairs) engine::write(archive, *state.pairs);
  engine::write(archive, state.final_positions);
  engine::write(archive, state.watch.first);
  engine::write(archive, state.watch.last);
  archive.put(static_cast<std::uint64_t>(state.pieces.size()));
  for (const Piece& piece : state.pieces) {
    const std::uint64_t started = piece.started() ? 1 : 0;
    for (const std::uint64_t value : {piece.blocks.first, piece.blocks.last, piece.step, started}) archive.put(value);
    archive.put(piece.rows);
  }
  return archive.take();
}

void from_bytes(std::span<const std::byte> bytes, MeasurementState& state, const engine::Simulation& simulation) {
  ArchiveReader archive(bytes);
  state.particle_steps = archive.get<std::uint64_t>();
  state.seconds = archive.get<double>();
  engine::read(archive, state.histograms);
  for (engine::SnapshotSums& snapshot : state.snapshots) {
    engine::read(archive, snapshot);
    if (const auto block = snapshot.first_nonfinite_block; block && *block >= simulation.blocks())
      throw RunError("a non-finite particle in block " + std::to_string(*block) + ", which is not of this run");
  }
  if (state.pairs) engine::read(archive, *state.pairs);
  engine::read(archive, state.final_positions);
  engine::read(archive, state.watch.first);
  engine::read(archive, state.watch.last);
  state.pieces.clear();
  for (auto pieces = archive.get<std::uint64_t>(); pieces > 0; --pieces) {
    Piece piece;
    piece.blocks.first = archive.get<std::uint64_t>();
    piece.blocks.last = archive.get<std::uint64_t>();
    piece.step = archive.get<std::uint64_t>();
    const auto started = archive.get<std::uint64_t>();
    if (piece.blocks.first >= piece.blocks.last || piece.blocks.last > simulation.blocks() ||
        piece.step > simulation.last_step() || started > 1 || (started == 0 && piece.step != 0))
      throw RunError("blocks " + std::to_string(piece.blocks.first) + " to " + std::to_string(piece.blocks.last) +
                     " at step " + std::to_string(piece.step) + " are not of this run");
    if (started == 1) {
      if (piece.blocks.size() > archive.left() / block_bytes(simulation)) throw RunError("the data ends early");
      piece.rows.resize(piece.blocks.size() * block_bytes(simulation));
      archive.get(piece.rows);
    }
    state.pieces.push_back(std::move(piece));
  }
  if (archive.left() != 0) throw RunError("there is more data than this run has");
}

}  // namespace isotherm
