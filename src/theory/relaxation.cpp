#include "theory/relaxation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <tuple>

#include "theory/transfer_operator.hpp"

namespace isotherm::theory {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nodes_per_noise = 1.5;  // nodes per standard deviation of one step's noise
constexpr double most_nodes = 2000;
constexpr const char* curvature_method = "curvature at the minima (not verified)";

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
  double lower = 0, upper = 0;
  std::tie(lower, upper) = family.coordinate_range(temperature, 0, 6e-16);
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

  const auto count = [&](double h) {
    return std::ceil((upper - lower) * nodes_per_noise * stretch / std::sqrt(2 * temperature * h));
  };
  // A step too short for the most nodes is replaced by a longer one at the same temperature: the rate is proportional
  // to the step there, up to O(step L'').
  double used = step;
  if (count(used) > most_nodes) {
    if (stretch > 1.5) return std::nullopt;
    const double ratio = count(used) / most_nodes;
    used = step * ratio * ratio;
  }
  const auto n = static_cast<std::size_t>(std::clamp(count(used), 32.0, most_nodes));
  const double to_step = step / used, noise = std::sqrt(2 * temperature * used);
  const NormalStep rule = {[&](double x) { return x - used * slope(x); }, [&](double) { return noise; }};

  const auto rate_of = [&](const TransferOperator& chain) -> std::optional<double> {
    if (!chain.solved() || !(chain.leak() < 1e-4)) return std::nullopt;  // it leaves every domain
    const std::optional<double> rate = chain.relaxation_rate();
    if (!rate) return std::nullopt;
    return to_step * *rate;
  };
  const auto gap = rate_of(TransferOperator(rule, trapezoid_rule({lower, upper}, n)));
  if (!gap) return std::nullopt;
  if (!even || !symmetric_start) return Relaxation{*gap, "spectral gap", *gap, true};
  // Midpoints between 0 and the end.
  const std::size_t half = n / 2 + 1;
  const double spacing = upper / static_cast<double>(half);
  const auto even_gap =
      rate_of(TransferOperator(rule, trapezoid_rule({0.5 * spacing, upper - 0.5 * spacing}, half), true));
  if (!even_gap) return std::nullopt;
  return Relaxation{*even_gap, "spectral gap of even functions", *gap, true};
}

Relaxation by_curvature(const GibbsFamily& family, std::span<const Minimum> minima, double temperature, double step) {
  const double sharpest = sharpest_curvature(minima);
  double rate = 2 - step * sharpest;
  for (const Minimum& minimum : minima) {
    double flattest = *std::min_element(minimum.curvatures.begin(), minimum.curvatures.end());
    if (flattest <= 1e-8 * sharpest && family.not_applicable(temperature).empty()) {
      // A minimum without curvature is as wide as its law: T / Var x takes the place of L''.
      flattest = infinity;
      for (const Marginal& marginal : family.marginals(temperature))
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
