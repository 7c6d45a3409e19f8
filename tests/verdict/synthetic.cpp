#include "verdict/synthetic.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace isotherm::verdict {
namespace {

void fill(const Axis& axis, double value, std::uint64_t* slots) {
  const double position = (value - axis.lower) / (axis.upper - axis.lower) * static_cast<double>(axis.bins);
  const double slot = std::clamp(std::floor(position), -1.0, static_cast<double>(axis.bins)) + 1;
  ++slots[static_cast<std::size_t>(slot)];
}

std::size_t group_of(std::size_t particle) { return particle / particles_per_block % synthetic_groups; }

ComomentSum comoments_of(const std::vector<std::vector<double>>& rows) {
  const std::size_t size = rows.front().size();
  ComomentSum sum{static_cast<double>(rows.size()), std::vector<double>(size), std::vector<double>(size * size)};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < size; ++i) sum.mean[i] += row[i] / sum.count;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t j = 0; j < size; ++j)
        sum.comoment[i * size + j] += (row[i] - sum.mean[i]) * (row[j] - sum.mean[j]);
  return sum;
}

SnapshotObservable observe(const std::string& name, const std::vector<double>& values) {
  SnapshotObservable observable;
  observable.name = name;
  std::vector<std::vector<double>> by_group(synthetic_groups);
  for (std::size_t i = 0; i < values.size(); ++i) by_group[group_of(i)].push_back(values[i]);
  for (const auto& group : by_group) observable.groups.push_back(moments_of(group));
  observable.total = moments_of(values);
  return observable;
}

}  // namespace

double Draws::uniform() { return (static_cast<double>(generator_() >> 12) + 0.5) * 0x1p-52; }

double Draws::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double radius = std::sqrt(-2 * std::log(uniform())), angle = 2 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

std::vector<std::uint64_t> Draws::multinomial(const std::vector<double>& probabilities, std::uint64_t samples) {
  std::vector<double> cumulative(probabilities.size());
  double sum = 0;
  for (std::size_t i = 0; i < probabilities.size(); ++i) cumulative[i] = sum += probabilities[i];
  std::vector<std::uint64_t> counts(probabilities.size());
  for (std::uint64_t draw = 0; draw < samples; ++draw) {
    const auto slot = std::upper_bound(cumulative.begin(), cumulative.end(), uniform() * sum);
    ++counts[static_cast<std::size_t>(slot - cumulative.begin())];
  }
  return counts;
}

std::vector<double> normal_draws(Draws& draws, std::size_t count, double sd) {
  std::vector<double> values(count);
  for (double& value : values) value = sd * draws.normal();
  return values;
}

Histogram make_histogram(const std::string& name, const Axis& axis, const std::vector<double>& values) {
  Histogram histogram;
  histogram.name = name;
  histogram.axes = {axis};
  histogram.groups = synthetic_groups;
  histogram.counts.resize(synthetic_groups * axis.extent());
  histogram.nonfinite.resize(synthetic_groups);
  for (std::size_t i = 0; i < values.size(); ++i)
    fill(axis, values[i], histogram.counts.data() + group_of(i) * axis.extent());
  return histogram;
}

Histogram make_histogram(const std::string& name, const Axis& axis, std::vector<std::uint64_t> counts) {
  Histogram histogram;
  histogram.name = name;
  histogram.axes = {axis};
  histogram.counts = std::move(counts);
  histogram.nonfinite.resize(1);
  histogram.single_snapshot = true;
  return histogram;
}

std::vector<double> normal_probabilities(const Axis& axis, double sd) {
  const auto below = [sd](double x) { return 0.5 * std::erfc(-x / (sd * std::numbers::sqrt2)); };
  std::vector<double> probabilities(axis.extent());
  probabilities.front() = below(axis.lower);
  for (std::size_t i = 0; i < axis.bins; ++i) {
    // Differences of the smaller tail keep their digits.
    const double a = axis.edge(i), b = axis.edge(i + 1);
    probabilities[i + 1] = a > 0 ? below(-a) - below(-b) : below(b) - below(a);
  }
  probabilities.back() = below(-axis.upper);
  return probabilities;
}

Snapshot make_snapshot(const std::vector<double>& x, double curvature, double step, double sigma2, const Axis& axis,
                       std::uint64_t last_step) {
  Snapshot snapshot;
  snapshot.step = last_step;
  std::vector<double> loss;
  std::vector<std::vector<double>> temperature;
  for (const double value : x) {
    const double g = curvature * value, virial = value * g;
    loss.push_back(virial / 2);
    temperature.push_back({virial / 2, virial, g * g, curvature, virial - step / 2 * g * g, step * sigma2, 0});
  }
  snapshot.observables = {observe("x", x), observe("loss", loss)};
  if (!temperature.empty()) snapshot.temperature = comoments_of(temperature);
  Histogram histogram = make_histogram("x@last", axis, x);
  histogram.single_snapshot = true;
  histogram.step = last_step;
  snapshot.histograms = {histogram};
  return snapshot;
}

MomentSum moments_of(const std::vector<double>& values) {
  MomentSum sum;
  sum.count = static_cast<double>(values.size());
  if (values.empty()) return sum;
  for (const double value : values) sum.mean += value / sum.count;
  for (const double value : values) {
    const double d = value - sum.mean, d2 = d * d;
    sum.m2 += d2;
    sum.m3 += d2 * d;
    sum.m4 += d2 * d2;
  }
  return sum;
}

double uniformity(std::vector<double> p_values) {
  std::sort(p_values.begin(), p_values.end());
  const double n = static_cast<double>(p_values.size());
  double largest = 0;
  for (std::size_t i = 0; i < p_values.size(); ++i) {
    const double below = static_cast<double>(i) / n, above = static_cast<double>(i + 1) / n;
    largest = std::max({largest, std::abs(p_values[i] - below), std::abs(p_values[i] - above)});
  }
  return largest * std::sqrt(n);
}

double binomial_z(std::size_t hits, std::size_t trials, double probability) {
  const double n = static_cast<double>(trials);
  return (static_cast<double>(hits) - n * probability) / std::sqrt(n * probability * (1 - probability));
}

}  // namespace isotherm::verdict
