#include "theory/relaxation.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <optional>

namespace isotherm::theory {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nodes_per_noise = 1.5;  // nodes per standard deviation of one step's noise
constexpr double most_nodes = 900;       // of a dense matrix
constexpr Eigen::Index few_nodes = 200;  // up to here all eigenvalues are computed
constexpr const char* curvature_method = "curvature at the minima (not verified)";

// The chain x' = x - step L'(x) + s xi, xi ~ N(0, 1), as a matrix of the trapezoid rule on the midpoints of n equal
// intervals: P_ij = spacing N(x_i; x_j - step L'(x_j), s^2). Its columns sum to 1 but for what leaves the domain.
class Chain {
 public:
  Chain(const loss::Function& slope, double step, double noise) : slope_(slope), step_(step), noise_(noise) {}

  Eigen::MatrixXd matrix(double lower, double upper, Eigen::Index n) const {
    const double spacing = (upper - lower) / static_cast<double>(n);
    Eigen::MatrixXd p(n, n);
    for (Eigen::Index j = 0; j < n; ++j) {
      const double mean = next(lower + spacing * (static_cast<double>(j) + 0.5));
      for (Eigen::Index i = 0; i < n; ++i)
        p(i, j) = spacing * density(lower + spacing * (static_cast<double>(i) + 0.5), mean);
    }
    return p;
  }

  // Restricted to functions with f(-x) = parity f(x), on [0, reach].
  Eigen::MatrixXd folded(double reach, Eigen::Index n, double parity) const {
    const double spacing = reach / static_cast<double>(n);
    Eigen::MatrixXd p(n, n);
    for (Eigen::Index j = 0; j < n; ++j) {
      const double mean = next(spacing * (static_cast<double>(j) + 0.5));
      for (Eigen::Index i = 0; i < n; ++i) {
        const double y = spacing * (static_cast<double>(i) + 0.5);
        p(i, j) = spacing * (density(y, mean) + parity * density(y, -mean));
      }
    }
    return p;
  }

 private:
  double next(double x) const { return x - step_ * slope_(x); }
  double density(double y, double mean) const {
    const double z = (y - mean) / noise_;
    return std::exp(-0.5 * z * z) / (std::sqrt(2 * std::numbers::pi) * noise_);
  }

