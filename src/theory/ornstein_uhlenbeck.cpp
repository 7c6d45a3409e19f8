#include <algorithm>
#include <cmath>
#include <numbers>

#include "theory/example_chain.hpp"
#include "theory/example_lyapunov.hpp"
#include "theory/normal_law.hpp"
#include "theory/second_moments.hpp"

namespace isotherm::theory {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

class Linearization {
 public:
  explicit Linearization(const Chain& chain) : chain_(chain), examples_(*chain.examples), step_(*examples_.step) {}

  Prediction operator()(std::span<const std::vector<Axis>> axes) {
    prediction_.name = "ornstein-uhlenbeck";
    prediction_.not_applicable = solve();
    if (!prediction_.not_applicable.empty()) return std::move(prediction_);
    NormalLaw law(*chain_.problem, *chain_.rule, linear_.affine.center, covariance_, true);
    const auto loss = law.form(chain_.problem->value());
    fill_moments(chain_, law.mean(), covariance_, prediction_);
    for (std::size_t c = 0; c < prediction_.marginals.size(); ++c)
      prediction_.marginals[c].quantiles = law.quantiles(static_cast<Index>(c));
    for (const auto& [name, row] : own_rows(*chain_.rule, *chain_.problem))
      prediction_.own_rows[name].quantiles = law.quantiles(row);
    prediction_.relaxation_rate = -std::log(linear_.affine.radius);
    prediction_.loss.mean = loss->value + 0.5 * (loss->curvature * covariance_).trace();
    if (const auto squares = law.law_of(*loss)) {
      prediction_.loss.variance = squares->variance();
      for (const auto& [key, level] : quantile_levels()) prediction_.loss.quantiles[key] = squares->quantile(level);
    }
    for (const std::vector<Axis>& set : axes) prediction_.bins.push_back(law.bins(set));
    return std::move(prediction_);
  }

 private:
  std::string solve() {
    constexpr double most_work = 5e9;
    if (chain_.law.law != nullptr && !chain_.law.has_variance()) return "the noise has no variance";
    if (step_.slope_work() > most_work) return "the curvature over all rows takes too long";
    if (std::string reason = linearize_at_fixed_point(chain_, linear_); !reason.empty()) return reason;
    if (!examples_.infinite_moments.empty()) return examples_.infinite_moments;
    if (grows_without_bound(chain_, linear_)) return "there is no stationary variance";
    const VectorXd& center = linear_.affine.center;
    population_ = step_.values(center);
    if (!population_.covariance.allFinite() || !(population_.covariance.trace() > 0 || linear_.extra.trace() > 0))
      return "the gradient of the examples has no variance at the minimum";
    if (examples_.reshuffled) {
      if (!step_.is_affine() || !has_one_curvature(step_.slopes(center)))
        return "the curvature differs between examples, and the steps of an epoch are not independent";
      const NormalLaw shape(*chain_.problem, *chain_.rule, center, linear_.extra);
      covariance_ = covariance_in_epoch(chain_, linear_, population_.covariance,
                                        shape.form(chain_.problem->value())->curvature, prediction_);
    } else {
      covariance_ = solve_discrete_lyapunov(linear_.affine.a, noise(population_.covariance));
    }
    if (!covariance_.allFinite()) return "the covariance is not finite";
    if (examples_.reshuffled)
      prediction_.mean_error = prediction_.covariance_error = 0;
    else
      estimate_errors();
    return "";
  }

  MatrixXd noise(const MatrixXd& of_one) const {
    return examples_.variance_factor * linear_.gain * of_one * linear_.gain.transpose() + linear_.extra;
  }

