#include "batch/reading.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "isotherm/core/error.hpp"
#include "output/quantiles.hpp"
#include "output/standard_errors.hpp"

namespace isotherm::batch {
namespace {

const Snapshot& snapshot_at(const Result& result, std::uint64_t step) {
  for (const Snapshot& snapshot : result.measurement.snapshots)
    if (snapshot.step == step) return snapshot;
  throw std::out_of_range("no snapshot at step " + std::to_string(step));
}

Estimate required(const std::optional<Estimate>& estimate, const char* name) {
  if (!estimate) throw RunError(std::string("the run gave no alpha by ") + name);
  return *estimate;
}

}  // namespace

Reading::Reading(const Result& result, std::uint64_t step) : Reading(result, snapshot_at(result, step)) {}

const SnapshotObservable& Reading::observable(const std::string& name) const {
  for (const SnapshotObservable& candidate : snapshot_.observables)
    if (candidate.name == name) return candidate;
  throw std::out_of_range("the run did not observe " + name);
}

Estimate Reading::mean(const std::string& name) const {
  const MomentSum& total = observable(name).total;
  return {total.mean, output::mean_standard_error(total).value()};
}

Estimate Reading::variance(const std::string& name) const {
  const MomentSum& total = observable(name).total;
  return {total.variance(), output::variance_standard_error(total).value()};
}

Estimate Reading::second_moment(const std::string& name) const {
  const MomentSum& total = observable(name).total;
  return {total.raw_second(), output::second_moment_standard_error(total).value()};
}

Estimate Reading::standard_deviation(const std::string& name) const {
  const Estimate square = variance(name);
  const double root = std::sqrt(square.value);
  return {root, square.standard_error / (2 * root)};
}

Estimate Reading::excess_kurtosis(const std::string& name) const {
  const SnapshotObservable& o = observable(name);
  std::vector<double> without;
  for (std::size_t left_out = 0; left_out < o.groups.size(); ++left_out) {
    if (o.groups[left_out].count == 0) continue;
    MomentSum rest;
    for (std::size_t g = 0; g < o.groups.size(); ++g)
      if (g != left_out && o.groups[g].count > 0) rest = rest.count > 0 ? merge(rest, o.groups[g]) : o.groups[g];
    without.push_back(rest.excess_kurtosis());
  }
  double mean = 0, squares = 0;
  const auto n = static_cast<double>(without.size());
  for (const double value : without) mean += value / n;
  for (const double value : without) squares += (value - mean) * (value - mean);
  return {o.total.excess_kurtosis(), std::sqrt((n - 1) / n * squares)};
}

Estimate Reading::quantile(const std::string& name, const std::string& key) const {
  for (const output::Quantile& quantile : output::quantiles(observable(name)))
    if (quantile.key == key) return {quantile.value, quantile.standard_error};
  throw std::out_of_range("no quantile " + key + " of " + name);
}

Estimate Reading::covariance(std::size_t i, std::size_t j) const {
  return {snapshot_.coordinates.covariance(i, j),
          output::covariance_standard_error(snapshot_.coordinate_groups, snapshot_.coordinates, i, j).value()};
}

const Histogram& Reading::histogram(const std::string& name) const {
  const auto find = [&](const std::vector<Histogram>& histograms) -> const Histogram* {
    for (const Histogram& histogram : histograms)
      if (histogram.name == name || histogram.name == name + "@" + std::to_string(snapshot_.step) ||
          histogram.name == name + "@last")
        return &histogram;
    return nullptr;
  };
  const Histogram* histogram = find(snapshot_.histograms);
  if (histogram == nullptr && &snapshot_ == &result_.measurement.last())
    histogram = find(result_.measurement.histograms);
  if (histogram == nullptr || !histogram->single_snapshot) throw std::out_of_range("no histogram of " + name);
  return *histogram;
}

Estimate Reading::fraction(const std::string& name, std::size_t first, std::size_t last) const {
  const std::vector<std::uint64_t> counts = histogram(name).total();
  std::uint64_t inside = 0;
  for (std::size_t slot = first; slot <= last; ++slot) inside += counts.at(slot);
  const double n = particles(), share = static_cast<double>(inside) / n;
  return {share, std::max(std::sqrt(share * (1 - share) / n), 1 / n)};
}

Estimate maximum_likelihood_alpha(const Result& result) {
  return required(result.verdict.alpha.maximum_likelihood, "maximum likelihood");
}

Estimate corrected_virial_alpha(const Result& result) {
  return required(result.verdict.alpha.corrected_virial, "the corrected virial");
}

Estimate temperature(const Result& result, std::size_t c) {
  return result.verdict.temperatures.by_coordinate.at(c).temperature;
}

const verdict::Comparison& comparison(const Result& result, const std::string& observable,
                                      const std::string& prediction) {
  for (const verdict::Comparison& candidate : result.verdict.comparisons)
    if (candidate.observable == observable && candidate.prediction == prediction) return candidate;
  throw std::out_of_range("no comparison of " + observable + " with " + prediction);
}

Estimate scaled(Estimate estimate, double factor) {
  return {estimate.value * factor, estimate.standard_error * std::abs(factor)};
}

Estimate ratio(const Estimate& numerator, const Estimate& denominator) {
  const double value = numerator.value / denominator.value;
  return {value,
          std::hypot(numerator.standard_error, value * denominator.standard_error) / std::abs(denominator.value)};
}

Estimate difference(const Estimate& left, const Estimate& right) {
  return {left.value - right.value, std::hypot(left.standard_error, right.standard_error)};
}

Estimate rounded(const Result& result, double value, double operations) {
  const double unit = result.execution.precision == "float" ? std::numeric_limits<float>::epsilon()
                                                            : std::numeric_limits<double>::epsilon();
  return {value, operations * unit * std::max(std::abs(value), unit)};
}

Estimate logarithmic_slope(const std::vector<double>& x, const std::vector<Estimate>& y) {
  double weights = 0, mean_x = 0, mean_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double relative = y[i].standard_error / y[i].value, weight = 1 / (relative * relative);
    weights += weight;
    mean_x += weight * std::log(x[i]);
    mean_y += weight * std::log(std::abs(y[i].value));
  }
  mean_x /= weights;
  mean_y /= weights;
  double xx = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double relative = y[i].standard_error / y[i].value, weight = 1 / (relative * relative);
    xx += weight * (std::log(x[i]) - mean_x) * (std::log(x[i]) - mean_x);
    xy += weight * (std::log(x[i]) - mean_x) * (std::log(std::abs(y[i].value)) - mean_y);
  }
  return {xy / xx, 1 / std::sqrt(xx)};
}

}  // namespace isotherm::batch
