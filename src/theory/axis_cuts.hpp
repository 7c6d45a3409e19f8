#pragma once
// An axis cut into intervals of the line, each belonging to one slot of a histogram.

#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "isotherm/histogram/histogram.hpp"

namespace isotherm::theory {

/// The slot of a value: 0 below, 1 ... bins, bins + 1 at and above `upper`. A periodic axis wraps the value first.
inline std::size_t slot(const Axis& axis, double value) {
  if (axis.periodic) {
    const double period = axis.upper - axis.lower;
    value -= std::floor((value - axis.lower) / period) * period;
  }
  if (value < axis.lower) return axis.periodic ? 1 : 0;
  if (!(value < axis.upper)) return axis.periodic ? axis.bins : axis.bins + 1;
  const double scaled = (value - axis.lower) / axis.width();
  return 1 + std::min(static_cast<std::size_t>(scaled), axis.bins - 1);
}

/// Edges of the axis strictly inside (from, to), ascending, with all images of a periodic axis; nothing if there are
/// more than a million.
inline std::optional<std::vector<double>> edges_between(const Axis& axis, double from, double to) {
  std::vector<double> edges;
  const auto add = [&](double edge) {
    if (edge > from && edge < to) edges.push_back(edge);
  };
  if (!axis.periodic) {
    for (std::size_t i = 0; i <= axis.bins; ++i) add(axis.edge(i));
    return edges;
  }
  const double period = axis.upper - axis.lower;
  const double first = std::floor((from - axis.lower) / period), last = std::floor((to - axis.lower) / period);
  const double images = last - first + 1;
  if (!(images * static_cast<double>(axis.bins) <= 1e6)) return std::nullopt;
  for (int image = 0; image < images; ++image)
    for (std::size_t i = 0; i < axis.bins; ++i) add(axis.edge(i) + (first + image) * period);
  return edges;
}

}  // namespace isotherm::theory
