#include "theory/plane_mesh.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "theory/gauss_legendre.hpp"

namespace isotherm::theory {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t n = PlaneMesh::order;
constexpr std::size_t maximum_cells = 20000;

// Values at nodes to coefficients of Legendre polynomials: c_k = (2k+1)/2 sum_i w_i P_k(x_i) v_i, in both directions.
class LegendreTransform {
 public:
  LegendreTransform() {
    const auto& rule = GaussLegendre<n>::rule();
    for (std::size_t i = 0; i < n; ++i) {
      const auto p = legendre<n>(rule.node[i]);
      for (std::size_t k = 0; k < n; ++k) matrix_[i][k] = (static_cast<double>(k) + 0.5) * rule.weight[i] * p[k];
    }
  }

  PlaneMesh::Grid operator()(const PlaneMesh::Grid& values) const {
    PlaneMesh::Grid half{}, result{};
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        const double v = values[i * n + j];
        for (std::size_t l = 0; l < n; ++l) half[i * n + l] += v * matrix_[j][l];
      }
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t k = 0; k < n; ++k) {
        const double m = matrix_[i][k];
        for (std::size_t l = 0; l < n; ++l) result[k * n + l] += m * half[i * n + l];
      }
    return result;
  }

 private:
  double matrix_[n][n];
};

// What a leaf looks like at one temperature.
struct Status {
  std::int32_t cell;
  PlaneMesh::Grid coefficients;
  double integral;
  double tail[2];  // size of the last three orders in each direction
  bool dubious;    // a well may hide between nodes where exp(-L/T) is negligible
};

// The direction in which a cell is too long for its distance from an anchor, or -1.
int overlong_direction(const PlaneMesh::Rectangle& place, std::span<const PlaneMesh::Anchor> anchors) {
  constexpr double ratio = 8;
  int direction = -1;
  double worst = ratio;
  for (const PlaneMesh::Anchor& anchor : anchors) {
    double distance = 0;
    for (int d : {0, 1})
      distance = std::max({distance, (place.lower[d] - anchor.point[d]) / anchor.width[d],
                           (anchor.point[d] - place.upper[d]) / anchor.width[d]});
    for (int d : {0, 1}) {
      const double length = (place.upper[d] - place.lower[d]) / anchor.width[d] / (1 + distance);
      if (length > worst) {
        worst = length;
        direction = d;
      }
    }
  }
  return direction;
}

Status examine(const PlaneMesh::Cell& cell, std::int32_t index, double temperature, double bottom) {
  static const LegendreTransform transform;
  Status status{.cell = index, .coefficients = {}, .integral = 0, .tail = {0, 0}, .dubious = false};
  PlaneMesh::Grid weight;
  bool empty = true;
  for (std::size_t i = 0; i < PlaneMesh::size; ++i) {
    const double u = (cell.loss[i] - bottom) / temperature;
    weight[i] = u < 700 ? std::exp(-u) : 0;
    empty = empty && weight[i] == 0;
    if (u > 45 && (static_cast<double>(cell.node_bound[i]) - bottom) / temperature < 28) status.dubious = true;
  }
  if (empty) return status;
  status.coefficients = transform(weight);
  status.integral = cell.place.area() * status.coefficients[0];
  for (std::size_t k = 0; k < n; ++k)
    for (std::size_t l = 0; l < n; ++l) {
      if (k >= n - 3) status.tail[0] += std::abs(status.coefficients[k * n + l]);
      if (l >= n - 3) status.tail[1] += std::abs(status.coefficients[k * n + l]);
    }
  return status;
}

}  // namespace

PlaneMesh::PlaneMesh(Loss loss, const Rectangle& root, const double (&center)[2])
    : loss_(std::move(loss)), center_{center[0], center[1]} {
  make_cell(root);
}

