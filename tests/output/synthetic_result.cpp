#include "output/synthetic_result.hpp"

#include <limits>

namespace isotherm::output {
namespace {

SnapshotObservable observable(const std::string& name, const std::vector<std::vector<double>>& groups) {
  SnapshotObservable result;
  result.name = name;
  for (const auto& group : groups) {
    MomentSum sum;
    for (const double value : group) sum = merge(sum, MomentSum{1, value, 0, 0, 0});
    result.groups.push_back(sum);
    result.total = merge(result.total, sum);
  }
  result.fine.name = name;
  result.fine.axes = {{name, 2, 0, 2, false}};
  result.fine.counts = {0, 2, 2, 0};
  result.fine.nonfinite = {0};
  return result;
}

Histogram last_histogram(std::uint64_t step, const std::string& suffix) {
  Histogram histogram;
  histogram.name = "x@" + suffix;
  histogram.axes = {{"x", 2, -1, 1, false}};
  histogram.counts = {0, 3, 1, 0};
  histogram.nonfinite = {1};
  histogram.single_snapshot = true;
  histogram.step = step;
  return histogram;
}

Snapshot snapshot(std::uint64_t step, const std::string& suffix) {
  Snapshot result;
  result.step = step;
  result.time = 0.1 * static_cast<double>(step);
  result.observables = {observable("x", {{0, 1}, {2, 3}}), observable("y", {{1, 1}, {1, 1}}),
                        observable("loss", {{0, 2}, {4, 2}})};
  const std::vector<ComomentSum> groups = {
      merge(ComomentSum{1, {0, 1}, {0, 0, 0, 0}}, ComomentSum{1, {1, 1}, {0, 0, 0, 0}}),
      merge(ComomentSum{1, {2, 1}, {0, 0, 0, 0}}, ComomentSum{1, {3, 1}, {0, 0, 0, 0}})};
  result.coordinate_groups = groups;
  result.coordinates = merge(groups[0], groups[1]);
  constexpr auto count = static_cast<std::size_t>(TemperatureObservable::count);
  for (const double value : {1.0, 3.0}) {
    result.temperature_groups.push_back(
        {2, std::vector<double>(count, value), std::vector<double>(count * count, 0.5)});
  }
  result.temperature = merge(result.temperature_groups[0], result.temperature_groups[1]);
  result.histograms = {last_histogram(step, suffix)};
  result.nonfinite = 1;
  return result;
}

}  // namespace

Result synthetic_result() {
  Result result;
  result.experiment.loss = "(x^2+y^2)/2";
  result.experiment.eta = {0.1};
  result.experiment.sigma = "1";
  result.experiment.burn_in = 2;
  result.experiment.snapshots = {5};
  result.execution = {"0.1.0", "cpu", "a processor", "AVX3", 2, 1, "float", 0.5, 1000};

  Measurement& measurement = result.measurement;
  measurement.particles = 5;
  measurement.burn_in = 2;
  measurement.steps = 10;
  measurement.thinning = 5;
  measurement.samples = 2;
  Histogram x;
  x.name = "x";
  x.axes = {{"x", 2, -1, 1, false}};
  x.groups = 2;
  x.counts = {0, 2, 1, 1, /**/ 1, 2, 1, 0};
  x.nonfinite = {1, 1};
  measurement.histograms = {x};
  measurement.snapshots = {snapshot(5, "5"), snapshot(12, "last")};
  measurement.first_nonfinite_step = 3;

  theory::Prediction gibbs;
  gibbs.name = "gibbs";
  gibbs.temperature = 0.05;
  gibbs.log_partition_function = -1.25;
  gibbs.coordinates = {"x", "y"};
  gibbs.marginals.resize(2);
  gibbs.marginals[0].mean = 0;
  gibbs.marginals[0].variance = 0.05;
  gibbs.marginals[0].second_moment = 0.05;
  gibbs.marginals[0].quantiles = {{"0.5", 0.0}, {"0.99", 0.52}};
  gibbs.loss.mean = 0.05;
  gibbs.covariance = {0.05, 0, 0, 0.05};
  gibbs.bins = {{{{"x", 2, -1, 1, false}}, {0.125, 0.375, 0.375, 0.125}, ""}};
  theory::Prediction refused;
  refused.name = "gibbs-fitted";
  refused.not_applicable = "no temperature gives the measured mean loss";
  result.predictions = {gibbs, refused};

  result.scales.eta = result.scales.step = 0.1;
  result.scales.sigma = 1;
  result.scales.alpha_unit = 0.1;
  result.scales.temperature = 0.05;
  result.scales.dimension = 2;
  result.scales.dynamics = "sgd";
  verdict::Verdict& verdict = result.verdict;
  verdict.alpha.virial = verdict::Estimate{0.5263, 0.0004};
  verdict::Comparison rejected;
  rejected.observable = "x@last";
  rejected.prediction = "gibbs";
  rejected.distance = {std::numeric_limits<double>::infinity(), 0.25, 0.125, 0.5};
  rejected.floor = {0.01, 0.02, 0.03, 0.04};
  rejected.chi_squared = 40;
  rejected.degrees_of_freedom = 3;
  rejected.p_value = 0;
  rejected.log10_p_value = -412.5;
  rejected.test = "chi-squared";
  rejected.outcome = verdict::Outcome::rejected;
  verdict::Comparison refused_comparison;
  refused_comparison.observable = "x@last";
  refused_comparison.prediction = "gibbs-fitted";
  refused_comparison.reason = refused.not_applicable;
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  refused_comparison.distance = refused_comparison.floor = {unknown, unknown, std::nullopt, std::nullopt};
  verdict.comparisons = {rejected, refused_comparison};
  verdict.group_tests = {{"x", 60, 63, 0.8}};
  verdict.outcome = {{"gibbs", verdict::Outcome::rejected}, {"gibbs-fitted", verdict::Outcome::not_applicable}};
  verdict.statement = "The stationary law is not Gibbs at alpha = 0.5.";
  result.warnings = {"one particle left"};
  return result;
}

}  // namespace isotherm::output
