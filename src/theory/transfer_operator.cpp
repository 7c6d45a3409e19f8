#include "theory/transfer_operator.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "theory/gauss_legendre.hpp"
#include "theory/gaussian_law.hpp"

namespace isotherm::theory {
namespace {

constexpr double reach = 12;              // deviations beyond which a kernel counts as 0
constexpr std::size_t panel_nodes = 16;   // of a panel of Gauss and Legendre
constexpr std::size_t dense_nodes = 240;  // up to here all eigenvalues are computed

double normal_density(double z) { return std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi); }
double upper_tail(double z) { return 0.5 * std::erfc(z / std::numbers::sqrt2); }

}  // namespace

LineRule trapezoid_rule(const Interval& interval, std::size_t n) {
  LineRule rule;
  const double middle = 0.5 * (interval.lower + interval.upper);
  const double spacing = (interval.upper - interval.lower) / static_cast<double>(n - 1);
  for (std::size_t i = 0; i < n; ++i)
    rule.nodes.push_back(middle + (static_cast<double>(i) - 0.5 * static_cast<double>(n - 1)) * spacing);
  rule.weights.assign(n, spacing);
  return rule;
}

LineRule panel_rule(const Interval& interval, std::span<const double> cuts, std::size_t panels) {
  std::vector<double> ends = {interval.lower};
  // One kink may be found from either side.
  const double apart = 1e-12 * (interval.upper - interval.lower);
  for (const double cut : cuts)
    if (cut > ends.back() + apart && cut < interval.upper - apart) ends.push_back(cut);
  ends.push_back(interval.upper);
  const auto& gauss = GaussLegendre<panel_nodes>::rule();
  LineRule rule;
  for (std::size_t e = 0; e + 1 < ends.size(); ++e) {
    const double share = (ends[e + 1] - ends[e]) / (interval.upper - interval.lower);
    const double count = std::max(1.0, std::ceil(share * static_cast<double>(panels)));
    const double half = 0.5 * (ends[e + 1] - ends[e]) / count;
    for (double p = 0; p < count; ++p)
      for (std::size_t i = 0; i < panel_nodes; ++i) {
        rule.nodes.push_back(ends[e] + half * (2 * p + 1 + gauss.node[i]));
        rule.weights.push_back(half * gauss.weight[i]);
      }
  }
  return rule;
}

TransferOperator::TransferOperator(NormalStep step, LineRule rule, bool folded)
    : step_(std::move(step)), rule_(std::move(rule)), folded_(folded), chain_(0, 0, 0) {
  for (const double x : rule_.nodes) {
    mean_.push_back(step_.mean(x));
    deviation_.push_back(step_.deviation(x));
  }
  chain_ = fill();
  solved_ = chain_.solve();
}

BandedChain TransferOperator::fill() const {
  const std::size_t n = size();
  const auto position = [&](double x) {
    return static_cast<std::size_t>(std::lower_bound(rule_.nodes.begin(), rule_.nodes.end(), x) - rule_.nodes.begin());
  };
  struct Target {
    double mean;
    std::size_t first, last;
  };
  std::vector<std::vector<Target>> targets(n);
  std::size_t below = 0, above = 0;
  const auto reach_of = [&](std::size_t i, double mean) {
    const Target target{mean, position(mean - reach * deviation_[i]), position(mean + reach * deviation_[i])};
    if (target.first >= target.last) return;
    targets[i].push_back(target);
    if (target.first < i) below = std::max(below, i - target.first);
    if (target.last > i + 1) above = std::max(above, target.last - 1 - i);
  };
  for (std::size_t i = 0; i < n; ++i) {
    reach_of(i, mean_[i]);
    if (folded_) reach_of(i, -mean_[i]);
  }
  BandedChain chain(n, below, above);
  for (std::size_t i = 0; i < n; ++i)
    for (const Target& target : targets[i])
      for (std::size_t j = target.first; j < target.last; ++j)
        chain.at(i, j) +=
            rule_.weights[j] * normal_density((rule_.nodes[j] - target.mean) / deviation_[i]) / deviation_[i];
  return chain;
}

