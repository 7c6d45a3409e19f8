#include "theory/second_moments.hpp"

#include <algorithm>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <functional>
#include <limits>

#include "theory/affine_chain.hpp"

namespace isotherm::theory {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

using Map = std::function<VectorXd(const VectorXd&)>;

/// Orthonormal vectors V and H with map V_m = V_(m+1) H (Arnoldi 1951).
struct Krylov {
  MatrixXd basis, projected;  ///< n x (m + 1), (m + 1) x m
  Index size = 0;             ///< m
  bool complete = false;      ///< the space is invariant: the last row of H is 0

  /// Grows until it is `enough`, invariant, or has `most` vectors.
  Krylov(const Map& map, const VectorXd& start, Index most, const std::function<bool(const Krylov&)>& enough) {
    const Index n = start.size();
    most = std::min(most, n);
    basis = MatrixXd::Zero(n, most + 1);
    projected = MatrixXd::Zero(most + 1, most);
    basis.col(0) = start.normalized();
    while (size < most && !complete && !(size > 0 && enough(*this))) {
      VectorXd next = map(basis.col(size));
      const double before = next.norm();
      for (int pass = 0; pass < 2; ++pass) {
        const VectorXd overlap = basis.leftCols(size + 1).transpose() * next;
        next -= basis.leftCols(size + 1) * overlap;
        projected.col(size).head(size + 1) += overlap;
      }
      const double left = next.norm();
      complete = !(left > 1e-14 * before);
      if (!complete) {
        projected(size + 1, size) = left;
        basis.col(size + 1) = next / left;
      }
      ++size;
    }
  }
};

constexpr Index largest_space = 60;

/// The rightmost eigenvalue of the map within the space, its vector there, and how far that is from an eigenvector.
struct Ritz {
  double value = 0, residual = 0;
  VectorXd vector;  ///< of norm 1

  explicit Ritz(const Krylov& krylov) {
    const Eigen::EigenSolver<MatrixXd> eigen(krylov.projected.topLeftCorner(krylov.size, krylov.size));
    Index largest = 0;
    value = eigen.eigenvalues().real().maxCoeff(&largest);
    vector = eigen.eigenvectors().col(largest).real().normalized();
    if (!krylov.complete) residual = krylov.projected(krylov.size, krylov.size - 1) * std::abs(vector[krylov.size - 1]);
  }

  bool is_exact() const { return residual <= 1e-12 * std::abs(value); }
};

/// The combination of the basis whose image is nearest to `size` times the first vector, and what is left of it.
struct LeastResidual {
  VectorXd combination;
  double left = 0;

  LeastResidual(const Krylov& krylov, double size) {
    const auto projected = krylov.projected.topLeftCorner(krylov.size + 1, krylov.size);
    VectorXd right = VectorXd::Zero(krylov.size + 1);
    right[0] = size;
    combination = projected.householderQr().solve(right);
    left = (projected * combination - right).norm();
  }
};

/// The map Y -> Gamma : (sum_n A^n M Y M' A'^n / shrink^(n+1))_RR on k x k matrices as vectors.
class Feedback {
 public:
  Feedback(const RandomAffineChain& chain, double shrink)
      : chain_(chain), a_(chain.a / std::sqrt(shrink)), shrink_(shrink) {}

  /// Gamma : C_RR.
  MatrixXd contract(const MatrixXd& covariance) const {
    const Index k = chain_.gain.cols();
    MatrixXd y = MatrixXd::Zero(k, k);
    for (std::size_t a = 0; a < chain_.active.size(); ++a)
      for (std::size_t b = 0; b < chain_.active.size(); ++b)
        y += covariance(chain_.active[a], chain_.active[b]) *
             chain_.slope_covariance.block(k * static_cast<Index>(a), k * static_cast<Index>(b), k, k);
    return 0.5 * (y + y.transpose());
  }

