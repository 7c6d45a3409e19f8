#pragma once
// Axes and counts. An axis maps a value to a bin; a histogram owns 64-bit counts over one or two axes, by particle
// group.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace isotherm {

/// `bins` equal bins on [lower, upper), with one underflow and one overflow bin. On a periodic axis the value is
/// wrapped into [lower, upper) first, so that both flow bins stay empty.
struct Axis {
  std::string expression;  ///< what is counted: a coordinate, "loss", or any expression of the coordinates
  std::size_t bins = 0;    ///< >= 1
  double lower = 0;        ///< < upper, finite
  double upper = 0;
  bool periodic = false;

  /// Number of slots with both flow bins: slot 0 is underflow, 1 ... bins the bins, bins + 1 overflow.
  std::size_t extent() const { return bins + 2; }
  double width() const { return (upper - lower) / static_cast<double>(bins); }
  /// Lower edge of bin i, 0 <= i <= bins; edge(bins) is exactly `upper`.
  double edge(std::size_t i) const {
    return i == bins ? upper : lower + (upper - lower) * (static_cast<double>(i) / static_cast<double>(bins));
  }
  bool operator==(const Axis&) const = default;
};

/// Counts of one or two axes. Layout: counts[group * slots() + flat], flat in C order over the axes' extents
/// (last axis fastest), underflow first. A particle with any non-finite value is in `nonfinite` and in no slot.
struct Histogram {
  std::string name;  ///< "x", "x,y", "x@last", "x@STEP"
  std::vector<Axis> axes;
  std::size_t groups = 1;                ///< 64, or 1 where 64 * slots() would exceed 2^22
  std::vector<std::uint64_t> counts;     ///< groups * slots()
  std::vector<std::uint64_t> nonfinite;  ///< one for each group
  /// True if each particle was counted once at one step: only then are the counts multinomial and p-values exact.
  bool single_snapshot = false;
  std::uint64_t step = 0;  ///< of a single snapshot

  std::size_t slots() const {
    std::size_t product = 1;
    for (const Axis& axis : axes) product *= axis.extent();
    return product;
  }
  /// Counts summed over groups, length slots().
  std::vector<std::uint64_t> total() const;
  /// All entries, non-finite ones included: particles x samples.
  std::uint64_t entries() const;
};

}  // namespace isotherm