std::int32_t PlaneMesh::make_cell(const Rectangle& place) {
  const auto& rule = GaussLegendre<n>::rule();
  auto cell = std::make_unique<Cell>();
  cell->place = place;
  const auto position = [&](std::size_t direction, std::size_t i) {
    const double half = 0.5 * (place.upper[direction] - place.lower[direction]);
    return place.lower[direction] + half * (1 + rule.node[i]);
  };
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) cell->loss[i * n + j] = loss_(position(0, i), position(1, j));

  // Between nodes the loss falls below them by hardly more than it varies over their neighbourhood.
  cell->bound = infinity;
  cell->variation[0] = cell->variation[1] = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      const double value = cell->loss[i * n + j];
      double least = infinity, largest = -infinity;
      for (std::size_t a = i > 0 ? i - 1 : 0; a <= std::min(i + 1, n - 1); ++a)
        for (std::size_t b = j > 0 ? j - 1 : 0; b <= std::min(j + 1, n - 1); ++b) {
          const double neighbour = cell->loss[a * n + b];
          if (neighbour == infinity) continue;
          least = std::min(least, neighbour);
          largest = std::max(largest, neighbour);
        }
      const double bound = least == infinity ? infinity : least - (largest - least);
      cell->node_bound[i * n + j] = static_cast<float>(std::clamp(bound, -1e38, 1e38));
      cell->bound = std::min(cell->bound, bound);
      const auto difference = [&](double other) {
        return std::isfinite(value) && std::isfinite(other) ? std::min(std::abs(value - other), 1e280) : 0.0;
      };
      if (i > 0) cell->variation[0] += difference(cell->loss[(i - 1) * n + j]);
      if (j > 0) cell->variation[1] += difference(cell->loss[i * n + j - 1]);
    }
  cells_.push_back(std::move(cell));
  return static_cast<std::int32_t>(cells_.size() - 1);
}

void PlaneMesh::split(std::int32_t index, int direction) {
  Rectangle first = cells_[static_cast<std::size_t>(index)]->place, second = first;
  const double lower = first.lower[direction], upper = first.upper[direction], center = center_[direction];
  const double cut = lower < center && center < upper ? center : lower + 0.5 * (upper - lower);
  first.upper[direction] = second.lower[direction] = cut;
  const std::int32_t child = make_cell(first);
  make_cell(second);
  cells_[static_cast<std::size_t>(index)]->child = child;
}

std::vector<PlaneMesh::Leaf> PlaneMesh::resolve(double temperature, double bottom, std::span<const Anchor> anchors,
                                                double least_integral, double tolerance) {
  std::vector<Status> leaves;
  const auto cell = [&](std::int32_t index) -> Cell& { return *cells_[static_cast<std::size_t>(index)]; };
  const auto negligible = [&](const Cell& c, double total) {
    return (c.bound == infinity ||
            std::exp(-(c.bound - bottom) / temperature) * c.place.area() < 1e-6 * tolerance * total) &&
           overlong_direction(c.place, anchors) < 0;
  };
  const std::size_t known = cells_.size();
  const auto visit = [&](std::int32_t root) {
    std::vector<std::int32_t> stack = {root};
    while (!stack.empty()) {
      const std::int32_t index = stack.back();
      stack.pop_back();
      const Cell& current = cell(index);
      if (negligible(current, least_integral)) continue;
      if (current.child < 0) {
        leaves.push_back(examine(current, index, temperature, bottom));
      } else {
        stack.push_back(current.child + 1);
        stack.push_back(current.child);
      }
    }
  };
  visit(0);
  for (;;) {
    double total = 0;
    for (const Status& leaf : leaves) total += std::max(0.0, leaf.integral);
    total = std::max(total, least_integral);
    std::vector<Status> kept;
    std::vector<std::pair<std::int32_t, int>> coarse;
    for (Status& leaf : leaves) {
      const Cell& c = cell(leaf.cell);
      const double area = c.place.area();
      if (negligible(c, total)) continue;
      int direction = leaf.tail[0] >= leaf.tail[1] ? 0 : 1;
      bool refine = area * leaf.tail[direction] > tolerance * total;
      if (!refine && leaf.dubious) {
        refine = true;
        direction = c.variation[0] >= c.variation[1] ? 0 : 1;
      }
      if (const int overlong = overlong_direction(c.place, anchors); overlong >= 0) {
        refine = true;
        direction = overlong;
      }
      const double middle = 0.5 * (c.place.lower[direction] + c.place.upper[direction]);
      const bool splittable = c.place.upper[direction] - c.place.lower[direction] > 1e-12 * std::abs(middle) &&
                              area > 1e-24 * root().area();
      if (refine && splittable) {
        coarse.push_back({leaf.cell, direction});
      } else {
        kept.push_back(leaf);
      }
    }
    leaves = std::move(kept);
    if (coarse.empty()) break;
    if (cells_.size() - known > maximum_cells) return {};
    for (const auto& [index, direction] : coarse) {
      split(index, direction);
      visit(index);
    }
  }
  std::vector<Leaf> result;
  for (const Status& leaf : leaves)
    if (leaf.integral != 0) result.push_back({&cell(leaf.cell), leaf.coefficients, leaf.integral});
  return result;
}

}  // namespace isotherm::theory
