#include "theory/example_lyapunov.hpp"

#include <algorithm>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstdio>

#include "theory/example_chain.hpp"
#include "theory/normal_law.hpp"
#include "theory/second_moments.hpp"

namespace isotherm::theory {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double most_work = 2e9, most_products = 3e10;

bool is_affordable(const ExampleStep& step) {
  const double slopes = static_cast<double>(step.means() * step.active().size());
  return step.slope_work() <= most_work && static_cast<double>(step.examples().rows) * slopes * slopes <= most_products;
}

/// Seven digits: a bound to keep below is more than a size.
std::string precise(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.7g", value);
  return buffer;
}

class ExampleSolver {
 public:
  explicit ExampleSolver(const Chain& chain) : chain_(chain), examples_(*chain.examples), step_(*examples_.step) {}

  Prediction operator()(std::span<const std::vector<Axis>> axes) {
    prediction_.name = "lyapunov";
    prediction_.not_applicable = solve();
    if (!prediction_.not_applicable.empty()) return std::move(prediction_);
    for (const std::vector<Axis>& set : axes)
      prediction_.bins.push_back({set, {}, "the law of the examples is not normal: moments only"});
    return std::move(prediction_);
  }

 private:
  std::string solve() {
    if (step_.has_slopes() && !step_.is_affine()) return "the loss of an example is not quadratic";
    if (!examples_.infinite_moments.empty()) {
      prediction_.no_variance = true;
      return examples_.infinite_moments;
    }
    if (chain_.law.law != nullptr && !chain_.law.has_variance())
      return "the noise has no variance, so neither has the stationary law";
    if (!is_affordable(step_))
      return "the covariance of the curvatures of " + std::to_string(step_.examples().rows) + " examples in " +
             std::to_string(chain_.problem->dimension()) + " coordinates takes too long";
    std::string reason = linearize_at_fixed_point(chain_, linear_);
    const bool unstable = !(linear_.affine.radius < 1);
    if (!reason.empty() && !unstable) return reason;
    place_ = linear_.affine.center;
    if (unstable) place_ = VectorXd::Zero(static_cast<Index>(step_.rows()));

    random_.active = step_.active();
    const ExampleStep::Population curvatures = step_.slopes(place_);
    if (!curvatures.covariance.allFinite()) return "the curvatures of the examples are not finite";
    const bool constant = has_one_curvature(curvatures);
    if (examples_.reshuffled) {
      if (!constant)
        return "the curvature differs between examples, and the steps of an epoch are not independent: there is no "
               "closed form";
    } else if (!constant) {
      random_.slope_covariance = examples_.variance_factor * curvatures.covariance;
    }
    use(linear_);
    const bool exists = !unstable && feedback(random_) < 1;
    find_largest_rate(exists);
    if (!exists) {
      const std::string rate = chain_.rule->uses_dt ? "dt" : "eta";
      if (!prediction_.largest_rate) return "the step is unstable at every learning rate";
      prediction_.no_variance = true;
      return "no stationary variance: " + rate + " must be below " + precise(*prediction_.largest_rate);
    }
    fill();
    return "";
  }

  void use(const LinearExampleChain& linear) {
    random_.a = linear.affine.a;
    random_.gain = linear.gain;
  }

  /// The rate up to which the covariance exists: from the rate of the run in the direction of the bound.
  void find_largest_rate(bool exists) {
    if (!(chain_.rate > 0)) return;
    const auto excess = [&](double factor) {
      step_.scale(factor);
      LinearExampleChain scaled;
      const std::string reason = linearize(step_, place_, scaled);
      if (!reason.empty()) return 1.0;
      use(scaled);
      const double f = feedback(random_);
      return std::isfinite(f) ? (f - 1) / (f + 1) : 1.0;
    };
    double stable = 1, unstable = 1;
    constexpr double farthest = 1e6;
    if (exists) {
      while (unstable < farthest && excess(unstable *= 2) < 0) stable = unstable;
    } else {
      while (stable > 1 / farthest && excess(stable /= 2) >= 0) unstable = stable;
    }
    const double inside = excess(stable), outside = excess(unstable);
    if (inside < 0 && outside >= 0) {
      std::uintmax_t iterations = 100;
      const auto [a, b] =
          boost::math::tools::toms748_solve(excess, stable, unstable, inside, outside == 0 ? 1.0 : outside,
                                            boost::math::tools::eps_tolerance<double>(48), iterations);
      prediction_.largest_rate = 0.5 * (a + b) * chain_.rate;
    }
    step_.scale(1);
    use(linear_);
  }

  void fill() {
    const VectorXd& center = linear_.affine.center;
    const MatrixXd population = step_.values(center).covariance;
    const MatrixXd noise =
        examples_.variance_factor * linear_.gain * population * linear_.gain.transpose() + linear_.extra;
    const double slowest = linear_.affine.radius, squares = second_moment_radius(random_);
    prediction_.relaxation_rate = -std::log(std::max(slowest, squares));
    MatrixXd covariance = stationary_covariance(random_, noise);
    const NormalLaw shape(*chain_.problem, *chain_.rule, center, covariance);
    const auto loss = shape.form(chain_.problem->value());
    if (examples_.reshuffled)
      covariance = covariance_in_epoch(chain_, linear_, population,
                                       loss ? loss->curvature : MatrixXd::Zero(covariance.rows(), covariance.cols()),
                                       prediction_);
    fill_moments(chain_, center, covariance, prediction_);
    if (loss) prediction_.loss.mean = loss->value + 0.5 * (loss->curvature * covariance).trace();
    if (examples_.reshuffled) return;
    if (chain_.family != nullptr && chain_.alpha_unit > 0 && prediction_.loss.mean)
      if (const auto matched = chain_.family->temperature_of_mean_loss(*prediction_.loss.mean, chain_.alpha_unit))
        prediction_.alpha_maximum_likelihood = *matched / chain_.alpha_unit;
    if (chain_.problem->dimension() >= 2) {
      constexpr double rounding = 1e-12;
      const MatrixXd turn = random_.a * covariance - covariance * random_.a.transpose();
      const double size = std::sqrt(covariance(0, 0) * covariance(1, 1));
      prediction_.circulation = std::abs(turn(0, 1)) > rounding * size ? turn(0, 1) : 0;
    }
  }

  const Chain& chain_;
  const ExampleChain& examples_;
  ExampleStep& step_;
  LinearExampleChain linear_;
  RandomAffineChain random_;
  VectorXd place_;
  Prediction prediction_;
};

}  // namespace

bool grows_without_bound(const Chain& chain, const LinearExampleChain& linear) {
  const ExampleStep& step = *chain.examples->step;
  if (!step.is_affine() || chain.examples->reshuffled || !is_affordable(step)) return false;
  const ExampleStep::Population curvatures = step.slopes(linear.affine.center);
  return !(feedback({linear.affine.a, linear.gain, chain.examples->variance_factor * curvatures.covariance,
                     step.active()}) < 1);
}

Prediction example_lyapunov(const Chain& chain, std::span<const std::vector<Axis>> axes) {
  return ExampleSolver(chain)(axes);
}

}  // namespace isotherm::theory
