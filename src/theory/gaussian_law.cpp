#include "theory/gaussian_law.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/owens_t.hpp>
#include <cmath>
#include <numbers>

#include "theory/text.hpp"

namespace isotherm::theory {
namespace {

double normal_below(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

class GaussianLaw : public ComponentLaw {
 public:
  GaussianLaw(Eigen::VectorXd mean, Eigen::MatrixXd covariance, double minimum, double log_determinant,
              double temperature)
      : mean_(std::move(mean)), covariance_(std::move(covariance)), temperature_(temperature) {
    const auto d = static_cast<double>(mean_.size());
    mean_loss_ = minimum + 0.5 * d * temperature;
    log_partition_function_ =
        0.5 * (d * std::log(2 * std::numbers::pi * temperature) - log_determinant) - minimum / temperature;
  }

  double log_partition_function() const override { return log_partition_function_; }
  double mean_loss() const override { return mean_loss_; }
  double variance_of_loss() const override {
    return 0.5 * static_cast<double>(mean_.size()) * temperature_ * temperature_;
  }

  CoordinateMoments moments(std::size_t c) const override {
    const double m = mean_[index(c)], v = covariance_(index(c), index(c));
    return {.mean = m, .variance = v, .second_moment = m * m + v, .fourth_moment = m * m * (m * m + 6 * v) + 3 * v * v};
  }
  std::optional<double> covariance(std::size_t c, std::size_t d) const override {
    return covariance_(index(c), index(d));
  }

  double quantile(std::size_t c, double probability, bool from_above) const override {
    const double z = -std::numbers::sqrt2 * boost::math::erfc_inv(2 * probability);
    return mean_[index(c)] + (from_above ? -z : z) * deviation(c);
  }
  Interval support(std::size_t c) const override {
    return {mean_[index(c)] - 9 * deviation(c), mean_[index(c)] + 9 * deviation(c)};
  }

  std::vector<double> masses(std::size_t c, std::span<const double> cuts) const override {
    std::vector<double> result;
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i)
      result.push_back(normal_mass(standardized(c, cuts[i]), standardized(c, cuts[i + 1])));
    return result;
  }

  std::vector<double> joint_masses(std::size_t c, std::span<const double> c_cuts, std::size_t d,
                                   std::span<const double> d_cuts) const override {
    const double rho =
        std::clamp(covariance_(index(c), index(d)) / (deviation(c) * deviation(d)), -1 + 1e-15, 1 - 1e-15);
    const std::size_t rows = c_cuts.size(), columns = d_cuts.size();
    std::vector<double> below(rows * columns);
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = 0; j < columns; ++j)
        below[i * columns + j] = bivariate_normal(standardized(c, c_cuts[i]), standardized(d, d_cuts[j]), rho);
    std::vector<double> result;
    for (std::size_t i = 0; i + 1 < rows; ++i)
      for (std::size_t j = 0; j + 1 < columns; ++j) {
        const double* corner = &below[i * columns + j];
        result.push_back(std::max(0.0, (corner[columns + 1] - corner[columns]) - (corner[1] - corner[0])));
      }
    return result;
  }

 private:
  static Eigen::Index index(std::size_t c) { return static_cast<Eigen::Index>(c); }
  double deviation(std::size_t c) const { return std::sqrt(covariance_(index(c), index(c))); }
  double standardized(std::size_t c, double x) const { return (x - mean_[index(c)]) / deviation(c); }

  Eigen::VectorXd mean_;
  Eigen::MatrixXd covariance_;
  double temperature_, mean_loss_, log_partition_function_;
};

class GaussianFamily : public ComponentFamily {
 public:
  GaussianFamily(loss::Problem& problem, const Component& component) {
    const std::size_t d = component.dimension();
    std::vector<loss::NodeId> nodes = {component.value};
    nodes.insert(nodes.end(), component.gradient.begin(), component.gradient.end());
    nodes.insert(nodes.end(), component.hessian.begin(), component.hessian.end());
    const ComponentFunction function(problem, component.coordinates, nodes);
    std::vector<double> point(d), out(nodes.size());
    function(point, out);
    const auto n = static_cast<Eigen::Index>(d);
    const Eigen::VectorXd slope = Eigen::Map<Eigen::VectorXd>(out.data() + 1, n);
    const Eigen::MatrixXd hessian = Eigen::Map<Eigen::MatrixXd>(out.data() + 1 + d, n, n);
    if (!hessian.allFinite() || !slope.allFinite() || !std::isfinite(out[0])) {
      reason_ = "the coefficients of the quadratic loss are not finite";
      return;
    }
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(hessian);
    const Eigen::VectorXd& curvatures = eigen.eigenvalues();
    if (!(curvatures[0] > static_cast<double>(d) * 1e-15 * curvatures[n - 1])) {
      reason_ = "the quadratic loss is not positive definite (curvature " + text(curvatures[0] + 0.0) +
                "), so exp(-L/T) cannot be normalized";
      return;
    }
    inverse_ = eigen.eigenvectors() * curvatures.cwiseInverse().asDiagonal() * eigen.eigenvectors().transpose();
    mean_ = -inverse_ * slope;
    log_determinant_ = curvatures.array().log().sum();
    minimum_ = out[0] + 0.5 * slope.dot(mean_);
  }

 private:
  LawOrReason make(double temperature) const override {
    if (!reason_.empty()) return {nullptr, reason_};
    return {std::make_shared<GaussianLaw>(mean_, temperature * inverse_, minimum_, log_determinant_, temperature), ""};
  }

  Eigen::VectorXd mean_;
  Eigen::MatrixXd inverse_;
  double minimum_ = 0, log_determinant_ = 0;
  std::string reason_;
};

}  // namespace

double normal_mass(double a, double b) {
  if (a > 0) return normal_mass(-b, -a);
  if (b <= 0) return normal_below(b) - normal_below(a);
  return 1 - normal_below(a) - normal_below(-b);
}

double bivariate_normal(double h, double k, double rho) {
  if (h == -std::numeric_limits<double>::infinity() || k == -std::numeric_limits<double>::infinity()) return 0;
  if (std::isinf(h)) return normal_below(k);
  if (std::isinf(k)) return normal_below(h);
  const double root = std::sqrt((1 - rho) * (1 + rho));
  // T(h, (k/h - rho) / root); at h = 0 its second argument is infinite.
  const auto part = [&](double u, double v) {
    if (u == 0) return v == 0 ? 0.0 : std::copysign(0.25, v);
    return boost::math::owens_t(u, (v / u - rho) / root);
  };
  if (h == 0 && k == 0) return 0.25 + std::asin(rho) / (2 * std::numbers::pi);
  const bool opposite = h * k < 0 || (h * k == 0 && h + k < 0);
  return 0.5 * (normal_below(h) + normal_below(k)) - part(h, k) - part(k, h) - (opposite ? 0.5 : 0.0);
}

std::unique_ptr<ComponentFamily> make_gaussian_family(loss::Problem& problem, const Component& component) {
  return std::make_unique<GaussianFamily>(problem, component);
}

}  // namespace isotherm::theory
