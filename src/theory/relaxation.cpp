#include "theory/relaxation.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "theory/component.hpp"

namespace isotherm::theory {
namespace {

constexpr double spacing_of_noise = 1.5;  // nodes per standard deviation of one step's noise
constexpr Eigen::Index most_nodes = 900;  // of a dense matrix
constexpr Eigen::Index few_nodes = 200;   // below: all eigenvalues

// The chain x' = x - step L'(x) + s xi, xi ~ N(0, 1), as a matrix of the trapezoid rule on nodes at the midpoints of n
// equal intervals: P_ij = spacing N(x_i; x_j - step L'(x_j), s^2). Its columns sum to 1.
struct Chain {
  std::function<double(double)> slope;
  double step, noise;

  double kernel(double y, double mean) const {
    const double z = (y - mean) / noise;
    return std::exp(-0.5 * z * z) / (std::sqrt(2 * std::numbers::pi) * noise);
  }

  Eigen::MatrixXd matrix(double lower, double upper, Eigen::Index n) const {
    const double spacing = (upper - lower) / static_cast<double>(n);
    Eigen::MatrixXd p(n, n);
    for (Eigen::Index j = 0; j < n; ++j) {
      const double x = lower + spacing * (static_cast<double>(j) + 0.5), mean = x - step * slope(x);
      for (Eigen::Index i = 0; i < n; ++i)
        p(i, j) = spacing * kernel(lower + spacing * (static_cast<double>(i) + 0.5), mean);
    }
    return p;
  }

