#include "theory/first_passage.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace isotherm::theory {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double reach = 12;  // deviations beyond which a kernel counts as 0
constexpr double most_nodes = 6000;
constexpr double most_operations = 2e9;  // of one elimination, about a second
constexpr double agreement = 1e-10;      // of the mean on two sets of nodes

std::optional<Barrier> barrier_between(loss::Problem& problem, double left, double right) {
  const std::vector<loss::NodeId> nodes = {problem.value(), problem.gradient()[0], problem.hessian()[0]};
  const loss::Function function(problem, nodes);
  const auto at = [&](double x) {
    std::array<double, 3> out;
    function({&x, 1}, out);
    return out;
  };
  constexpr int samples = 2000;
  double best = left, value = -infinity;
  for (int i = 0; i <= samples; ++i) {
    const double x = std::lerp(left, right, i / static_cast<double>(samples)), here = at(x)[0];
    if (here > value) {
      value = here;
      best = x;
    }
  }
  const double spacing = (right - left) / samples;
  double low = best - spacing, high = best + spacing;
  for (int i = 0; i < 80; ++i) {
    const double middle = std::midpoint(low, high);
    (at(middle)[1] > 0 ? low : high) = middle;
  }
  const double place = std::midpoint(low, high);
  const auto [top, slope, curvature] = at(place);
  if (!std::isfinite(top)) return std::nullopt;
  return Barrier{place, top, curvature};
}

/// Mean steps from `from` to the first end of a step above `to`, on nodes below `to`.
class Passage {
 public:
  Passage(const NormalStep& step, const LineRule& rule, double to) : step_(step), rule_(rule), to_(to) {
    for (const double x : rule.nodes) {
      rows_.push_back(row_from(x));
      below_ = std::max(below_, rows_.size() - 1 - std::min(rows_.back().first, rows_.size() - 1));
      above_ = std::max(above_, std::max(rows_.back().last, rows_.size()) - rows_.size());
    }
  }

  double operations() const {
    return static_cast<double>(rows_.size()) * static_cast<double>(below_ + 1) * static_cast<double>(above_ + 1);
  }

  std::optional<double> operator()(double from) const {
    const std::size_t n = rows_.size(), width = below_ + above_ + 1;
    // Of node i: the probabilities of going to nodes i - below ... i + above, and of ending beyond the barrier.
    std::vector<double> p(n * width), passing(n), leaving(n), time(n, 1.0);
    const auto at = [&](std::size_t i, std::size_t j) -> double& { return p[i * width + j + below_ - i]; };
    for (std::size_t i = 0; i < n; ++i) {
      passing[i] = rows_[i].passing;
      for (std::size_t j = rows_[i].first; j < rows_[i].last; ++j) at(i, j) = entry(rows_[i], j);
    }
    // Away from the barrier first. Once k is eliminated, the time spent in it is charged to those who come to it.
    for (std::size_t k = 0; k < n; ++k) {
      const std::size_t last = std::min(n, k + above_ + 1);
      leaving[k] = passing[k];
      for (std::size_t j = k + 1; j < last; ++j) leaving[k] += at(k, j);
      if (!(leaving[k] > std::numeric_limits<double>::min()) || !std::isfinite(leaving[k])) return std::nullopt;
      for (std::size_t i = k + 1; i < std::min(n, k + below_ + 1); ++i) {
        const double visits = at(i, k) / leaving[k];
        if (visits == 0) continue;
        for (std::size_t j = k + 1; j < last; ++j) at(i, j) += visits * at(k, j);
        passing[i] += visits * passing[k];
        time[i] += visits * time[k];
      }
    }
    for (std::size_t k = n; k-- > 0;) {
      for (std::size_t j = k + 1; j < std::min(n, k + above_ + 1); ++j) time[k] += at(k, j) * time[j];
      time[k] /= leaving[k];
    }
    const Row start = row_from(from);
    double mean = 1;
    for (std::size_t j = start.first; j < start.last; ++j) mean += entry(start, j) * time[j];
    return std::isfinite(mean) ? std::optional(mean) : std::nullopt;
  }

 private:
  struct Row {
    double mean, deviation, passing;
    std::size_t first, last;  // nodes within reach
  };

  Row row_from(double x) const {
    const double m = step_.mean(x), s = step_.deviation(x);
    const auto position = [&](double place) {
      return static_cast<std::size_t>(std::lower_bound(rule_.nodes.begin(), rule_.nodes.end(), place) -
                                      rule_.nodes.begin());
    };
    return {m, s, 0.5 * std::erfc((to_ - m) / (s * std::numbers::sqrt2)), position(m - reach * s),
            position(m + reach * s)};
  }

  double entry(const Row& row, std::size_t j) const {
    const double z = (rule_.nodes[j] - row.mean) / row.deviation;
    return rule_.weights[j] * std::exp(-0.5 * z * z) / (std::sqrt(2 * std::numbers::pi) * row.deviation);
  }

  const NormalStep& step_;
  const LineRule& rule_;
  double to_;
  std::vector<Row> rows_;
  std::size_t below_ = 0, above_ = 0;
};

/// With `end` < from < to.
std::optional<double> upwards(const NormalStep& step, double from, double to, double end,
                              std::span<const double> cuts) {
  if (!(end < from) || !(from < to)) return std::nullopt;
  double least = infinity;
  for (int i = 0; i <= 64; ++i) {
    const double s = step.deviation(std::lerp(end, to, i / 64.0));
    if (!(s > 0) || !std::isfinite(s)) return std::nullopt;
    least = std::min(least, s);
  }
  std::optional<double> before;
  // Of the 16 nodes of a panel the distances in its middle are the widest: a deviation or less, at first.
  for (double panels = std::max(4.0, std::ceil(0.12 * (to - end) / least)); 16 * panels <= most_nodes; panels *= 1.5) {
    const LineRule rule = panel_rule({end, to}, cuts, static_cast<std::size_t>(panels));
    const Passage passage(step, rule, to);
    if (passage.operations() > most_operations) return std::nullopt;
    const std::optional<double> now = passage(from);
    if (!now) return std::nullopt;
    if (before && std::abs(*now - *before) <= agreement * *now) return now;
    before = now;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Barrier> barrier_beside_lowest(loss::Problem& problem, std::span<const Minimum> minima) {
  std::vector<double> places;
  for (const Minimum& minimum : minima) places.push_back(minimum.point[0]);
  std::sort(places.begin(), places.end());
  std::optional<Barrier> lower;
  for (std::size_t i = 0; i + 1 < places.size(); ++i) {
    if (places[i] != minima.front().point[0] && places[i + 1] != minima.front().point[0]) continue;
    const std::optional<Barrier> found = barrier_between(problem, places[i], places[i + 1]);
    if (found && (!lower || found->value < lower->value)) lower = found;
  }
  return lower;
}

std::optional<double> mean_first_passage_steps(const NormalStep& step, double from, double to, double end,
                                               std::span<const double> cuts) {
  if (to > from) return upwards(step, from, to, end, cuts);
  const NormalStep mirrored = {[&](double x) { return -step.mean(-x); }, [&](double x) { return step.deviation(-x); }};
  std::vector<double> other;
  for (auto cut = cuts.rbegin(); cut != cuts.rend(); ++cut) other.push_back(-*cut);
  return upwards(mirrored, -from, -to, -end, other);
}

}  // namespace isotherm::theory