  /// The covariance and the mean with curvature and noise averaged over the law instead of taken at its centre, by the
  /// quadrature of three points along each principal axis (Gauss and Hermite's; exact for sums of functions of one axis
  /// up to the fifth degree), until they are those of the law that they give. What that changes is the error.
  void estimate_errors() {
    constexpr double most_work = 2e9;
    constexpr int most_iterations = 12;
    constexpr double close = 0.01;  // of the change
    const VectorXd center = linear_.affine.center;
    const auto r = static_cast<Index>(step_.active().size()), k = static_cast<Index>(step_.means());
    if (step_.value_work() * static_cast<double>(2 * r) * 4 > most_work) return;
    const MatrixXd here = linear_.affine.a - linear_.gain * step_.mean_slope(center);
    const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(positions(covariance_));
    if (!(eigen.eigenvalues()[0] > 0)) return;
    const MatrixXd whitening = eigen.eigenvectors() * eigen.eigenvalues().cwiseSqrt().cwiseInverse().asDiagonal() *
                               eigen.eigenvectors().transpose();
    MatrixXd wider = covariance_;
    double before = 0;
    for (int iteration = 0; iteration < most_iterations; ++iteration) {
      const Eigen::SelfAdjointEigenSolver<MatrixXd> axes(active(wider));
      const VectorXd deviations = axes.eigenvalues().cwiseMax(0).cwiseSqrt();
      VectorXd shift = VectorXd::Zero(k);
      MatrixXd of_one = population_.covariance, slope = MatrixXd::Zero(k, r);
      for (Index i = 0; i < r; ++i) {
        if (!(deviations[i] > 0)) continue;
        const double reach = std::numbers::sqrt3 * deviations[i];
        VectorXd step = VectorXd::Zero(center.size());
        for (Index a = 0; a < r; ++a)
          step[step_.active()[static_cast<std::size_t>(a)]] = reach * axes.eigenvectors()(a, i);
        const ExampleStep::Population above = step_.values(center + step), below = step_.values(center - step);
        shift += (above.mean + below.mean - 2 * population_.mean) / 6;
        of_one += (above.covariance + below.covariance - 2 * population_.covariance) / 6;
        slope += (above.mean - below.mean) / (2 * reach) * axes.eigenvectors().col(i).transpose();
      }
      MatrixXd a = here;
      for (Index j = 0; j < r; ++j) a.col(step_.active()[static_cast<std::size_t>(j)]) += linear_.gain * slope.col(j);
      if (!a.allFinite() || !(spectral_radius(a) < 1)) return forget();
      const MatrixXd next = solve_discrete_lyapunov(a, noise(of_one));
      const MatrixXd change = whitening * (positions(next) - positions(covariance_)) * whitening;
      const double size = Eigen::SelfAdjointEigenSolver<MatrixXd>(change).eigenvalues().cwiseAbs().maxCoeff();
      const VectorXd moved =
          (MatrixXd::Identity(a.rows(), a.cols()) - a).partialPivLu().solve(VectorXd(linear_.gain * shift));
      prediction_.covariance_error = size;
      // Gradients that are affine for each example have the mean of the law itself, whatever its width.
      prediction_.mean_error = step_.is_affine() ? 0 : (whitening * moved.head(whitening.rows())).norm();
      if (!std::isfinite(size) || size > 1) return forget();
      if (std::abs(size - before) <= close * size) return;
      before = size;
      wider = next;
    }
  }

  /// The law is so wide that what it rests on does not hold over its width.
  void forget() { prediction_.covariance_error = prediction_.mean_error = 1; }

  MatrixXd positions(const MatrixXd& of_all) const {
    const auto d = static_cast<Index>(chain_.problem->dimension());
    return of_all.topLeftCorner(d, d);
  }
  MatrixXd active(const MatrixXd& of_all) const {
    const auto r = static_cast<Index>(step_.active().size());
    MatrixXd block(r, r);
    for (Index i = 0; i < r; ++i)
      for (Index j = 0; j < r; ++j)
        block(i, j) = of_all(step_.active()[static_cast<std::size_t>(i)], step_.active()[static_cast<std::size_t>(j)]);
    return block;
  }

  const Chain& chain_;
  const ExampleChain& examples_;
  const ExampleStep& step_;
  LinearExampleChain linear_;
  ExampleStep::Population population_;  // of one example, at the centre
  MatrixXd covariance_;                 // of all state rows
  Prediction prediction_;
};

}  // namespace

/// The normal law around the lowest minimum of a loss that is a mean over examples: the mean step linearized at its
/// fixed point, and the noise of the examples as it is there,
///     C = A C A' + f M Sigma M' + N N'     ->     H C + C H = eta f Sigma  (sgd, eta -> 0)
/// with f = 1/B, or (N - B) / (B (N - 1)) without replacement: an Ornstein-Uhlenbeck process seen at its steps (Mandt,
/// Hoffman and Blei, JMLR 18 (2017)). It assumes that the law is narrow: curvature and noise do not change over its
/// width, and steps are many within the time of relaxation, so that noise adds up to a normal number. The first is
/// estimated (Prediction::mean_error, covariance_error). Reshuffled examples of one curvature: the covariance of
/// epoch.hpp.
Predictor ornstein_uhlenbeck() {
  return {"ornstein-uhlenbeck",
          "normal law around the minimum of a loss over examples, with the noise and curvature there",
          [](const Chain& chain, std::span<const std::vector<Axis>> axes) {
            if (chain.examples) return Linearization(chain)(axes);
            Prediction refused;
            refused.name = "ornstein-uhlenbeck";
            refused.not_applicable = "the noise does not come from examples";
            return refused;
          },
          true};
}

}  // namespace isotherm::theory
