#pragma once
// What collectors have added up so far: plain data that can be merged, written down and taken up again.

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/archive.hpp"
#include "engine/tree_sum.hpp"
#include "isotherm/histogram/histogram.hpp"
#include "isotherm/statistics/moment_sum.hpp"

namespace isotherm::engine {

using MomentTree = TreeSum<MomentSum>;
using ComomentTree = TreeSum<ComomentSum>;

/// Sums over the blocks of particles that were added, of one snapshot. Block b is leaf b / 64 of the tree of its group
/// b mod 64, and leaf b where there are no groups.
struct SnapshotSums {
  std::vector<std::vector<MomentTree>> observables;    ///< [observable][group]
  std::vector<ComomentTree> coordinates, temperature;  ///< by group
  ComomentTree coordinate_temperatures;
  std::vector<Histogram> fine, histograms;
  std::uint64_t nonfinite = 0;
  std::optional<std::uint64_t> first_nonfinite_block;  ///< with a non-finite particle

  /// Of other blocks of the same snapshot. RunError where a block is in both.
  void add(SnapshotSums other);
};

/// Positions at two consecutive steps, by group.
using PairSums = std::vector<ComomentTree>;

/// Adds counts to those of the same axes.
void add_counts(std::vector<Histogram>& into, const std::vector<Histogram>& from);

// Shapes (observables, axes, groups) are not written: what is read must have that of the sums it is read into. RunError
// for bytes that do not fit.
void write(ArchiveWriter& archive, const std::vector<Histogram>& histograms);
void read(ArchiveReader& archive, std::vector<Histogram>& histograms);
void write(ArchiveWriter& archive, const SnapshotSums& sums);
void read(ArchiveReader& archive, SnapshotSums& sums);
void write(ArchiveWriter& archive, const PairSums& sums);
void read(ArchiveReader& archive, PairSums& sums);

}  // namespace isotherm::engine
