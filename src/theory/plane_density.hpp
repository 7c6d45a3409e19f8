#pragma once
// A smooth density on a rectangle at whose edges it is 0, as a Fourier series:
//     p(z) = 1/area  sum_k c_k exp(i k (z - middle)),   c_0 = 1,   k = 2 pi (integers) / length
// Integrals over bins and tails are those of the series: no quadrature in them.

#include <Eigen/Core>
#include <array>
#include <complex>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "theory/law.hpp"

namespace isotherm::theory {

/// Nodes of equal distance, an odd number on each side, the middle one in the middle of the rectangle.
struct PlaneGrid {
  std::array<Interval, 2> sides;
  std::array<std::size_t, 2> nodes;

  double length(std::size_t r) const { return sides[r].upper - sides[r].lower; }
  double middle(std::size_t r) const { return 0.5 * (sides[r].lower + sides[r].upper); }
  double spacing(std::size_t r) const { return length(r) / static_cast<double>(nodes[r]); }
  double node(std::size_t r, std::size_t i) const {
    return middle(r) + (static_cast<double>(i) - 0.5 * static_cast<double>(nodes[r] - 1)) * spacing(r);
  }
  std::size_t size() const { return nodes[0] * nodes[1]; }
};

using PlaneSamples = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

class PlaneDensity {
 public:
  /// `masses`: p at the nodes times the area of a cell; they need not sum to 1.
  PlaneDensity(const PlaneGrid& grid, const PlaneSamples& masses);

  const PlaneGrid& grid() const { return grid_; }
  const PlaneSamples& masses() const { return masses_; }  ///< of sum 1
  /// sum of masses times f(z): integrals of smooth functions, to rounding.
  double average(const std::function<double(std::span<const double>)>& f) const;
  /// Masses of another grid's cells, as midpoints see them; 0 outside of this rectangle.
  PlaneSamples resampled(const PlaneGrid& other) const;
  /// Nodes that a side needs for every |c| left out to be below `tolerance`; the grid's own if it has too few.
  std::size_t nodes_for(std::size_t r, double tolerance) const;
  /// Largest |c| at the highest frequencies of a side, the last tenth of them: what the grid does not resolve.
  double unresolved(std::size_t r) const;
  /// Largest marginal density at the ends of a side, over the largest anywhere.
  double at_ends(std::size_t r) const;

  double marginal_density(std::size_t r, double z) const;
  double below(std::size_t r, double z) const;  ///< probability
  std::vector<double> between(std::size_t r, std::span<const double> cuts) const;
  /// Row-major: cuts of the first row of the state by those of the second.
  std::vector<double> between(std::span<const double> first, std::span<const double> second) const;

 private:
  Eigen::VectorXcd marginal(std::size_t r) const;  // c by k >= 0 of one side, with 0 of the other
  Eigen::MatrixXcd integrals(std::size_t r, std::span<const double> cuts, bool all_frequencies) const;

  PlaneGrid grid_;
  PlaneSamples masses_;
  Eigen::MatrixXcd coefficients_;  // k1 = -K1 ... K1 by k2 = 0 ... K2
};

struct PlaneLoss {
  double mean = 0, variance = 0;
};

/// Rows of the state are coordinates 0 and 1. `even`: p(-z) = p(z).
std::shared_ptr<const ComponentLaw> make_plane_chain_law(std::shared_ptr<const PlaneDensity> density, bool even,
                                                         PlaneLoss loss);

}  // namespace isotherm::theory
