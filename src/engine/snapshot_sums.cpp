#include "engine/snapshot_sums.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace isotherm::engine {
namespace {

void write(ArchiveWriter& archive, const MomentSum& sum) {
  for (const double value : {sum.count, sum.mean, sum.m2, sum.m3, sum.m4}) archive.put(value);
}

void read(ArchiveReader& archive, MomentSum& sum) {
  for (double* value : {&sum.count, &sum.mean, &sum.m2, &sum.m3, &sum.m4}) archive.get(std::span(value, 1));
}

void write(ArchiveWriter& archive, const ComomentSum& sum) {
  archive.put(static_cast<std::uint64_t>(sum.size()));
  archive.put(sum.count);
  archive.put(sum.mean);
  archive.put(sum.comoment);
}

void read(ArchiveReader& archive, ComomentSum& sum) {
  const auto size = archive.get<std::uint64_t>();
  constexpr std::uint64_t most = std::uint64_t{1} << 16;
  if (size > most) throw RunError("sums over " + std::to_string(size) + " observables");
  archive.require((size + 1) * size * sizeof(double));
  sum.mean.resize(size);
  sum.comoment.resize(size * size);
  archive.get(std::span(&sum.count, 1));
  archive.get(sum.mean);
  archive.get(sum.comoment);
}

template <class T>
void write(ArchiveWriter& archive, const TreeSum<T>& tree) {
  archive.put(static_cast<std::uint64_t>(tree.nodes().size()));
  for (const TreeNode<T>& node : tree.nodes()) {
    archive.put(node.first);
    archive.put(static_cast<std::uint64_t>(node.level));
    write(archive, node.sum);
  }
}

template <class T>
void read(ArchiveReader& archive, TreeSum<T>& tree) {
  // Particles have 56 bits, and a leaf is at least a block of 256 of them.
  constexpr std::uint64_t highest_level = 48, end = std::uint64_t{1} << highest_level;
  tree = {};
  for (auto nodes = archive.get<std::uint64_t>(); nodes > 0; --nodes) {
    TreeNode<T> node;
    node.first = archive.get<std::uint64_t>();
    const auto level = archive.get<std::uint64_t>();
    if (level > highest_level || node.first >= end || (node.first & ((std::uint64_t{1} << level) - 1)) != 0)
      throw RunError("a sum over blocks that do not belong together");
    node.level = static_cast<unsigned>(level);
    read(archive, node.sum);
    tree.add(std::move(node));
  }
}

void write(ArchiveWriter& archive, const std::vector<MomentTree>& groups) {
  for (const MomentTree& group : groups) write(archive, group);
}

void read(ArchiveReader& archive, std::vector<MomentTree>& groups) {
  for (MomentTree& group : groups) read(archive, group);
}

template <class Tree>
void add(std::vector<Tree>& into, std::vector<Tree>& from) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i].add(std::move(from[i]));
}

}  // namespace

void add_counts(std::vector<Histogram>& into, const std::vector<Histogram>& from) {
  for (std::size_t h = 0; h < into.size(); ++h) {
    for (std::size_t i = 0; i < into[h].counts.size(); ++i) into[h].counts[i] += from[h].counts[i];
    for (std::size_t g = 0; g < into[h].nonfinite.size(); ++g) into[h].nonfinite[g] += from[h].nonfinite[g];
  }
}

void SnapshotSums::add(SnapshotSums other) {
  for (std::size_t o = 0; o < observables.size(); ++o) engine::add(observables[o], other.observables[o]);
  engine::add(coordinates, other.coordinates);
  engine::add(temperature, other.temperature);
  coordinate_temperatures.add(std::move(other.coordinate_temperatures));
  add_counts(fine, other.fine);
  add_counts(histograms, other.histograms);
  nonfinite += other.nonfinite;
  if (other.first_nonfinite_block)
    first_nonfinite_block = std::min(*other.first_nonfinite_block, first_nonfinite_block.value_or(~std::uint64_t{0}));
}

void write(ArchiveWriter& archive, const std::vector<Histogram>& histograms) {
  for (const Histogram& histogram : histograms) {
    archive.put(histogram.counts);
    archive.put(histogram.nonfinite);
  }
}

void read(ArchiveReader& archive, std::vector<Histogram>& histograms) {
  for (Histogram& histogram : histograms) {
    archive.get(histogram.counts);
    archive.get(histogram.nonfinite);
  }
}

void write(ArchiveWriter& archive, const SnapshotSums& sums) {
  for (const std::vector<MomentTree>& groups : sums.observables) write(archive, groups);
  write(archive, sums.coordinates);
  write(archive, sums.temperature);
  write(archive, sums.coordinate_temperatures);
  write(archive, sums.fine);
  write(archive, sums.histograms);
  archive.put(sums.nonfinite);
  archive.put(sums.first_nonfinite_block.value_or(~std::uint64_t{0}));
}

void read(ArchiveReader& archive, SnapshotSums& sums) {
  for (std::vector<MomentTree>& groups : sums.observables) read(archive, groups);
  read(archive, sums.coordinates);
  read(archive, sums.temperature);
  read(archive, sums.coordinate_temperatures);
  read(archive, sums.fine);
  read(archive, sums.histograms);
  sums.nonfinite = archive.get<std::uint64_t>();
  const auto block = archive.get<std::uint64_t>();
  sums.first_nonfinite_block.reset();
  if (block != ~std::uint64_t{0}) sums.first_nonfinite_block = block;
}

void write(ArchiveWriter& archive, const PairSums& sums) {
  for (const ComomentTree& group : sums) write(archive, group);
}

void read(ArchiveReader& archive, PairSums& sums) {
  for (ComomentTree& group : sums) read(archive, group);
}

}  // namespace isotherm::engine
