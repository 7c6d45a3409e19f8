#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "theory/affine_chain.hpp"
#include "theory/example_lyapunov.hpp"
#include "theory/normal_law.hpp"
#include "theory/predictor.hpp"

namespace isotherm::theory {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double maximum_operations = 2e9;  // of the sums for cumulants

/// Cumulants of the stationary law beyond the second, for independent noise with cumulants k3 and k4:
///     x = sum_k A^k N xi_k   =>   kappa_n(x_c) = kappa_n(xi) sum_k sum_j ((A^k N)_cj)^n
struct HigherCumulants {
  bool known = false;        ///< third and fourth
  VectorXd third, fourth;    ///< by state row
  double loss_variance = 0;  ///< what they add to Var L
};

HigherCumulants higher_cumulants(const AffineChain& chain, std::optional<double> k3, std::optional<double> k4,
                                 const std::optional<QuadraticForm>& loss) {
  HigherCumulants sums;
  const Index rows = chain.a.rows(), draws = chain.noise.cols();
  sums.third = sums.fourth = VectorXd::Zero(rows);
  sums.known = k3 && k4;
  if (!sums.known || (*k3 == 0 && *k4 == 0)) return sums;
  const double steps = std::ceil(45 / (3 * -std::log(std::max(chain.radius, 1e-300)))) + static_cast<double>(rows);
  if (steps * static_cast<double>(rows) * static_cast<double>(rows) * static_cast<double>(draws) > maximum_operations) {
    sums.known = false;
    return sums;
  }
  MatrixXd response = chain.noise;
  for (double step = 0; step < steps; ++step) {
    sums.third += *k3 * response.array().cube().rowwise().sum().matrix();
    sums.fourth += *k4 * response.array().square().square().rowwise().sum().matrix();
    if (loss) {
      const VectorXd square = (response.array() * (loss->curvature * response).array()).colwise().sum().transpose();
      const VectorXd slope = response.transpose() * loss->slope;
      sums.loss_variance += 0.25 * *k4 * square.squaredNorm() + *k3 * slope.dot(square);
    }
    response = (chain.a * response).eval();
  }
  return sums;
}

/// Moments about 0 from cumulants.
Marginal marginal(double mean, double variance, std::optional<double> third, std::optional<double> fourth) {
  Marginal m;
  m.mean = mean;
  m.variance = variance;
  m.second_moment = variance + mean * mean;
  if (third && fourth)
    m.fourth_moment =
        *fourth + 3 * variance * variance + 4 * mean * *third + 6 * mean * mean * variance + mean * mean * mean * mean;
  return m;
}

class LyapunovSolver {
 public:
  explicit LyapunovSolver(const Chain& chain) : chain_(chain), problem_(*chain.problem) {}

  Prediction operator()(std::span<const std::vector<Axis>> axes) {
    prediction_.not_applicable = solve();
    if (!prediction_.not_applicable.empty()) return std::move(prediction_);
    prediction_.coordinates = problem_.coordinates();
    prediction_.relaxation_rate = -std::log(affine_.radius);
    law_.emplace(problem_, *chain_.rule, affine_.center, covariance_);
    if (affine_.multiplicative)
      fill_multiplicative();
    else
      fill();
    if (chain_.family != nullptr && chain_.alpha_unit > 0 && prediction_.loss.mean) {
      const auto matched = chain_.family->temperature_of_mean_loss(*prediction_.loss.mean, chain_.alpha_unit);
      if (matched) prediction_.alpha_maximum_likelihood = *matched / chain_.alpha_unit;
    }
    for (const std::vector<Axis>& set : axes) prediction_.bins.push_back(bins(set));
    return std::move(prediction_);
  }