  // On functions with f(-x) = parity f(x), on [0, reach].
  Eigen::MatrixXd folded(double reach, Eigen::Index n, double parity) const {
    const double spacing = reach / static_cast<double>(n);
    Eigen::MatrixXd p(n, n);
    for (Eigen::Index j = 0; j < n; ++j) {
      const double x = spacing * (static_cast<double>(j) + 0.5), mean = x - step * slope(x);
      for (Eigen::Index i = 0; i < n; ++i) {
        const double y = spacing * (static_cast<double>(i) + 0.5);
        p(i, j) = spacing * (kernel(y, mean) + parity * kernel(y, -mean));
      }
    }
    return p;
  }
};

// -ln |lambda| of the slowest mode of a matrix, the stationary one (eigenvalue 1) left out if there is one.
double slowest_rate(const Eigen::MatrixXd& p, bool has_stationary) {
  const Eigen::Index n = p.rows();
  // Modes that decay have no sum; on those I - P acts as I - P + u 1', which is not singular.
  Eigen::MatrixXd a = -p;
  a.diagonal().array() += 1;
  if (has_stationary) a.array() += 1 / static_cast<double>(n);
  const Eigen::PartialPivLU<Eigen::MatrixXd> lu(a);
  constexpr Eigen::Index block = 4;
  Eigen::MatrixXd v(n, block);
  for (Eigen::Index j = 0; j < block; ++j)
    for (Eigen::Index i = 0; i < n; ++i)
      v(i, j) = std::sin(static_cast<double>((i + 1) * (j + 1)) * 2.399963 / std::sqrt(static_cast<double>(n)));
  // Subspace iteration with the inverse: its largest eigenvalue is 1 / (1 - lambda).
  double rate = 0;
  for (int iteration = 0; iteration < 300; ++iteration) {
    if (has_stationary) v.rowwise() -= v.colwise().mean();
    v = Eigen::HouseholderQR<Eigen::MatrixXd>(v).householderQ() * Eigen::MatrixXd::Identity(n, block);
    const Eigen::MatrixXd w = lu.solve(v);
    const Eigen::VectorXcd ritz = (v.transpose() * w).eval().eigenvalues();
    Eigen::Index largest = 0;
    ritz.cwiseAbs().maxCoeff(&largest);
    const double next = -std::log(std::abs(1.0 - 1.0 / ritz[largest]));
    const bool converged = std::abs(next - rate) <= 1e-12 * std::abs(next);
    rate = next;
    v = w;
    if (converged) break;
  }
  if (n > few_nodes) return rate;
  // A mode that alternates in sign (step L'' > 1) is far from 1 and may still be the slowest.
  const Eigen::VectorXcd all = p.eigenvalues();
  double alternating = 0;
  for (const auto& lambda : all)
    if (lambda.real() < 0) alternating = std::max(alternating, std::abs(lambda));
  return std::min(rate, -std::log(alternating));
}

double curvature_rate(std::span<const Minimum> minima, double step) {
  double rate = 0;
  bool first = true;
  for (const Minimum& minimum : minima)
    for (double curvature : minimum.curvatures) {
      const double here = std::min(step * curvature, 2 - step * curvature);
      rate = first ? here : std::min(rate, here);
      first = false;
    }
  return std::max(rate, 0.0);
}

}  // namespace

Relaxation relaxation(loss::Problem& problem, const GibbsFamily& family, std::span<const Minimum> minima,
                      double temperature, double step, bool symmetric_start) {
  const bool spectral = problem.dimension() == 1 && family.not_applicable(temperature).empty();
  if (!spectral) {
    const double rate = curvature_rate(minima, step);
    if (!(rate > 0)) return {0, "none", 0};
    return {rate, "curvature at the minima (not verified)", rate};
  }
  double sharpest = 0;
  for (const Minimum& minimum : minima)
    for (double curvature : minimum.curvatures) sharpest = std::max(sharpest, curvature);
  if (!(step * sharpest < 2)) return {0, "none", 0};

  const loss::NodeId slope_node[] = {problem.gradient()[0]}, value_node[] = {problem.value()};
  const loss::Function slope(problem, slope_node), value(problem, value_node);

  // Eight standard deviations of a normal law leave 6e-16 on either side; the chain's own law is wider than Gibbs'.
  auto [lower, upper] = family.coordinate_range(temperature, 0, 6e-16);
  const double widening = 0.5 * (upper - lower) * (1 / (1 - 0.5 * step * sharpest) - 1);
  lower -= widening;
  upper += widening;

  bool even = true;
  for (int i = 1; i <= 64; ++i) {
    const double x = i / 64.0 * std::max(std::abs(lower), std::abs(upper)), a = value(x), b = value(-x);
    even = even && (a == b || std::abs(a - b) <= 1e-13 * (std::abs(a) + std::abs(b)));
  }
  if (even) {
    upper = std::max(-lower, upper);
    lower = -upper;
  }

  // A step too short for the largest matrix is replaced by a longer one at the same temperature: the rate is
  // proportional to the step there, up to O(step L'').
  const double domain = even ? upper : upper - lower;
  double used = step;
  const auto count = [&](double h) { return std::ceil(domain * spacing_of_noise / std::sqrt(2 * temperature * h)); };
  if (count(used) > static_cast<double>(most_nodes)) {
    const double ratio = count(used) / static_cast<double>(most_nodes);
    used = step * ratio * ratio;
  }
  const auto n = static_cast<Eigen::Index>(std::max(16.0, std::min(count(used), static_cast<double>(most_nodes))));
  const Chain chain{[&](double x) { return slope(x); }, used, std::sqrt(2 * temperature * used)};
  const double to_step = step / used;

  if (!even) {
    const double rate = to_step * slowest_rate(chain.matrix(lower, upper, n), true);
    return {rate, "spectral gap", rate};
  }
  const double even_rate = to_step * slowest_rate(chain.folded(upper, n, +1), true);
  const double odd_rate = to_step * slowest_rate(chain.folded(upper, n, -1), false);
  if (symmetric_start) return {even_rate, "spectral gap of even functions", std::min(even_rate, odd_rate)};
  return {std::min(even_rate, odd_rate), "spectral gap", std::min(even_rate, odd_rate)};
}

std::uint64_t burn_in_steps(const Relaxation& relaxation, std::uint64_t particles) {
  if (!(relaxation.rate > 0)) return 0;
  const double steps =
      std::ceil((0.5 * std::log(static_cast<double>(std::max<std::uint64_t>(particles, 1))) + 1.7) / relaxation.rate);
  return steps < 0x1p62 ? static_cast<std::uint64_t>(steps) : std::uint64_t{1} << 62;
}

}  // namespace isotherm::theory
