#pragma once
// Stationary averages of a chain of one or two state rows under any noise law, by collocation of the dual (Koopman)
// operator: U f(z) = E f(F(z, xi)) on Chebyshev nodes, whose left eigenvector of eigenvalue 1 gives <f> = sum W_j
// f(z_j) for smooth f. There is no density in it: the weights have both signs.

#include <Eigen/Core>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "theory/law.hpp"
#include "theory/noise_rule.hpp"

namespace isotherm::theory {

struct CollocationAxis {
  Interval interval;
  std::size_t nodes = 0;  ///< even
};

/// xi and what E f(F(z, xi)) weighs it by: one row of the noise for each draw of a step.
struct StepQuadrature {
  std::size_t draws = 1;
  std::vector<double> xi;  ///< point after point
  std::vector<double> weights;
};

/// The product rule over `draws` independent numbers.
StepQuadrature product_rule(const NoiseRule& rule, std::size_t draws);

using Transition =
    std::function<void(std::span<const double> state, std::span<const double> xi, std::span<double> next)>;

class Collocation {
 public:
  /// One or two axes. Next states outside of them are taken to their edge. `odd`: F(-z, -xi) = -F(z, xi), the noise
  /// likewise, and axes about 0: then half of the nodes are enough, and only even averages exist (odd ones are 0).
  Collocation(const Transition& step, std::span<const CollocationAxis> axes, const StepQuadrature& quadrature,
              bool odd);

  std::size_t unknowns() const { return static_cast<std::size_t>(weights_.size()); }
  /// <f> over the stationary law, f taking a state. With `odd`, f counts as even.
  double average(const std::function<double(std::span<const double>)>& f) const;
  /// -ln |lambda| per step of the slowest mode, odd ones included; by all eigenvalues, so for one axis only.
  double relaxation_rate() const;

 private:
  Eigen::MatrixXd even_, odd_;  // U on even and odd functions, or U itself and nothing
  std::vector<double> points_;  // state after state
  std::size_t rows_;
  Eigen::VectorXd weights_;
};

}  // namespace isotherm::theory
