#pragma once
// One step of a chain of two state rows, acting on densities. A step takes z to one of several places F_q(z), with
// weights w_q that sum to 1, and adds normal noise of one covariance Q (0 for none):
//     c'_k = exp(-k'Qk/2)  sum_i m_i sum_q w_q exp(-i k F_q(z_i))
// for the masses m_i at the nodes of a grid, that is, the trapezoid rule in z and Fourier series in z'. Both converge
// faster than any power where the density is smooth, however narrow the noise of one step is, and also where it is
// confined to a line, as that of momentum. The sums over places are taken by a window on a finer grid (nonuniform
// Fourier transform; Barnett, Magland and af Klinteberg, SIAM J. Sci. Comput. 41 (2019) C479), to about 1e-13.

#include <Eigen/Core>
#include <functional>
#include <span>
#include <vector>

#include "theory/plane_density.hpp"

namespace isotherm::theory {

/// A step from z: `next` holds two numbers for each of the places that it leads to.
using PlaneStep = std::function<void(std::span<const double> z, std::span<double> next)>;

class PlaneOperator {
 public:
  static constexpr int width = 16;  // of the window, in cells of the finer grid

  /// How a place is spread over the finer grid.
  struct Window {
    std::size_t place;  // of its first cell, in the padded grid
    double outside;     // weight of a step that leads out, else 0
    double first[width], second[width];
  };

  /// `weights`: of the places, in the order of `step`'s. Places outside of the rectangle are taken to its edge.
  PlaneOperator(const PlaneGrid& grid, const PlaneStep& step, std::span<const double> weights,
                const Eigen::Matrix2d& noise);

  const PlaneGrid& grid() const { return grid_; }
  /// Masses after a step, row-major as PlaneSamples; `next` must not be `masses`.
  void apply(const PlaneSamples& masses, PlaneSamples& next) const;
  /// Probability per step to be led out of the rectangle.
  double leak(const PlaneSamples& masses) const;

 private:
  PlaneGrid grid_;
  std::size_t places_;
  std::array<std::size_t, 2> fine_;
  std::vector<Window> windows_;  // node by node
  // From the finer grid to frequencies, through the noise's filter exp(-k'Qk/2), and back to the nodes. Where Q is
  // diagonal that is one real matrix for each row of the state.
  bool separable_;
  Eigen::MatrixXd first_, second_;           // separable
  Eigen::MatrixXcd to_first_, from_first_;   // of all k1
  Eigen::MatrixXd to_second_, from_second_;  // cos and sin of k2
  Eigen::MatrixXd filter_;                   // k1 by k2
  mutable PlaneSamples padded_;
};

}  // namespace isotherm::theory
