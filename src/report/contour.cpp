#include "report/contour.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

namespace isotherm::report {
namespace {

/// An edge of the grid: from point (x, y) to the right, or upwards.
struct Edge {
  std::size_t x, y;
  bool upward;
  auto operator<=>(const Edge&) const = default;
};

using Ends = std::multimap<Edge, std::pair<Edge, std::size_t>>;

}  // namespace

std::vector<std::vector<Point>> contour(std::span<const double> values, std::size_t columns, std::size_t rows,
                                        double level) {
  const auto at = [&](std::size_t x, std::size_t y) { return values[x * rows + y]; };
  const auto place = [&](const Edge& edge) {
    const double here = at(edge.x, edge.y), there = edge.upward ? at(edge.x, edge.y + 1) : at(edge.x + 1, edge.y);
    const double share = (level - here) / (there - here);
    const auto x = static_cast<double>(edge.x), y = static_cast<double>(edge.y);
    return edge.upward ? Point{x, y + share} : Point{x + share, y};
  };

  // Segments between crossed edges of each cell; a saddle is cut by the mean of its corners.
  Ends ends;
  std::size_t segments = 0;
  const auto connect = [&](const Edge& a, const Edge& b) {
    ends.insert({a, {b, segments}});
    ends.insert({b, {a, segments}});
    ++segments;
  };
  for (std::size_t x = 0; x + 1 < columns; ++x) {
    for (std::size_t y = 0; y + 1 < rows; ++y) {
      const Edge bottom{x, y, false}, top{x, y + 1, false}, left{x, y, true}, right{x + 1, y, true};
      const bool a = at(x, y) > level, b = at(x + 1, y) > level, c = at(x + 1, y + 1) > level, d = at(x, y + 1) > level;
      std::vector<Edge> crossed;
      if (a != b) crossed.push_back(bottom);
      if (b != c) crossed.push_back(right);
      if (c != d) crossed.push_back(top);
      if (d != a) crossed.push_back(left);
      if (crossed.size() == 2) {
        connect(crossed[0], crossed[1]);
      } else if (crossed.size() == 4) {
        const bool middle = (at(x, y) + at(x + 1, y) + at(x + 1, y + 1) + at(x, y + 1)) / 4 > level;
        connect(bottom, middle == a ? right : left);
        connect(top, middle == a ? left : right);
      }
    }
  }

  std::vector<bool> used(segments, false);
  const auto next = [&](const Edge& from) -> const std::pair<Edge, std::size_t>* {
    const auto [first, last] = ends.equal_range(from);
    for (auto end = first; end != last; ++end)
      if (!used[end->second.second]) return &end->second;
    return nullptr;
  };
  const auto follow = [&](Edge edge) {
    std::vector<Point> line = {place(edge)};
    while (const auto* step = next(edge)) {
      used[step->second] = true;
      edge = step->first;
      line.push_back(place(edge));
    }
    return line;
  };
  std::vector<std::vector<Point>> lines;
  // Open lines end at the border of the grid; what is left then are loops.
  for (const bool open : {true, false})
    for (const auto& [edge, end] : ends)
      if (!used[end.second] && (!open || ends.count(edge) == 1)) lines.push_back(follow(edge));
  return lines;
}

double level_of_share(std::span<const double> probabilities, double share) {
  std::vector<double> sorted(probabilities.begin(), probabilities.end());
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  double sum = 0;
  for (const double p : sorted) {
    sum += p;
    if (sum >= share) return p;
  }
  return 0;
}

}  // namespace isotherm::report