  VectorXd operator()(const VectorXd& vector) const {
    const Index k = chain_.gain.cols();
    const Eigen::Map<const MatrixXd> given(vector.data(), k, k);
    const MatrixXd y = 0.5 * (given + given.transpose());
    const MatrixXd result = contract(solve_discrete_lyapunov(a_, chain_.gain * y * chain_.gain.transpose() / shrink_));
    return Eigen::Map<const VectorXd>(result.data(), result.size());
  }

 private:
  const RandomAffineChain& chain_;
  MatrixXd a_;
  double shrink_;
};

}  // namespace

double spectral_radius(const MatrixXd& a) { return a.eigenvalues().cwiseAbs().maxCoeff(); }

double feedback(const RandomAffineChain& chain, double shrink) {
  if (chain.slope_covariance.size() == 0 || chain.slope_covariance.isZero(0)) return 0;
  const double radius = spectral_radius(chain.a);
  if (!(radius * radius < shrink)) return std::numeric_limits<double>::infinity();
  const Feedback map(chain, shrink);
  const Index k = chain.gain.cols();
  // The eigenvector of the largest eigenvalue is positive semidefinite, and the identity has a part along it.
  const MatrixXd identity = MatrixXd::Identity(k, k);
  VectorXd start = Eigen::Map<const VectorXd>(identity.data(), k * k);
  double found = 0;
  for (int restart = 0; restart < 4; ++restart) {
    const Krylov krylov([&](const VectorXd& y) { return map(y); }, start, largest_space,
                        [](const Krylov& grown) { return Ritz(grown).is_exact(); });
    const Ritz ritz(krylov);
    found = ritz.value;
    if (ritz.is_exact()) break;
    start = krylov.basis.leftCols(krylov.size) * ritz.vector;
  }
  return std::max(found, 0.0);
}

double second_moment_radius(const RandomAffineChain& chain) {
  const double radius = spectral_radius(chain.a), least = radius * radius;
  // Decreasing in the shrink; below 1 at 1, and where it is below 1 down to the least, A alone decides.
  const auto excess = [&](double shrink) {
    const double f = feedback(chain, shrink);
    return std::isfinite(f) ? (f - 1) / (f + 1) : 1.0;
  };
  const double lower = least + 1e-12 * (1 - least);
  if (!(excess(lower) > 0) || !(excess(1) < 0)) return least;
  std::uintmax_t iterations = 60;
  const auto [a, b] =
      boost::math::tools::toms748_solve(excess, lower, 1.0, boost::math::tools::eps_tolerance<double>(40), iterations);
  return 0.5 * (a + b);
}

MatrixXd stationary_covariance(const RandomAffineChain& chain, const MatrixXd& noise) {
  const MatrixXd quiet = solve_discrete_lyapunov(chain.a, noise);
  if (chain.slope_covariance.size() == 0 || chain.slope_covariance.isZero(0)) return quiet;
  const Feedback map(chain, 1);
  const Index k = chain.gain.cols();
  const auto with = [&](const VectorXd& y) -> MatrixXd {
    const MatrixXd matrix = Eigen::Map<const MatrixXd>(y.data(), k, k);
    return quiet + solve_discrete_lyapunov(chain.a,
                                           chain.gain * (0.5 * (matrix + matrix.transpose())) * chain.gain.transpose());
  };
  VectorXd y = VectorXd::Zero(k * k);
  for (int restart = 0; restart < 20; ++restart) {
    const MatrixXd wanted = map.contract(with(y));
    const VectorXd residual = Eigen::Map<const VectorXd>(wanted.data(), k * k) - y;
    const double size = residual.norm(), small = 1e-15 * wanted.norm();
    if (!(size > small)) break;
    const Krylov krylov([&](const VectorXd& v) -> VectorXd { return v - map(v); }, residual, largest_space,
                        [&](const Krylov& grown) { return LeastResidual(grown, size).left <= small; });
    y += krylov.basis.leftCols(krylov.size) * LeastResidual(krylov, size).combination;
  }
  return with(y);
}

}  // namespace isotherm::theory
