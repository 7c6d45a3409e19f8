#pragma once
// Positions of single particles, kept in memory.

#include <cstdint>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "isotherm/experiment/control.hpp"
#include "isotherm/experiment/experiment.hpp"
#include "python/values.hpp"

namespace isotherm::python {

/// An array of coordinates in the precision of its run, as positions.npy (particles, D) and tracks.npy (samples,
/// particles, D) have it.
class Positions final : public PositionSink {
 public:
  Positions(Precision precision, std::vector<std::uint64_t> shape);

  /// Numbers from the flat place `first` on, rounded to the precision (they come from it).
  void put(std::uint64_t first, std::span<const double> numbers);
  void take(std::uint64_t first, std::span<const double> positions) override { put(first * shape_.back(), positions); }

  /// `owner` keeps this alive.
  Array array(const std::shared_ptr<const void>& owner) const;

 private:
  std::vector<std::uint64_t> shape_;
  std::variant<std::vector<float>, std::vector<double>> numbers_;
};

}  // namespace isotherm::python
