#include "verdict/judge.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <span>

#include "verdict/batch_means.hpp"
#include "verdict/chi_squared.hpp"
#include "verdict/coordinate_tail.hpp"
#include "verdict/coordinate_temperature.hpp"
#include "verdict/distance.hpp"
#include "verdict/group_test.hpp"
#include "verdict/moments_test.hpp"
#include "verdict/statement.hpp"

namespace isotherm::verdict {
namespace {

/// A histogram and what it can testify to.
struct Evidence {
  const Histogram* histogram = nullptr;
  bool at_last_step = false;  ///< counts the particles that alpha was fitted to
  bool stationary = true;     ///< false: a snapshot on the way, where the stationary law need not hold
};

std::vector<Evidence> gather(const Measurement& measurement) {
  std::vector<Evidence> evidence;
  const std::uint64_t last_step = measurement.burn_in + measurement.steps;
  for (const Histogram& histogram : measurement.histograms)
    evidence.push_back({&histogram, histogram.single_snapshot && histogram.step == last_step, true});
  for (const Snapshot& snapshot : measurement.snapshots) {
    const bool last = &snapshot == &measurement.last();
    for (const Histogram& histogram : snapshot.histograms) {
      // With one sample for each particle the histogram over all samples is this one already.
      const bool repeated = std::any_of(evidence.begin(), evidence.end(), [&](const Evidence& other) {
        return last && other.at_last_step && other.histogram->axes == histogram.axes;
      });
      if (!repeated) evidence.push_back({&histogram, last, last});
    }
  }
  return evidence;
}

Distances unknown_distances() {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  return {none, none, std::nullopt, std::nullopt};
}

/// A test in fewer degrees of freedom than this, of an axis with many bins, sees a corner of the law only.
constexpr double least_degrees_of_freedom = 4;
constexpr std::size_t ample_bins = 16;

/// One prediction's bins, and their floors once they are asked for.
class Expectation {
 public:
  explicit Expectation(const theory::Prediction& prediction) : Expectation(prediction, prediction.bins) {}
  /// Of a snapshot on the way: what the prediction says of that step.
  Expectation(const theory::Prediction& prediction, const std::vector<theory::BinProbabilities>& bins)
      : prediction_(prediction), bins_(bins), floors_(bins.size()) {}

  const theory::Prediction& prediction() const { return prediction_; }

  /// The prediction on these axes, or null.
  const theory::BinProbabilities* bins(const std::vector<Axis>& axes) const {
    const std::size_t i = index(axes);
    return i < bins_.size() ? &bins_[i] : nullptr;
  }

  Distances floor(const std::vector<Axis>& axes, double samples) {
    const std::size_t i = index(axes);
    if (!floors_[i]) floors_[i].emplace(bins_[i].axes, bins_[i].probabilities);
    return (*floors_[i])(samples);
  }

 private:
  std::size_t index(const std::vector<Axis>& axes) const {
    const auto found = std::find_if(bins_.begin(), bins_.end(), [&](const auto& bins) { return bins.axes == axes; });
    return static_cast<std::size_t>(found - bins_.begin());
  }