 private:
  std::string solve() {
    prediction_.name = "lyapunov";
    if (!chain_.map) return chain_.not_applicable;
    if (chain_.map->changes()) return "the step changes with its number";
    gaussian_ = chain_.law.law == nullptr || chain_.law.law->name == "gaussian";
    if (!gaussian_ && !chain_.law.has_variance()) return "the noise has no variance, so neither has the stationary law";
    if (!gaussian_) {
      const auto batch = static_cast<double>(chain_.batch_size);
      k3_ = chain_.law.law->skewness(chain_.law.parameter);
      k4_ = chain_.law.excess_kurtosis();
      if (k3_) *k3_ /= std::sqrt(batch);
      if (k4_) *k4_ /= batch;
    }
    const std::vector<double> guess = chain_.minima.empty() ? std::vector<double>{} : chain_.minima.front().point;
    if (std::string reason = read_affine_chain(*chain_.map, guess, affine_); !reason.empty()) return reason;
    if (!affine_.multiplicative) {
      covariance_ = solve_discrete_lyapunov(affine_.a, affine_.noise * affine_.noise.transpose());
      if (!covariance_.allFinite()) return "the covariance is not finite";
      return "";
    }
    if (affine_.a.rows() > 1 || affine_.noise.cols() > 1)
      return "noise that depends on the state is solved for in one dimension, for rules without rows of their own";
    return solve_multiplicative();
  }

  /// x' = m + a (x - m) + n(x) xi with n^2 = p0 + p1 y + p2 y^2, y = x - m: moments of a closed recursion.
  std::string solve_multiplicative() {
    const double a = affine_.a(0, 0), m = affine_.center[0];
    const auto amplitude = [&](double y) {
      const double x = m + y, quiet = 0, loud = 1;
      double without = 0, with = 0;
      (*chain_.map)({&x, 1}, {&quiet, 1}, {&without, 1});
      (*chain_.map)({&x, 1}, {&loud, 1}, {&with, 1});
      return (with - without) * (with - without);
    };
    const double p0 = amplitude(0), p1 = 0.5 * (amplitude(1) - amplitude(-1));
    const double p2 = 0.5 * (amplitude(1) + amplitude(-1)) - p0;
    for (const double y : {0.3, -0.7, 5.0, -12.0})
      if (!(std::abs(amplitude(y) - (p0 + y * (p1 + y * p2))) <=
            1e-10 * (p0 + std::abs(p1 * y) + std::abs(p2 * y * y))))
        return "the variance of the noise is not quadratic in the state";
    const double gap = 1 - a * a - p2;
    if (!(gap > 1e-12)) return "the noise grows too fast with the state for the stationary law to have a variance";
    covariance_ = MatrixXd::Constant(1, 1, p0 / gap);
    const double variance = p0 / gap, kurtosis = 3 + k4_.value_or(infinity);
    const double gap3 = 1 - a * a * a - 3 * a * p2, gap4 = 1 - a * a * (a * a + 6 * p2) - kurtosis * p2 * p2;
    if (gap3 > 0 && gap4 > 0 && k3_ == 0.0) {
      third_ = 3 * a * p1 * variance / gap3;
      fourth_ = (6 * a * a * (p0 * variance + p1 * *third_) +
                 kurtosis * (p0 * p0 + (p1 * p1 + 2 * p0 * p2) * variance + 2 * p1 * p2 * *third_)) /
                gap4;
    }
    return "";
  }

  std::optional<QuadraticForm> loss_form() const { return law_->form(problem_.value()); }

  void fill_multiplicative() {
    const double mean = affine_.center[0], variance = covariance_(0, 0);
    std::optional<double> excess;
    if (fourth_) excess = *fourth_ - 3 * variance * variance;
    prediction_.marginals = {marginal(mean, variance, third_, excess)};
    prediction_.covariance = {variance};
    if (const auto form = loss_form()) {
      const double g = form->slope[0], h = form->curvature(0, 0);
      prediction_.loss.mean = form->value + 0.5 * h * variance;
      if (fourth_)
        set_loss_variance(g * g * variance + g * h * *third_ + 0.25 * h * h * (*fourth_ - variance * variance));
    }
  }

  void set_loss_variance(double variance) {
    prediction_.loss.variance = variance;
    prediction_.loss.second_moment = variance + *prediction_.loss.mean * *prediction_.loss.mean;
  }