  const loss::Function& slope_;
  double step_, noise_;
};

// Does the chain stay in the domain? Particles that a step throws out are lost for good.
bool conserves(const Eigen::MatrixXd& p) {
  Eigen::VectorXd law = Eigen::VectorXd::Constant(p.rows(), 1 / static_cast<double>(p.rows()));
  double kept = 0;
  for (int step = 0; step < 100; ++step) {
    law = (p * law).eval();
    kept = law.sum();
    law /= kept;
  }
  return kept > 1 - 1e-4;
}

// -ln |lambda| of the slowest mode, the stationary one (eigenvalue 1) left out if there is one.
double slowest_rate(const Eigen::MatrixXd& p, bool has_stationary) {
  const Eigen::Index n = p.rows();
  // Modes that decay have no sum; on those I - P acts as I - P + u 1', which is not singular.
  Eigen::MatrixXd a = Eigen::MatrixXd::Identity(n, n) - p;
  if (has_stationary) a.array() += 1 / static_cast<double>(n);
  const Eigen::PartialPivLU<Eigen::MatrixXd> lu(a);
  const Eigen::Index block = std::min<Eigen::Index>(4, n);
  Eigen::MatrixXd v(n, block);
  for (Eigen::Index j = 0; j < block; ++j)
    for (Eigen::Index i = 0; i < n; ++i)
      v(i, j) = std::cos(static_cast<double>(j + 1) * (static_cast<double>(i) + 0.3) * std::numbers::pi /
                         static_cast<double>(n)) +
                0.1 * std::sin(2.4 * static_cast<double>(i * (j + 1)));
  // Subspace iteration with the inverse, whose largest eigenvalue is 1 / (1 - lambda).
  double rate = 0;
  for (int iteration = 0; iteration < 300; ++iteration) {
    if (has_stationary) v.rowwise() -= v.colwise().mean();
    v = Eigen::HouseholderQR<Eigen::MatrixXd>(v).householderQ() * Eigen::MatrixXd::Identity(n, block);
    const Eigen::MatrixXd w = lu.solve(v);
    const Eigen::VectorXcd ritz = (v.transpose() * w).eval().eigenvalues();
    Eigen::Index largest = 0;
    ritz.cwiseAbs().maxCoeff(&largest);
    // |1 - z|^2 = 1 - (2 Re z - |z|^2), z = 1 / ritz: a gap below the spacing of doubles at 1 keeps its digits.
    const std::complex<double> gap = 1.0 / ritz[largest];
    const double next = -0.5 * std::log1p(std::norm(gap) - 2 * gap.real());
    const bool converged = std::abs(next - rate) <= 1e-12 * std::abs(next);
    rate = next;
    v = w;
    if (converged) break;
  }
  if (n > few_nodes) return rate;
  // A mode that alternates in sign (step L'' > 1) is far from 1 and may still be the slowest.
  double alternating = 0;
  for (const auto& lambda : p.eigenvalues())
    if (lambda.real() < 0) alternating = std::max(alternating, std::abs(lambda));
  return std::min(rate, -std::log(alternating));
}

double sharpest_curvature(std::span<const Minimum> minima) {
  double sharpest = 0;
  for (const Minimum& minimum : minima)
    for (double curvature : minimum.curvatures) sharpest = std::max(sharpest, curvature);
  return sharpest;
}

// By the chain's spectrum, in one dimension; nothing where the chain leaves every domain or needs too large a matrix.
std::optional<Relaxation> spectral(loss::Problem& problem, const GibbsFamily& family, std::span<const Minimum> minima,
                                   double temperature, double step, bool symmetric_start) {
  const loss::NodeId slope_node[] = {problem.gradient()[0]}, value_node[] = {problem.value()};
  const loss::NodeId curvature_node[] = {problem.hessian()[0]};
  const loss::Function slope(problem, slope_node), value(problem, value_node), curvature(problem, curvature_node);

  // Eight standard deviations of a normal law leave 6e-16 on either side; the chain's own law is wider than Gibbs'.
  auto [lower, upper] = family.coordinate_range(temperature, 0, 6e-16);
  const double half_turn = 0.5 * step * sharpest_curvature(minima);
  const double widening = 0.5 * (upper - lower) * (half_turn < 0.75 ? half_turn / (1 - half_turn) : 3.0);
  lower -= widening;
  upper += widening;

  constexpr int samples = 256;
  bool even = true;
  for (int i = 1; i <= samples; ++i) {
    const double x = std::max(-lower, upper) * i / samples, a = value(x), b = value(-x);
    const double size = std::abs(a) + std::abs(b);
    even = even && (a == b || (std::isfinite(size) && std::abs(a - b) <= 1e-13 * size));
  }
  if (even) {
    upper = std::max(-lower, upper);
    lower = -upper;
  }
  // Where a step stretches distances, |1 - step L''| > 1, the kernel is narrower in x than in x'.
  double stretch = 1;
  for (int i = 0; i <= samples; ++i) {
    const double here = std::abs(1 - step * curvature(lower + (upper - lower) * i / samples));
    if (std::isfinite(here)) stretch = std::max(stretch, here);
  }

  const double domain = even ? upper : upper - lower;
  const auto count = [&](double h) {
    return std::ceil(domain * nodes_per_noise * stretch / std::sqrt(2 * temperature * h));
  };
  // A step too short for the largest matrix is replaced by a longer one at the same temperature: the rate is
  // proportional to the step there, up to O(step L'').
  double used = step;
  if (count(used) > most_nodes) {
    if (stretch > 1.5) return std::nullopt;
    const double ratio = count(used) / most_nodes;
    used = step * ratio * ratio;
  }
  const auto n = static_cast<Eigen::Index>(std::clamp(count(used), 16.0, most_nodes));
  const Chain chain(slope, used, std::sqrt(2 * temperature * used));
  const double to_step = step / used;

  const Eigen::MatrixXd full = even ? chain.folded(upper, n, +1) : chain.matrix(lower, upper, n);
  if (!full.allFinite() || !conserves(full)) return std::nullopt;
  const double rate = to_step * slowest_rate(full, true);
  if (!even) return Relaxation{rate, "spectral gap", rate, true};
  const double gap = std::min(rate, to_step * slowest_rate(chain.folded(upper, n, -1), false));
  if (symmetric_start) return Relaxation{rate, "spectral gap of even functions", gap, true};
  return Relaxation{gap, "spectral gap", gap, true};
}

Relaxation by_curvature(const GibbsFamily& family, std::span<const Minimum> minima, double temperature, double step) {
  const double sharpest = sharpest_curvature(minima);
  double rate = 2 - step * sharpest;
  for (const Minimum& minimum : minima) {
    double flattest = *std::min_element(minimum.curvatures.begin(), minimum.curvatures.end());
    if (flattest <= 1e-8 * sharpest && family.not_applicable(temperature).empty()) {
      // A minimum without curvature is as wide as its law: T / Var x takes the place of L''.
      flattest = infinity;
      for (const Marginal& marginal : family.predict(temperature, {}).marginals)
        if (marginal.variance) flattest = std::min(flattest, temperature / *marginal.variance);
    }
    rate = std::min(rate, step * flattest);
  }
  if (minima.empty() || !(rate > 0)) return {0, "none", 0};
  return {rate, curvature_method, rate, false};
}

}  // namespace

Relaxation relaxation(loss::Problem& problem, const GibbsFamily& family, std::span<const Minimum> minima,
                      double temperature, double step, bool symmetric_start) {
  if (problem.dimension() == 1 && family.not_applicable(temperature).empty())
    if (const auto result = spectral(problem, family, minima, temperature, step, symmetric_start)) return *result;
  return by_curvature(family, minima, temperature, step);
}

std::uint64_t burn_in_steps(const Relaxation& relaxation, std::uint64_t particles) {
  if (!(relaxation.rate > 0)) return 0;
  const double count = static_cast<double>(std::max<std::uint64_t>(particles, 1));
  const double steps = std::ceil((0.5 * std::log(count) + 5.2) / relaxation.rate);
  return steps < 0x1p62 ? static_cast<std::uint64_t>(steps) : std::uint64_t{1} << 62;
}

}  // namespace isotherm::theory
