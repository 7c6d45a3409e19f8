#include "verdict/temperature.hpp"

#include <algorithm>
#include <cmath>

namespace isotherm::verdict {
namespace {

using enum TemperatureObservable;

/// Means and covariances of the temperature observables over the particles.
class Sample {
 public:
  explicit Sample(const ComomentSum& sum) : sum_(sum) {}

  bool usable() const { return sum_.count >= 2 && sum_.size() == index(TemperatureObservable::count); }
  double mean(TemperatureObservable a) const { return sum_.mean[index(a)]; }
  double variance(TemperatureObservable a) const { return covariance(a, a); }
  double covariance(TemperatureObservable a, TemperatureObservable b) const {
    return sum_.covariance(index(a), index(b));
  }
  double standard_error(TemperatureObservable a) const { return std::sqrt(variance(a) / sum_.count); }

  /// <a> / <b> by the delta method. Nothing where <b> is not clearly positive: the ratio then has no standard error.
  std::optional<Estimate> ratio(TemperatureObservable a, TemperatureObservable b) const {
    constexpr double clearly = 5;
    if (!(mean(b) > clearly * standard_error(b))) return std::nullopt;
    const double value = mean(a) / mean(b);
    const double variance_of_difference = variance(a) - 2 * value * covariance(a, b) + value * value * variance(b);
    return Estimate{value, std::sqrt(std::max(0.0, variance_of_difference) / sum_.count) / mean(b)};
  }

 private:
  static std::size_t index(TemperatureObservable a) { return static_cast<std::size_t>(a); }
  const ComomentSum& sum_;
};

/// estimate / scale. Nothing if that is no number, or without spread: L = 0 does not measure alpha = 0 +- 0.
std::optional<Estimate> divided(std::optional<Estimate> estimate, double scale) {
  if (!estimate) return std::nullopt;
  const Estimate result{estimate->value / scale, estimate->standard_error / scale};
  const bool usable = std::isfinite(result.value) && std::isfinite(result.standard_error) && result.standard_error > 0;
  return usable ? std::optional(result) : std::nullopt;
}

std::optional<Estimate> matched_temperature(const Sample& sample, const MatchMeanLoss& match, double guess) {
  if (!match || !std::isfinite(sample.mean(loss))) return std::nullopt;
  const std::optional<LossMatch> found = match(sample.mean(loss), guess);
  if (!found || !(found->loss_variance > 0)) return std::nullopt;
  const double t = found->temperature;
  return Estimate{t, sample.standard_error(loss) * t * t / found->loss_variance};
}

}  // namespace

AlphaEstimates estimate_alpha(const Snapshot& snapshot, const MatchMeanLoss& match, const Scales& scales) {
  AlphaEstimates alpha;
  const Sample sample(snapshot.temperature);
  if (!sample.usable() || !scales.no_variance.empty()) return alpha;

  if (!(scales.alpha_unit > 0)) {
    if (scales.corrected_virial_applies)
      alpha.corrected_virial = divided(sample.ratio(corrected_virial, noise_trace), 1);
    return alpha;
  }
  const auto dimension = static_cast<double>(scales.dimension);
  const auto by_parts = [&](TemperatureObservable a) {
    return divided(Estimate{sample.mean(a), sample.standard_error(a)}, dimension * scales.alpha_unit);
  };
  alpha.maximum_likelihood = divided(matched_temperature(sample, match, scales.temperature), scales.alpha_unit);
  alpha.virial = by_parts(virial);
  alpha.configurational = divided(sample.ratio(gradient_squared, laplacian), scales.alpha_unit);
  if (scales.corrected_virial_applies) alpha.corrected_virial = by_parts(corrected_virial);
  if (scales.has_velocity)
    alpha.kinetic =
        divided(Estimate{2 * sample.mean(kinetic), 2 * sample.standard_error(kinetic)}, dimension * scales.alpha_unit);
  return alpha;
}

}  // namespace isotherm::verdict
