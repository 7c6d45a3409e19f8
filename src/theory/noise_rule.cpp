#include "theory/noise_rule.hpp"

#include <Eigen/Dense>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numbers>
#include <numeric>

#include "theory/gauss_legendre.hpp"

namespace isotherm::theory {
namespace {

constexpr std::size_t most_two_valued_draws = 400;
constexpr std::size_t most_summed_draws = 64;
constexpr std::size_t summed_nodes = 48;  // of Gauss' rule of a sum of draws
constexpr std::size_t hermite_nodes = 40;

void normalize(NoiseRule& rule) {
  const double total = std::accumulate(rule.weights.begin(), rule.weights.end(), 0.0);
  for (double& weight : rule.weights) weight /= total;
}

/// Gauss' rule of the orthonormal polynomials with these recursion coefficients (Golub and Welsch 1969).
NoiseRule from_recursion(const Eigen::VectorXd& diagonal, const Eigen::VectorXd& off_diagonal) {
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(diagonal, off_diagonal);
  NoiseRule rule;
  for (Eigen::Index i = 0; i < diagonal.size(); ++i) {
    rule.nodes.push_back(solver.eigenvalues()[i]);
    rule.weights.push_back(solver.eigenvectors()(0, i) * solver.eigenvectors()(0, i));
  }
  normalize(rule);
  return rule;
}

NoiseRule gaussian_rule() {
  Eigen::VectorXd off(hermite_nodes - 1);
  for (Eigen::Index i = 0; i < off.size(); ++i) off[i] = std::sqrt(static_cast<double>(i + 1));
  return from_recursion(Eigen::VectorXd::Zero(hermite_nodes), off);
}

/// `upper` with probability q, else `lower`, summed B times and divided by sqrt(B).
NoiseRule two_valued_rule(double lower, double upper, double q, std::size_t draws) {
  NoiseRule rule;
  const boost::math::binomial_distribution<double> count(static_cast<double>(draws), q);
  for (std::size_t k = 0; k <= draws; ++k) {
    const auto ups = static_cast<double>(k), downs = static_cast<double>(draws - k);
    rule.nodes.push_back((ups * upper + downs * lower) / std::sqrt(static_cast<double>(draws)));
    rule.weights.push_back(boost::math::pdf(count, ups));
  }
  return rule;
}

/// Panels of `length` from -reach to reach under a density.
template <class Density>
NoiseRule panels(double reach, double length, Density&& density) {
  const auto& gauss = GaussLegendre<20>::rule();
  const double count = std::ceil(2 * reach / length), half = reach / count;
  NoiseRule rule;
  for (double p = 0; p < count; ++p)
    for (std::size_t i = 0; i < gauss.node.size(); ++i) {
      rule.nodes.push_back(-reach + half * (2 * p + 1 + gauss.node[i]));
      rule.weights.push_back(half * gauss.weight[i] * density(rule.nodes.back()));
    }
  normalize(rule);
  return rule;
}

NoiseRule student_rule(double nu) {
  // u = sinh(1.5 sinh(t)): a double-exponential rule on the whole line.
  const boost::math::students_t_distribution<double> law(nu);
  const double scale = std::sqrt((nu - 2) / nu);
  NoiseRule rule;
  for (int i = -240; i <= 240; ++i) {
    const double t = 4.2 * i / 240, inner = 1.5 * std::sinh(t), u = std::sinh(inner);
    const double weight = boost::math::pdf(law, u) * std::cosh(inner) * 1.5 * std::cosh(t);
    if (!(weight > 1e-40)) continue;
    rule.nodes.push_back(scale * u);
    rule.weights.push_back(weight);
  }
  normalize(rule);
  return rule;
}

NoiseRule sum_of(const NoiseRule& a, const NoiseRule& b) {
  NoiseRule sum;
  for (std::size_t i = 0; i < a.nodes.size(); ++i)
    for (std::size_t j = 0; j < b.nodes.size(); ++j) {
      sum.nodes.push_back(a.nodes[i] + b.nodes[j]);
      sum.weights.push_back(a.weights[i] * b.weights[j]);
    }
  return sum;
}

/// Gauss' rule of n nodes for the points of a rule. Of an even law the diagonal is 0; rounding would lean the nodes to
/// one side.
NoiseRule lanczos(const NoiseRule& rule, std::size_t n, bool even) {
  const auto rows = static_cast<Eigen::Index>(rule.nodes.size()), steps = static_cast<Eigen::Index>(n);
  const Eigen::VectorXd x = Eigen::Map<const Eigen::VectorXd>(rule.nodes.data(), rows);
  const Eigen::VectorXd w = Eigen::Map<const Eigen::VectorXd>(rule.weights.data(), rows);
  // Orthogonalized twice against all earlier vectors: rounding would otherwise repeat nodes.
  Eigen::MatrixXd basis = Eigen::MatrixXd::Zero(rows, steps);
  Eigen::VectorXd diagonal(steps), off(steps - 1);
  Eigen::VectorXd v = w.cwiseMax(0.0).cwiseSqrt();
  v.normalize();
  for (Eigen::Index k = 0; k < steps; ++k) {
    basis.col(k) = v;
    Eigen::VectorXd next = x.cwiseProduct(v);
    diagonal[k] = v.dot(next);
    if (k + 1 == steps) break;
    for (int pass = 0; pass < 2; ++pass) {
      const Eigen::VectorXd parts = basis.leftCols(k + 1).transpose() * next;
      next -= basis.leftCols(k + 1) * parts;
    }
    off[k] = next.norm();
    v = next / off[k];
  }
  if (even) diagonal.setZero();
  return from_recursion(diagonal, off);
}

NoiseRule mean_of(const NoiseRule& one, std::size_t draws) {
  const bool even = symmetric(one);
  const NoiseRule unit = gauss_rule(one, summed_nodes);
  NoiseRule sum = unit;
  for (std::size_t b = 1; b < draws; ++b) sum = lanczos(sum_of(sum, unit), summed_nodes, even);
  for (double& node : sum.nodes) node /= std::sqrt(static_cast<double>(draws));
  return sum;
}

}  // namespace

bool symmetric(const NoiseRule& rule) {
  const std::size_t n = rule.nodes.size();
  for (std::size_t i = 0; i < n; ++i)
    if (std::abs(rule.nodes[i] + rule.nodes[n - 1 - i]) > 1e-12 * (1 + std::abs(rule.nodes[i])) ||
        std::abs(rule.weights[i] - rule.weights[n - 1 - i]) > 1e-12)
      return false;
  return true;
}

NoiseRule gauss_rule(const NoiseRule& rule, std::size_t n) {
  if (!rule.not_available.empty() || rule.nodes.size() <= n) return rule;
  return lanczos(rule, n, symmetric(rule));
}

NoiseRule noise_rule(const noise::Choice& law, std::size_t batch_size) {
  const std::string name = law.law == nullptr ? "gaussian" : law.law->name;
  const auto refuse = [](const std::string& reason) { return NoiseRule{{}, {}, reason}; };
  const std::size_t b = std::max<std::size_t>(batch_size, 1);
  if (name == "gaussian") return gaussian_rule();
  if (name == "rademacher" || name == "two-point") {
    const double q = name == "rademacher" ? 0.5 : law.parameter;
    if (b > most_two_valued_draws)
      return refuse("the law of the mean of more than " + std::to_string(most_two_valued_draws) +
                    " draws is not tabulated");
    return two_valued_rule(-std::sqrt(q / (1 - q)), std::sqrt((1 - q) / q), q, b);
  }
  if (b > most_summed_draws)
    return refuse("the law of the mean of more than " + std::to_string(most_summed_draws) + " draws is not tabulated");
  NoiseRule one;
  if (name == "uniform") {
    one = panels(std::numbers::sqrt3, 2, [](double) { return 1.0; });
  } else if (name == "laplace") {
    one = panels(28, 2, [](double z) { return std::exp(-std::numbers::sqrt2 * std::abs(z)); });
  } else if (name == "student-t") {
    if (!(law.parameter > 2)) return refuse("the noise has no variance");
    if (b > 1) return refuse("sums of Student-t draws have no quadrature of few nodes");
    one = student_rule(law.parameter);
  } else {
    return refuse("there is no quadrature of the noise " + name);
  }
  return b == 1 ? one : mean_of(one, b);
}

}  // namespace isotherm::theory