double TransferOperator::kept(std::size_t i) const {
  const double first = folded_ ? -rule_.nodes.back() : rule_.nodes.front();
  return normal_mass((first - mean_[i]) / deviation_[i], (rule_.nodes.back() - mean_[i]) / deviation_[i]);
}

double TransferOperator::density(double y) const {
  double sum = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    const double z = (y - mean_[i]) / deviation_[i];
    if (std::abs(z) < 38) sum += masses()[i] * normal_density(z) / deviation_[i];
  }
  return sum;
}

double TransferOperator::below(double y) const {
  double sum = 0;
  for (std::size_t i = 0; i < size(); ++i) sum += masses()[i] * upper_tail((mean_[i] - y) / deviation_[i]);
  return sum;
}

double TransferOperator::above(double y) const {
  double sum = 0;
  for (std::size_t i = 0; i < size(); ++i) sum += masses()[i] * upper_tail((y - mean_[i]) / deviation_[i]);
  return sum;
}

std::vector<double> TransferOperator::between(std::span<const double> cuts) const {
  if (cuts.size() < 2) return {};
  std::vector<double> result(cuts.size() - 1);
  for (std::size_t i = 0; i < size(); ++i) {
    if (!(masses()[i] > 0)) continue;
    // Cuts farther than `reach` deviations see the whole kernel on one side.
    const auto first = std::upper_bound(cuts.begin(), cuts.end(), mean_[i] - reach * deviation_[i]);
    std::size_t k = first == cuts.begin() ? 0 : static_cast<std::size_t>(first - cuts.begin()) - 1;
    const double end = mean_[i] + reach * deviation_[i];
    for (; k + 1 < cuts.size() && cuts[k] < end; ++k)
      result[k] +=
          masses()[i] * normal_mass((cuts[k] - mean_[i]) / deviation_[i], (cuts[k + 1] - mean_[i]) / deviation_[i]);
  }
  return result;
}

double TransferOperator::residual(const LineRule& other) const {
  std::vector<double> image(size(), 0.0);
  for (std::size_t k = 0; k < other.nodes.size(); ++k) {
    const double z = other.nodes[k], mass = other.weights[k] * density(z);
    const double m = step_.mean(z), s = step_.deviation(z);
    const auto begin = std::lower_bound(rule_.nodes.begin(), rule_.nodes.end(), m - reach * s);
    for (auto x = begin; x != rule_.nodes.end() && *x < m + reach * s; ++x)
      image[static_cast<std::size_t>(x - rule_.nodes.begin())] += mass * normal_density((*x - m) / s) / s;
  }
  double norm = 0;
  for (std::size_t i = 0; i < size(); ++i) norm += std::abs(rule_.weights[i] * image[i] - masses()[i]);
  return norm;
}

double TransferOperator::leak() const {
  double sum = 0;
  for (std::size_t i = 0; i < size(); ++i)
    if (masses()[i] > 1e-300) sum += masses()[i] * (1 - kept(i));
  return sum;
}

/// exp(-(y - m)^2 / 2 s^2) is, in y and m (Karlin, Total Positivity, 1968, chapter 1), and so is its folded sum,
/// proportional to cosh(y m / s^2), for positive y and m; with m that ascends it is in y and x.
bool TransferOperator::is_totally_positive() const {
  return std::is_sorted(mean_.begin(), mean_.end()) && (!folded_ || mean_.front() >= 0) &&
         std::all_of(deviation_.begin(), deviation_.end(), [&](double s) { return s == deviation_.front(); });
}

std::optional<double> TransferOperator::relaxation_rate() const {
  // Where a step overshoots the minimum (m' < 0) a mode alternates in sign; it may be the slowest though its
  // eigenvalue is far from 1.
  double alternating = 0;
  if (is_totally_positive()) {
    // All eigenvalues are positive.
  } else if (size() <= dense_nodes) {
    alternating = chain_.alternating();
  } else {
    const double most = *std::max_element(masses().begin(), masses().end());
    for (std::size_t i = 0; i + 1 < size(); ++i)
      if (masses()[i] > 1e-6 * most && mean_[i + 1] < mean_[i]) return std::nullopt;
  }
  const std::optional<double> gap = chain_.gap();
  if (!gap || alternating == 0) return gap;
  return std::min(*gap, -std::log(alternating));
}

}  // namespace isotherm::theory
