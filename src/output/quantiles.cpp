#include "output/quantiles.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "theory/prediction.hpp"

namespace isotherm::output {
namespace {

/// Cumulative counts of one axis, underflow first.
class Cumulative {
 public:
  explicit Cumulative(const Histogram& histogram) : axis_(histogram.axes.front()), counts_(histogram.total()) {
    cumulative_.reserve(counts_.size());
    for (const std::uint64_t count : counts_) cumulative_.push_back(total_ += count);
  }

  double entries() const { return static_cast<double>(total_); }

  /// Where the cumulative count reaches `p * entries()`; nothing outside of the bins.
  std::optional<double> at(double p) const {
    const std::optional<std::size_t> slot = slot_of(p);
    if (!slot) return std::nullopt;
    const std::size_t bin = *slot - 1;
    const auto below = static_cast<double>(cumulative_[*slot - 1]);
    const double fraction = (p * entries() - below) / static_cast<double>(counts_[*slot]);
    return axis_.edge(bin) + (axis_.edge(bin + 1) - axis_.edge(bin)) * std::clamp(fraction, 0.0, 1.0);
  }

  /// Entries per unit of the axis, as a share of all, in the bin that holds level p.
  double density(double p) const {
    const std::optional<std::size_t> slot = slot_of(p);
    return slot ? static_cast<double>(counts_[*slot]) / (entries() * axis_.width()) : 0;
  }

 private:
  /// The slot that holds level p, if it is a bin; never an empty one.
  std::optional<std::size_t> slot_of(double p) const {
    const double target = p * entries();
    if (!(target > 0) || target > entries()) return std::nullopt;
    const auto found = std::find_if(cumulative_.begin(), cumulative_.end(),
                                    [&](std::uint64_t count) { return static_cast<double>(count) >= target; });
    const auto slot = static_cast<std::size_t>(found - cumulative_.begin());
    if (slot == 0 || slot > axis_.bins) return std::nullopt;
    return slot;
  }

  const Axis& axis_;
  std::vector<std::uint64_t> counts_;
  std::vector<std::uint64_t> cumulative_;
  std::uint64_t total_ = 0;
};

}  // namespace

std::vector<Quantile> quantiles(const Histogram& fine) {
  std::vector<Quantile> result;
  if (fine.axes.size() != 1) return result;
  const Cumulative cumulative(fine);
  if (cumulative.entries() == 0) return result;
  for (const auto& [key, p] : theory::quantile_levels()) {
    const std::optional<double> value = cumulative.at(p);
    if (!value) continue;
    const double step = std::sqrt(p * (1 - p) / cumulative.entries());
    const std::optional<double> lower = cumulative.at(p - step), upper = cumulative.at(p + step);
    const double standard_error = lower && upper ? (*upper - *lower) / 2 : step / cumulative.density(p);
    result.push_back({key, *value, standard_error});
  }
  return result;
}

std::vector<Quantile> quantiles(const SnapshotObservable& observable) {
  std::vector<Quantile> result = quantiles(observable.fine);
  if (!observable.fine_offset) return result;
  for (Quantile& quantile : result) {
    quantile.standard_error *= 2 * quantile.value;
    quantile.value = *observable.fine_offset + quantile.value * quantile.value;
  }
  return result;
}

}  // namespace isotherm::output
