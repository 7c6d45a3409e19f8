#include "theory/line_density.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "theory/gauss_legendre.hpp"

namespace isotherm::theory {
namespace {

constexpr std::size_t order = 20;
constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

LineDensity::LineDensity(Value log_weight, std::vector<double> edges, Value loss)
    : log_weight_(std::move(log_weight)), edges_(std::move(edges)) {
  const auto& rule = GaussLegendre<order>::rule();
  std::vector<double> logarithms;
  peak_ = -infinity;
  for (std::size_t p = 0; p + 1 < edges_.size(); ++p) {
    const double half = 0.5 * (edges_[p + 1] - edges_[p]), middle = edges_[p] + half;
    for (std::size_t i = 0; i < order; ++i) {
      nodes_.push_back(middle + half * rule.node[i]);
      const double value = log_weight_(nodes_.back());
      logarithms.push_back(std::isnan(value) ? -infinity : value);
      mass_.push_back(half * rule.weight[i]);
      peak_ = std::max(peak_, logarithms.back());
    }
  }
  if (!std::isfinite(peak_)) return;
  for (std::size_t i = 0; i < mass_.size(); ++i) mass_[i] *= std::exp(logarithms[i] - peak_);
  normalization_ = std::accumulate(mass_.begin(), mass_.end(), 0.0);
  log_normalization_ = peak_ + std::log(normalization_);
  for (double& mass : mass_) mass /= normalization_;
  for (std::size_t p = 0; p + 1 < edges_.size(); ++p) {
    const auto first = mass_.begin() + static_cast<std::ptrdiff_t>(p * order);
    panel_mass_.push_back(std::accumulate(first, first + static_cast<std::ptrdiff_t>(order), 0.0));
  }

  even_ = edges_.front() == -edges_.back();
  for (std::size_t i = 0; i < nodes_.size() && even_; ++i)
    even_ = std::abs(mass_[i] - mass_[mass_.size() - 1 - i]) <= 1e-11 * mass_[i] + 1e-30;
  mean_loss_ = average(loss);
  variance_of_loss_ = average([&](double x) { return (loss(x) - mean_loss_) * (loss(x) - mean_loss_); });

  const double mean = even_ ? 0.0 : average([](double x) { return x; });
  const double variance = average([&](double x) { return (x - mean) * (x - mean); });
  // A moment is known where what lies beyond the edges adds nothing to it.
  const auto known = [&](double power) {
    for (const double edge : {edges_.front(), edges_.back()})
      if (!(std::pow(std::abs(edge - mean), power + 1) * density(edge) <= 1e-10 * std::pow(variance, power / 2)))
        return false;
    return true;
  };
  if (known(1)) moments_.mean = mean;
  if (known(2)) {
    moments_.variance = variance;
    moments_.second_moment = variance + mean * mean;
  }
  if (known(4)) moments_.fourth_moment = average([](double x) { return x * x * x * x; });
}

double LineDensity::density(double x) const {
  if (!(x >= edges_.front() && x <= edges_.back())) return 0;
  const double value = log_weight_(x);
  return std::isnan(value) ? 0.0 : std::exp(value - peak_) / normalization_;
}

double LineDensity::total_variation(const LineDensity& other) const {
  double sum = 0;
  for (std::size_t i = 0; i < mass_.size(); ++i) sum += std::abs(mass_[i] - other.mass_[i]);
  return 0.5 * sum;
}

double LineDensity::partial(std::size_t panel, double begin, double end) const {
  if (!(begin < end)) return 0;
  if (begin == edges_[panel] && end == edges_[panel + 1]) return panel_mass_[panel];
  const auto& rule = GaussLegendre<order>::rule();
  const double half = 0.5 * (end - begin), middle = begin + half;
  double sum = 0;
  for (std::size_t i = 0; i < order; ++i) sum += rule.weight[i] * density(middle + half * rule.node[i]);
  return half * sum;
}

std::vector<double> LineDensity::masses(std::size_t, std::span<const double> cuts) const {
  std::vector<double> result;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    double mass = 0;
    const auto after = std::upper_bound(edges_.begin(), edges_.end(), cuts[i]);
    auto panel = after == edges_.begin() ? std::size_t{0} : static_cast<std::size_t>(after - edges_.begin()) - 1;
    for (; panel + 1 < edges_.size() && edges_[panel] < cuts[i + 1]; ++panel)
      mass += partial(panel, std::max(edges_[panel], cuts[i]), std::min(edges_[panel + 1], cuts[i + 1]));
    result.push_back(mass);
  }
  return result;
}

double LineDensity::quantile(std::size_t, double probability, bool from_above) const {
  if (even_ && probability == 0.5) return 0;
  const std::size_t panels = panel_mass_.size();
  double before = 0;
  std::size_t panel = 0;
  for (std::size_t i = 0; i < panels; ++i) {
    panel = from_above ? panels - 1 - i : i;
    if (before + panel_mass_[panel] >= probability) break;
    before += panel_mass_[panel];
  }
  const double mass = probability - before;
  double low = edges_[panel], high = edges_[panel + 1], x = 0.5 * (low + high);
  for (int iteration = 0; iteration < 200; ++iteration) {
    const double excess =
        from_above ? mass - partial(panel, x, edges_[panel + 1]) : partial(panel, edges_[panel], x) - mass;
    (excess > 0 ? high : low) = x;
    const double next = x - excess / density(x);
    if (std::abs(next - x) <= 4e-16 * std::abs(x) || excess == 0) return x;
    x = iteration % 4 == 3 || !(low < next && next < high) ? 0.5 * (low + high) : next;
    if (!(low < x && x < high)) break;
  }
  return x;
}

std::vector<double> LineDensity::joint_masses(std::size_t, std::span<const double>, std::size_t,
                                              std::span<const double>) const {
  throw std::logic_error("a component of one coordinate has no joint law");
}

}  // namespace isotherm::theory
