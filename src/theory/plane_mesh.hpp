#pragma once
// An adaptive mesh of rectangles, each holding a loss at 16 x 16 Gauss nodes. It is refined for one temperature after
// another, and keeps what was evaluated.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace isotherm::theory {

class PlaneMesh {
 public:
  static constexpr std::size_t order = 16;
  static constexpr std::size_t size = order * order;
  using Grid = std::array<double, size>;  ///< row-major: first coordinate slowest
  using Loss = std::function<double(double, double)>;

  struct Rectangle {
    double lower[2], upper[2];
    double area() const { return (upper[0] - lower[0]) * (upper[1] - lower[1]); }
  };

  struct Cell {
    Rectangle place;
    Grid loss;     ///< at the nodes; +infinity outside the loss's domain
    double bound;  ///< below it the loss hardly falls anywhere in the cell, between the nodes included
    std::array<float, size> node_bound;  ///< the same around each node
    double variation[2];                 ///< sum of |differences| of neighbouring nodes, by direction
    std::int32_t child = -1;             ///< first of two; -1: leaf
  };

  /// A place around which the mesh is graded: no cell is much longer than `width` plus its distance from there.
  struct Anchor {
    double point[2], width[2];
  };

  /// First splits go through `center`, so that kinks along its coordinate lines lie between cells.
  PlaneMesh(Loss loss, const Rectangle& root, const double (&center)[2]);

  const Rectangle& root() const { return cells_.front()->place; }

  /// A leaf where exp(-(L - bottom)/T) is not negligible.
  struct Leaf {
    const Cell* cell;
    Grid coefficients;  ///< of the Legendre expansion of exp(-(L - bottom)/T) on the rectangle
    double integral;
  };

  /// Refines until the expansions of exp(-(L - bottom)/T) are accurate to `tolerance` of the whole integral (which is
  /// at least about `least_integral`). Empty if that takes more than 20000 cells.
  std::vector<Leaf> resolve(double temperature, double bottom, std::span<const Anchor> anchors, double least_integral,
                            double tolerance);

 private:
  std::int32_t make_cell(const Rectangle& place);
  void split(std::int32_t index, int direction);

  Loss loss_;
  double center_[2];
  std::vector<std::unique_ptr<Cell>> cells_;
};

}  // namespace isotherm::theory