  void fill() {
    const std::size_t dimension = problem_.dimension();
    const auto d = static_cast<Index>(dimension);
    const std::optional<QuadraticForm> form = loss_form();
    const HigherCumulants higher = higher_cumulants(affine_, k3_, k4_, form);
    const auto row_marginal = [&](Index row) {
      const double mean = affine_.center[row], variance = covariance_(row, row);
      std::optional<double> third, fourth;
      if (higher.known) third = higher.third[row], fourth = higher.fourth[row];
      Marginal m = marginal(mean, variance, third, fourth);
      if (gaussian_) m.quantiles = law_->quantiles(row);
      return m;
    };
    for (Index c = 0; c < d; ++c) prediction_.marginals.push_back(row_marginal(c));
    for (const auto& [name, row] : own_rows(*chain_.rule, problem_)) prediction_.own_rows[name] = row_marginal(row);
    if (dimension <= maximum_covariance_dimension) {
      const MatrixXd block = covariance_.topLeftCorner(d, d);
      prediction_.covariance.assign(block.data(), block.data() + block.size());  // symmetric
    }
    if (form) {
      prediction_.loss.mean = form->value + 0.5 * (form->curvature * covariance_).trace();
      const MatrixXd product = form->curvature * covariance_;
      if (higher.known)
        set_loss_variance(form->slope.dot(covariance_ * form->slope) + 0.5 * (product * product).trace() +
                          higher.loss_variance);
      if (const auto law = gaussian_ ? law_->law_of(*form) : std::nullopt)
        for (const auto& [key, level] : quantile_levels()) prediction_.loss.quantiles[key] = law->quantile(level);
    }
    if (dimension < 2) return;
    const MatrixXd turn = affine_.a * covariance_ - covariance_ * affine_.a.transpose();
    prediction_.circulation = turn(0, 1);
    if (gaussian_ && affine_.a.rows() == d) {
      // KL divergence of (x, x') from (x', x) per step, (tr(R^-1 F) - 2D) / 2 without its cancellation: with noise
      // covariance Q = N N' it is tr(Q^-1 A (C A' - A C)).
      const Eigen::LDLT<MatrixXd> q(affine_.noise * affine_.noise.transpose());
      if (q.isPositive() && q.vectorD().minCoeff() > 1e-14 * q.vectorD().maxCoeff())
        prediction_.entropy_production = -q.solve(affine_.a * turn).trace();
    }
  }

  BinProbabilities bins(const std::vector<Axis>& axes) {
    const auto refuse = [&](std::string reason) { return BinProbabilities{axes, {}, std::move(reason)}; };
    if (affine_.multiplicative) return refuse("noise that depends on the state: moments only");
    if (!gaussian_) return refuse("the noise is not Gaussian, so only moments are known");
    return law_->bins(axes);
  }

  const Chain& chain_;
  loss::Problem& problem_;
  bool gaussian_ = true;
  std::optional<double> k3_ = 0, k4_ = 0;  // of the numbers that the map takes
  AffineChain affine_;
  MatrixXd covariance_;                   // of all state rows
  std::optional<NormalLaw> law_;          // with that mean and covariance
  std::optional<double> third_, fourth_;  // central moments, with multiplicative noise
  Prediction prediction_;
};

}  // namespace

/// Exact mean and covariance of chains whose step is affine, x' = A x + b + N xi: every linear rule (sgd, momentum,
/// nesterov, langevin, heun, leimkuhler-matthews, underdamped), with preconditioner, weights and decay, on a quadratic.
///     m = (I - A)^-1 b,     C = A C A' + N N'
/// With Gaussian noise the law is normal, a linear observable is normal, and the loss a weighted sum of noncentral
/// chi-squared numbers. With other noise cumulants are known: kappa_n of x is kappa_n(xi) sum_k (A^k N)^n.
/// In one dimension the variance of the noise may be quadratic in x; then moments to the fourth are known.
/// With examples of quadratic loss: example_lyapunov.hpp.
Predictor lyapunov() {
  return {"lyapunov", "exact mean and covariance of a quadratic loss under a linear rule, from C = A C A' + N N'",
          [](const Chain& chain, std::span<const std::vector<Axis>> axes) {
            return chain.examples ? example_lyapunov(chain, axes) : LyapunovSolver(chain)(axes);
          },
          true};
}

}  // namespace isotherm::theory
