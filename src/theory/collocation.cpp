#include "theory/collocation.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace isotherm::theory {
namespace {

/// Chebyshev's nodes of the first kind, and interpolation between them by the barycentric formula (Berrut and
/// Trefethen, SIAM Rev. 46 (2004) 501).
class Chebyshev {
 public:
  explicit Chebyshev(const CollocationAxis& axis) : interval_(axis.interval) {
    const double middle = 0.5 * (interval_.lower + interval_.upper), half = 0.5 * (interval_.upper - interval_.lower);
    const auto n = static_cast<double>(axis.nodes);
    for (std::size_t k = 0; k < axis.nodes; ++k) {
      // sin of the distance from the middle: nodes mirror each other exactly.
      const double angle = std::numbers::pi * (static_cast<double>(k) - 0.5 * (n - 1)) / n;
      nodes_.push_back(middle + half * std::sin(angle));
      weights_.push_back((k % 2 == 0 ? 1 : -1) * std::cos(angle));
    }
  }

  std::size_t size() const { return nodes_.size(); }
  double node(std::size_t k) const { return nodes_[k]; }

  /// Values at y of the polynomials that are 1 at one node and 0 at the others.
  void basis(double y, double* out) const {
    y = std::clamp(y, interval_.lower, interval_.upper);
    double sum = 0;
    for (std::size_t k = 0; k < nodes_.size(); ++k) {
      const double distance = y - nodes_[k];
      if (distance == 0) {
        std::fill(out, out + nodes_.size(), 0.0);
        out[k] = 1;
        return;
      }
      out[k] = weights_[k] / distance;
      sum += out[k];
    }
    for (std::size_t k = 0; k < nodes_.size(); ++k) out[k] /= sum;
  }

 private:
  Interval interval_;
  std::vector<double> nodes_, weights_;
};

/// Stationary weights: W' (I - U) = 0 with sum 1, in place of one of the dependent equations.
Eigen::VectorXd stationary(const Eigen::MatrixXd& u) {
  const Eigen::Index n = u.rows();
  Eigen::MatrixXd a = -u.transpose();
  a.diagonal().array() += 1;
  a.row(n / 2).setOnes();
  Eigen::VectorXd right = Eigen::VectorXd::Zero(n);
  right[n / 2] = 1;
  return a.partialPivLu().solve(right);
}

}  // namespace

StepQuadrature product_rule(const NoiseRule& rule, std::size_t draws) {
  StepQuadrature product{draws, std::vector<double>(draws), {1.0}};
  for (std::size_t d = 0; d < draws; ++d) {
    StepQuadrature finer{draws, {}, {}};
    for (std::size_t p = 0; p < product.weights.size(); ++p)
      for (std::size_t i = 0; i < rule.nodes.size(); ++i) {
        const auto point = product.xi.begin() + static_cast<std::ptrdiff_t>(p * draws);
        finer.xi.insert(finer.xi.end(), point, point + static_cast<std::ptrdiff_t>(draws));
        finer.xi[finer.xi.size() - draws + d] = rule.nodes[i];
        finer.weights.push_back(product.weights[p] * rule.weights[i]);
      }
    product = std::move(finer);
  }
  return product;
}

Collocation::Collocation(const Transition& step, std::span<const CollocationAxis> axes,
                         const StepQuadrature& quadrature, bool odd)
    : rows_(axes.size()) {
  const bool plane = axes.size() == 2;
  const Chebyshev first(axes[0]), second(plane ? axes[1] : CollocationAxis{{-1, 1}, 1});
  const auto n1 = static_cast<Eigen::Index>(first.size()), n2 = static_cast<Eigen::Index>(second.size());
  const auto q = static_cast<Eigen::Index>(quadrature.weights.size());
  const Eigen::Index all = n1 * n2, kept = odd ? all / 2 : all;
  even_.resize(kept, kept);
  if (odd && !plane) odd_.resize(kept, kept);

  // By columns, a quadrature point each: the polynomials in the first and in the second row at the next state.
  Eigen::MatrixXd l1(n1, q), l2 = Eigen::MatrixXd::Ones(n2, q);
  const Eigen::Map<const Eigen::RowVectorXd> weights(quadrature.weights.data(), q);
  Eigen::MatrixXd moved(n2, n1);  // column-major: node i1 * n2 + i2
  std::vector<double> next(rows_);
  for (Eigen::Index k = 0; k < kept; ++k) {
    const std::size_t begin = points_.size();
    points_.push_back(first.node(static_cast<std::size_t>(k / n2)));
    if (plane) points_.push_back(second.node(static_cast<std::size_t>(k % n2)));
    const std::vector<double> state(points_.begin() + static_cast<std::ptrdiff_t>(begin), points_.end());
    for (Eigen::Index p = 0; p < q; ++p) {
      step(state, {quadrature.xi.data() + static_cast<std::size_t>(p) * quadrature.draws, quadrature.draws}, next);
      first.basis(next[0], l1.col(p).data());
      if (plane) second.basis(next[1], l2.col(p).data());
    }
    moved.noalias() = l2 * (l1.array().rowwise() * weights.array()).matrix().transpose();
    const Eigen::Map<const Eigen::RowVectorXd> row(moved.data(), all);
    if (!odd) {
      even_.row(k) = row;
      continue;
    }
    // The mirror image of node j is node all - 1 - j.
    even_.row(k) = row.head(kept) + row.tail(kept).reverse();
    if (!plane) odd_.row(k) = row.head(kept) - row.tail(kept).reverse();
  }
  weights_ = stationary(even_);
  if (plane) even_.resize(0, 0);
}

double Collocation::average(const std::function<double(std::span<const double>)>& f) const {
  double sum = 0;
  for (Eigen::Index k = 0; k < weights_.size(); ++k)
    sum += weights_[k] * f({points_.data() + static_cast<std::size_t>(k) * rows_, rows_});
  return sum;
}

double Collocation::relaxation_rate() const {
  double slowest = 0;
  const Eigen::VectorXcd even = even_.eigenvalues();
  Eigen::Index one = 0;
  (even.array() - 1.0).abs().minCoeff(&one);
  for (Eigen::Index k = 0; k < even.size(); ++k)
    if (k != one) slowest = std::max(slowest, std::abs(even[k]));
  if (odd_.size() > 0) slowest = std::max(slowest, odd_.eigenvalues().cwiseAbs().maxCoeff());
  return -std::log(slowest);
}

}  // namespace isotherm::theory
