#include "verdict/verdict.hpp"

#include <algorithm>
#include <cmath>

#include "verdict/judge.hpp"
#include "verdict/temperature.hpp"

namespace isotherm::verdict {

AlphaEstimates estimate_alpha(const Snapshot& snapshot, const theory::GibbsFamily* family, const Scales& scales) {
  if (!family) return estimate_alpha(snapshot, MatchMeanLoss{}, scales);
  const MatchMeanLoss match = [family](double mean_loss, double guess) -> std::optional<LossMatch> {
    if (!(guess > 0) || !family->not_applicable(guess).empty()) return std::nullopt;
    const std::optional<double> temperature = family->temperature_of_mean_loss(mean_loss, guess);
    if (!temperature) return std::nullopt;
    return LossMatch{*temperature, family->loss_moments(*temperature).variance};
  };
  return estimate_alpha(snapshot, match, scales);
}

std::optional<Estimate> acceptance_rate(const Snapshot& snapshot) {
  for (const SnapshotObservable& observable : snapshot.observables)
    if (observable.name == "acceptance" && observable.total.count > 1)
      return Estimate{observable.total.mean, std::sqrt(observable.total.variance() / observable.total.count)};
  return std::nullopt;
}

Verdict judge(const Measurement& measurement, const std::vector<theory::Prediction>& predictions,
              const theory::GibbsFamily* family, const Scales& scales, const Diagnostics& diagnostics) {
  const AlphaEstimates alpha =
      measurement.snapshots.empty() ? AlphaEstimates{} : estimate_alpha(measurement.last(), family, scales);
  return judge(measurement, predictions, alpha, scales, diagnostics);
}

bool Verdict::has_no_variance(const std::string& coordinate) const {
  return std::any_of(tails.begin(), tails.end(), [&](const CoordinateTail& tail) {
    return tail.coordinate == coordinate && tail.has_no_variance();
  });
}

bool Verdict::has_no_variance() const {
  return std::any_of(tails.begin(), tails.end(), [](const CoordinateTail& tail) { return tail.has_no_variance(); });
}

}  // namespace isotherm::verdict
