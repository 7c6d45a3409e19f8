#include "verdict/distance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "verdict/brownian_bridge.hpp"

namespace isotherm::verdict {
namespace {

bool has_distribution_function(std::span<const Axis> axes) { return axes.size() == 1 && !axes.front().periodic; }

/// Weight of edge j of 0 ... bins in the trapezoidal rule over [lower, upper].
double edge_weight(const Axis& axis, std::size_t j) {
  return j == 0 || j == axis.bins ? axis.width() / 2 : axis.width();
}

/// E|n - lambda| of a Poisson law.
double poisson_mean_deviation(double lambda) {
  constexpr double large = 1e6;  // the next term of the expansion is 1/(12 lambda), relative
  if (lambda <= 0) return 0;
  if (lambda > large) return std::sqrt(2 * lambda / std::numbers::pi);
  const double m = std::floor(lambda);
  return 2 * std::exp(-lambda + (m + 1) * std::log(lambda) - std::lgamma(m + 1));
}

/// E|n/N - p| of a binomial law; exact in both limits p -> 0 and N p (1 - p) -> infinity, symmetric in p and 1 - p.
double binomial_mean_deviation(double p, double samples) {
  const double rare = std::clamp(std::min(p, 1 - p), 0.0, 1.0);
  return std::sqrt(1 - rare) * poisson_mean_deviation(samples * rare) / samples;
}

/// E[n ln(n / lambda)] of a Poisson law; 1/2 + 1/(12 lambda) + 1/(12 lambda^2) + ... for large lambda.
double poisson_information(double lambda) {
  constexpr double large = 50, negligible = 1e-18;
  if (lambda <= 0) return 0;
  if (lambda > large) return 0.5 + (1 + 1 / lambda) / (12 * lambda);
  const double log_lambda = std::log(lambda);
  double sum = 0, probability = std::exp(-lambda);
  for (int n = 1; n < lambda || probability * n > negligible * sum; ++n) {
    probability *= lambda / n;
    sum += probability * n * (std::log(n) - log_lambda);  // n / lambda overflows where lambda is subnormal
  }
  return sum;
}

}  // namespace

Distances distances(std::span<const Axis> axes, std::span<const std::uint64_t> counts,
                    std::span<const double> expected) {
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
  Distances distance;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double observed = static_cast<double>(counts[i]) / total;
    distance.total_variation += std::abs(observed - expected[i]) / 2;
    if (counts[i] == 0) continue;
    distance.kl_divergence +=
        expected[i] > 0 ? observed * std::log(observed / expected[i]) : std::numeric_limits<double>::infinity();
  }
  // Rounding, or probabilities that sum to a little more than 1, can leave a sum just below 0.
  distance.kl_divergence = std::max(0.0, distance.kl_divergence);
  if (!has_distribution_function(axes)) return distance;

  double difference = 0, largest = 0, area = 0;
  for (std::size_t j = 0; j <= axes[0].bins; ++j) {
    difference += static_cast<double>(counts[j]) / total - expected[j];
    largest = std::max(largest, std::abs(difference));
    area += edge_weight(axes[0], j) * std::abs(difference);
  }
  distance.kolmogorov_smirnov = largest;
  distance.wasserstein_1 = area;
  return distance;
}

DistanceFloor::DistanceFloor(std::span<const Axis> axes, std::span<const double> expected)
    : axes_(axes),
      expected_(expected),
      largest_bridge_(has_distribution_function(axes) ? mean_largest_bridge(expected) : 0) {}

Distances DistanceFloor::operator()(double samples) const {
  Distances floor;
  for (const double p : expected_) {
    floor.kl_divergence += std::max(0.0, 1 - p) * poisson_information(samples * p) / samples;
    floor.total_variation += binomial_mean_deviation(p, samples) / 2;
  }
  if (!has_distribution_function(axes_)) return floor;

  double distribution = 0, area = 0;
  for (std::size_t j = 0; j <= axes_[0].bins; ++j) {
    distribution += expected_[j];
    area += edge_weight(axes_[0], j) * binomial_mean_deviation(distribution, samples);
  }
  floor.kolmogorov_smirnov = largest_bridge_ / std::sqrt(samples);
  floor.wasserstein_1 = area;
  return floor;
}

}  // namespace isotherm::verdict