  const theory::Prediction& prediction_;
  const std::vector<theory::BinProbabilities>& bins_;
  std::vector<std::optional<DistanceFloor>> floors_;
};

TestResult make_test(const Evidence& evidence, std::span<const std::uint64_t> counts, std::span<const double> expected,
                     bool fitted, std::uint64_t particles) {
  if (fitted && !evidence.at_last_step) {
    TestResult test;
    // Its error is no smaller than that of this histogram, and is not in this histogram's test.
    test.not_applicable = "alpha was fitted to the particles at the last step, and this histogram counts other steps";
    return test;
  }
  if (evidence.histogram->single_snapshot)
    return chi_squared_test(evidence.histogram->axes, counts, expected, fitted ? 1 : 0);
  return batch_means_test(*evidence.histogram, expected, particles);
}

Comparison compare(const Evidence& evidence, Expectation& expectation, std::uint64_t particles) {
  const Histogram& histogram = *evidence.histogram;
  const theory::Prediction& prediction = expectation.prediction();
  Comparison comparison;
  comparison.observable = histogram.name;
  comparison.prediction = prediction.name;
  comparison.distance = comparison.floor = unknown_distances();
  const auto refuse = [&](std::string reason) {
    comparison.reason = std::move(reason);
    return comparison;
  };
  if (!prediction.not_applicable.empty()) return refuse(prediction.not_applicable);
  const theory::BinProbabilities* bins = expectation.bins(histogram.axes);
  if (!bins) return refuse("no prediction on these axes");
  if (!bins->not_applicable.empty()) return refuse(bins->not_applicable);
  const std::vector<std::uint64_t> counts = histogram.total();
  const double total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
  if (!(total > 0)) return refuse("no particle with a finite value was counted");

  comparison.distance = distances(histogram.axes, counts, bins->probabilities);
  comparison.floor =
      expectation.floor(histogram.axes, histogram.single_snapshot ? total : effective_samples(histogram, particles));
  const TestResult test =
      make_test(evidence, counts, bins->probabilities, prediction.name == "gibbs-fitted", particles);
  if (!test.not_applicable.empty()) return refuse(test.not_applicable);
  std::size_t bins_of_axes = 1;
  for (const Axis& axis : histogram.axes) bins_of_axes *= axis.bins;
  if (histogram.single_snapshot && test.degrees_of_freedom < least_degrees_of_freedom && bins_of_axes >= ample_bins)
    return refuse("of " + std::to_string(bins_of_axes) +
                  " bins too few hold particles for a test: the axis is too wide");
  comparison.test = histogram.single_snapshot ? "chi-squared" : "batch means";
  comparison.chi_squared = test.statistic;
  comparison.degrees_of_freedom = test.degrees_of_freedom;
  comparison.p_value = test.p.probability;
  comparison.log10_p_value = test.p.log10;
  if (!evidence.stationary) comparison.reason = "taken before the last step: no part of the verdict";
  return comparison;
}

/// The covariance that a prediction gives at a step.
const std::vector<double>& covariance_at(const theory::Prediction& prediction, std::uint64_t step, bool last) {
  if (last || !prediction.epoch || prediction.epoch->covariance_after.empty() || step == 0)
    return prediction.covariance;
  return prediction.epoch->covariance_after[(step - 1) % prediction.epoch->updates];
}

/// Mean and covariance of each snapshot, where the prediction states them.
void compare_moments(const Measurement& measurement, const theory::Prediction& prediction,
                     std::vector<Comparison>& comparisons) {
  if (!prediction.compares_moments || !prediction.not_applicable.empty()) return;
  std::vector<double> mean;
  for (const theory::Marginal& marginal : prediction.marginals) mean.push_back(marginal.mean.value_or(0));
  for (const Snapshot& snapshot : measurement.snapshots) {
    const bool last = &snapshot == &measurement.last();
    const MomentsTest found = moments_test(snapshot, mean, covariance_at(prediction, snapshot.step, last));
    Comparison comparison;
    comparison.observable = last ? "moments" : "moments@" + std::to_string(snapshot.step);
    comparison.prediction = prediction.name;
    comparison.distance = comparison.floor = unknown_distances();
    if (found.distance) {
      comparison.moments = found.distance;
      comparison.distance.kl_divergence = found.kl_divergence;
      comparison.floor.kl_divergence = found.kl_floor;
    }
    if (found.test.not_applicable.empty()) {
      comparison.test = "moments";
      comparison.chi_squared = found.test.statistic;
      comparison.degrees_of_freedom = found.test.degrees_of_freedom;
      comparison.p_value = found.test.p.probability;
      comparison.log10_p_value = found.test.p.log10;
      if (!last) comparison.reason = "taken before the last step: no part of the verdict";
    } else {
      comparison.reason = found.test.not_applicable;
    }
    comparisons.push_back(std::move(comparison));
  }
}

/// The outcome of a test of temperatures. `enough`: they being so is all that was asked.
void conclude(TemperatureTest& test, const Verdict& verdict, bool enough) {
  if (!test.p_value) return;
  if (verdict.diagnostics.mixed == false) {
    test.reason = not_mixed(verdict.diagnostics);
  } else if (*test.p_value < verdict.threshold) {
    test.outcome = Outcome::rejected;
  } else if (!verdict.independent) {
    test.reason = "the particles are not independent";
  } else if (!enough) {
    test.reason = "the noise is correlated, and equal temperatures along the coordinates are not one temperature";
  } else {
    test.outcome = Outcome::consistent;
  }
}

}  // namespace

bool counts_for_verdict(const Comparison& comparison) { return comparison.p_value && comparison.reason.empty(); }

Verdict judge(const Measurement& measurement, const std::vector<theory::Prediction>& predictions,
              const AlphaEstimates& alpha, const Scales& scales, const Diagnostics& diagnostics) {
  Verdict verdict;
  verdict.alpha = alpha;
  verdict.diagnostics = diagnostics;
  if (!measurement.snapshots.empty()) {
    // Without a variance nothing is known of the scatter of means.
    if (scales.no_variance.empty()) verdict.group_tests = group_tests(measurement.last(), scales.dimension);
    verdict.temperatures = coordinate_temperatures(measurement.last(), scales);
    verdict.tails = coordinate_tails(measurement, scales.center);
  }
  if (verdict.has_no_variance()) {
    // What sums of squares would say of such a sample differs from one to the next, whatever its size.
    verdict.alpha = {};
    verdict.group_tests.clear();
    verdict.temperatures = {};
  }
  const std::vector<Evidence> evidence = gather(measurement);
  for (const theory::Prediction& prediction : predictions) {
    Expectation expectation(prediction);
    for (Evidence item : evidence) {
      const auto transient = prediction.transients.find(item.histogram->step);
      if (!item.stationary && transient != prediction.transients.end()) {
        item.stationary = true;  // the prediction is of this very step
        Expectation at_step(prediction, transient->second);
        verdict.comparisons.push_back(compare(item, at_step, measurement.particles));
        continue;
      }
      verdict.comparisons.push_back(compare(item, expectation, measurement.particles));
    }
    compare_moments(measurement, prediction, verdict.comparisons);
  }

  // Bonferroni: with m tests at significance/m each, a right sampler fails any of them with at most `significance`.
  const auto tests = std::count_if(verdict.comparisons.begin(), verdict.comparisons.end(),
                                   [](const Comparison& comparison) { return comparison.p_value.has_value(); }) +
                     static_cast<std::ptrdiff_t>(verdict.group_tests.size()) +
                     (verdict.temperatures.one.p_value ? 1 : 0) + (verdict.temperatures.expected.p_value ? 1 : 0);
  verdict.threshold = verdict.significance / static_cast<double>(std::max<std::ptrdiff_t>(tests, 1));

  verdict.independent = std::none_of(verdict.group_tests.begin(), verdict.group_tests.end(),
                                     [&](const GroupTest& test) { return test.p_value < verdict.threshold; });
  conclude(verdict.temperatures.one, verdict, !scales.correlated);
  conclude(verdict.temperatures.expected, verdict, true);
  for (const theory::Prediction& prediction : predictions) verdict.outcome[prediction.name] = Outcome::not_applicable;
  for (Comparison& comparison : verdict.comparisons) {
    if (!comparison.p_value) continue;
    if (diagnostics.mixed == false && comparison.prediction != "fokker-planck") {
      comparison.reason = not_mixed(diagnostics);
      continue;
    }
    if (*comparison.p_value < verdict.threshold)
      comparison.outcome = Outcome::rejected;
    else if (verdict.independent)
      comparison.outcome = Outcome::consistent;
    else
      comparison.reason = "the particles are not independent";
    Outcome& outcome = verdict.outcome[comparison.prediction];
    if (counts_for_verdict(comparison) && outcome != Outcome::rejected) outcome = comparison.outcome;
  }
  verdict.statement = statement(verdict, measurement, predictions, scales);
  return verdict;
}

}  // namespace isotherm::verdict
