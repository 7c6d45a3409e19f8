#include "theory/plane_stationary.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace isotherm::theory {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double most_numbers = 8e6;  // of the vectors of one Krylov space
constexpr double floor_of_norm = 1e-6;

VectorXd flat(const PlaneSamples& samples) { return Eigen::Map<const VectorXd>(samples.data(), samples.size()); }

/// A Krylov space of the step in the weighted norm: P V_k = V_{k+1} H_k. With `deflated`, P - law 1' takes the place of
/// P: the same, but the eigenvalue of the law is 0 and not 1, to which rounding would lead back.
class Krylov {
 public:
  Krylov(const PlaneOperator& step, const PlaneSamples& law, bool deflated)
      : step_(step), law_(law), deflated_(deflated), masses_(law), next_(law.rows(), law.cols()) {
    root_ = (flat(law).array().max(0) + floor_of_norm * law.maxCoeff()).sqrt();
  }

  VectorXd weighted(const VectorXd& masses) const { return (masses.array() / root_).matrix(); }
  VectorXd unweighted(const VectorXd& v) const { return (v.array() * root_).matrix(); }

  void start(const VectorXd& v, Index most) {
    vectors_.resize(v.size(), most + 1);
    h_ = MatrixXd::Zero(most + 1, most);
    vectors_.col(0) = v / v.norm();
    size_ = 0;
  }

  /// One more vector; false where the space is closed.
  bool extend() {
    Eigen::Map<VectorXd>(masses_.data(), masses_.size()) = unweighted(vectors_.col(size_));
    step_.apply(masses_, next_);
    if (deflated_) next_ -= law_ * next_.sum();
    VectorXd v = weighted(flat(next_));
    const double before = v.norm();
    for (int pass = 0; pass < 2; ++pass) {
      const VectorXd along = vectors_.leftCols(size_ + 1).transpose() * v;
      v.noalias() -= vectors_.leftCols(size_ + 1) * along;
      h_.col(size_).head(size_ + 1) += along;
    }
    const double rest = v.norm();
    h_(size_ + 1, size_) = rest;
    ++size_;
    if (!(rest > 1e-15 * before)) return false;
    vectors_.col(size_) = v / rest;
    return true;
  }

  Index size() const { return size_; }
  /// Upper Hessenberg, size() + 1 by size().
  auto hessenberg() const { return h_.topLeftCorner(size_ + 1, size_); }
  VectorXd combination(const VectorXd& y) const { return vectors_.leftCols(y.size()) * y; }

 private:
  const PlaneOperator& step_;
  PlaneSamples law_;
  bool deflated_;
  PlaneSamples masses_, next_;
  Eigen::ArrayXd root_;
  MatrixXd vectors_, h_;
  Index size_ = 0;
};

}  // namespace

PlaneStationary solve_stationary(const PlaneOperator& step, const PlaneSamples& start, double tolerance,
                                 std::size_t most_applications) {
  PlaneStationary result{start / start.sum(), 0, 0};
  const auto restart = static_cast<Index>(std::clamp(most_numbers / static_cast<double>(start.size()), 60.0, 300.0));
  Krylov krylov(step, result.masses, false);
  PlaneSamples next(start.rows(), start.cols());
  // What rounding leaves in fast modes, steps remove.
  const auto smooth = [&] {
    for (int k = 0; k < 4; ++k) {
      step.apply(result.masses, next);
      result.masses = next / next.sum();
    }
    result.applications += 4;
  };
  smooth();
  double before = std::numeric_limits<double>::infinity();
  for (;;) {
    step.apply(result.masses, next);
    ++result.applications;
    VectorXd r = flat(next) - flat(result.masses);
    result.residual = r.lpNorm<1>();
    if (!(result.residual > tolerance) || !(result.residual < 0.5 * before) || result.applications >= most_applications)
      return result;
    before = result.residual;
    r = krylov.weighted(r);
    const double size = r.norm();
    krylov.start(r, restart);
    // min | size e1 - (I - H) y | by Givens rotations of I - H as it grows.
    MatrixXd triangle = MatrixXd::Zero(restart + 1, restart);
    VectorXd right = VectorXd::Zero(restart + 1);
    right[0] = size;
    std::vector<Eigen::JacobiRotation<double>> rotations;
    Index k = 0;
    for (bool open = true; k < restart && open && result.applications < most_applications;) {
      open = krylov.extend();
      ++result.applications;
      VectorXd column = -krylov.hessenberg().col(k);
      column[k] += 1;
      for (Index i = 0; i < k; ++i) column.applyOnTheLeft(i, i + 1, rotations[static_cast<std::size_t>(i)].adjoint());
      Eigen::JacobiRotation<double> rotation;
      rotation.makeGivens(column[k], column[k + 1]);
      column.applyOnTheLeft(k, k + 1, rotation.adjoint());
      right.applyOnTheLeft(k, k + 1, rotation.adjoint());
      rotations.push_back(rotation);
      triangle.col(k).head(k + 2) = column;
      ++k;
      if (std::abs(right[k]) < 0.1 * tolerance) break;
    }
    const VectorXd y = triangle.topLeftCorner(k, k).triangularView<Eigen::Upper>().solve(right.head(k));
    const VectorXd moved = krylov.unweighted(krylov.combination(y));
    Eigen::Map<VectorXd>(result.masses.data(), result.masses.size()) += moved;
    smooth();
  }
}

SlowestMode slowest_mode(const PlaneOperator& step, const PlaneSamples& stationary, std::size_t most_applications) {
  Krylov krylov(step, stationary, true);
  // Linear and quadratic in both rows, so that neither odd modes nor even ones are missed.
  PlaneSamples deformed = stationary;
  for (Index i = 0; i < deformed.rows(); ++i)
    for (Index j = 0; j < deformed.cols(); ++j) {
      const double a = static_cast<double>(2 * i + 1) / static_cast<double>(deformed.rows()) - 1;
      const double b = static_cast<double>(2 * j + 1) / static_cast<double>(deformed.cols()) - 1;
      deformed(i, j) *= a + 0.7 * b + 0.6 * a * a - 0.5 * a * b + 0.4 * b * b;
    }
  deformed -= stationary * deformed.sum();
  const auto most = static_cast<Index>(most_applications);
  krylov.start(krylov.weighted(flat(deformed)), most);
  SlowestMode mode;
  for (Index k = 1; k <= most; ++k) {
    const bool open = krylov.extend();
    if (open && k % 20 != 0 && k != most) continue;
    const Eigen::EigenSolver<MatrixXd> eigen(krylov.hessenberg().topRows(k));
    Index slowest = 0;
    eigen.eigenvalues().cwiseAbs().maxCoeff(&slowest);
    mode.rate = -std::log(std::abs(eigen.eigenvalues()[slowest]));
    mode.error = krylov.hessenberg()(k, k - 1) * std::abs(eigen.eigenvectors().col(slowest)[k - 1]);
    if (!open || mode.error < 1e-5 * mode.rate) break;
  }
  return mode;
}

}  // namespace isotherm::theory
