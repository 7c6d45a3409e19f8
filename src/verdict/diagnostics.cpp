#include "verdict/diagnostics.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <numeric>
#include <unsupported/Eigen/FFT>

#include "verdict/tail.hpp"

namespace isotherm::verdict {
namespace {

constexpr std::size_t fewest_groups = 4;

/// Student's t of changes, one for each group.
std::optional<Drift> test_changes(std::string observable, std::span<const double> changes) {
  const auto n = static_cast<double>(changes.size());
  double mean = 0, squares = 0;
  for (const double change : changes) mean += change / n;
  for (const double change : changes) squares += (change - mean) * (change - mean);
  const double error = std::sqrt(squares / (n * (n - 1)));
  if (!(error > 0) || !std::isfinite(error)) return std::nullopt;
  const double t = mean / error;
  return Drift{std::move(observable), mean, t, f_tail(t * t, 1, n - 1).probability};
}

using Values = Eigen::Map<const Eigen::ArrayXd>;

Values array(std::span<const double> values) { return {values.data(), static_cast<Eigen::Index>(values.size())}; }

double mean_of(std::span<const double> values) { return array(values).mean(); }

double square_distance(std::span<const double> values, double from) { return (array(values) - from).square().sum(); }

/// The shortest length from `least` on that has only the factors 2 and 3, of the latter at most one.
std::size_t transform_length(std::size_t least) {
  const std::size_t power = std::bit_ceil(least);
  return power >= 4 && power / 4 * 3 >= least ? power / 4 * 3 : power;
}

/// More than the rounding of values of this size.
bool varies(double variance, double mean) {
  constexpr double rounding = 1e-12;
  return std::isfinite(variance) && variance > rounding * rounding * mean * mean;
}

}  // namespace

std::vector<Drift> find_drifts(const Snapshot& first, const Snapshot& last, std::size_t dimension,
                               const std::vector<bool>& unbounded) {
  std::vector<Drift> drifts;
  if (first.nonfinite > 0 || last.nonfinite > 0) return drifts;
  const std::size_t observed = std::min({dimension + 1, first.observables.size(), last.observables.size()});
  for (std::size_t o = 0; o < observed; ++o) {
    if (o < unbounded.size() && unbounded[o]) continue;
    const SnapshotObservable &before = first.observables[o], &after = last.observables[o];
    double largest = 0;
    for (const MomentSum& group : before.groups) largest = std::max(largest, group.count);
    std::vector<double> means, squares;
    for (std::size_t g = 0; g < before.groups.size(); ++g) {
      const MomentSum &a = before.groups[g], &b = after.groups[g];
      if (!(a.count > 0) || a.count < largest / 2) continue;
      means.push_back(b.mean - a.mean);
      squares.push_back(b.raw_second() - a.raw_second());
    }
    if (means.size() < fewest_groups) continue;
    if (auto drift = test_changes("mean of " + before.name, means)) drifts.push_back(std::move(*drift));
    if (o == dimension) continue;
    if (auto drift = test_changes("mean square of " + before.name, squares)) drifts.push_back(std::move(*drift));
  }
  return drifts;
}

std::vector<double> autocovariances(std::span<const double> series, std::size_t chains) {
  // Half as many lags as samples are wanted: what goes round the end of the padding is of larger ones.
  const std::size_t length = series.size() / chains, padded = transform_length(length + length / 2);
  const double mean = mean_of(series);
  Eigen::FFT<double> fft;
  fft.SetFlag(Eigen::FFT<double>::HalfSpectrum);
  std::vector<double> chain(padded);
  std::vector<std::complex<double>> spectrum, power(padded / 2 + 1);
  for (std::size_t c = 0; c < chains; ++c) {
    for (std::size_t n = 0; n < length; ++n) chain[n] = series[c * length + n] - mean;
    std::fill(chain.begin() + static_cast<std::ptrdiff_t>(length), chain.end(), 0.0);
    fft.fwd(spectrum, chain);
    for (std::size_t k = 0; k < power.size(); ++k) power[k] += std::norm(spectrum[k]);
  }
  fft.inv(chain, power, static_cast<Eigen::Index>(padded));
  std::vector<double> covariance((length + 1) / 2);
  for (std::size_t k = 0; k < covariance.size(); ++k)
    covariance[k] = chain[k] / (static_cast<double>(chains) * static_cast<double>(length - k));
  return covariance;
}

std::optional<double> inefficiency(std::span<const double> series, std::size_t chains) {
  if (chains == 0 || series.size() / chains < 4) return std::nullopt;
  const std::vector<double> covariance = autocovariances(series, chains);
  if (!varies(covariance[0], mean_of(series))) return std::nullopt;
  double sum = 0, least = 2 * covariance[0];
  for (std::size_t m = 0; m + 1 < covariance.size(); m += 2) {
    const double pair = covariance[m] + covariance[m + 1];
    if (!(pair > 0)) break;
    least = std::min(least, pair);
    sum += least;
  }
  return 2 * sum / covariance[0] - 1;
}

std::optional<double> split_r_hat(std::span<const double> series, std::size_t chains) {
  const std::size_t length = chains == 0 ? 0 : series.size() / chains, half = length / 2;
  if (half < 2) return std::nullopt;
  const auto n = static_cast<double>(half), count = static_cast<double>(2 * chains);
  std::vector<double> means;
  double within = 0;
  for (std::size_t c = 0; c < chains; ++c) {
    // Of an odd length the sample in the middle is left out.
    for (const std::size_t begin : {c * length, (c + 1) * length - half}) {
      const std::span<const double> part = series.subspan(begin, half);
      means.push_back(mean_of(part));
      within += square_distance(part, means.back()) / ((n - 1) * count);
    }
  }
  const double mean = mean_of(means);
  const double between = square_distance(means, mean) / (count - 1);
  if (!varies(within, mean)) return std::nullopt;
  return std::sqrt((n - 1) / n + between / within);
}

std::optional<double> nested_r_hat(std::span<const double> series, std::size_t chains, std::span<const double> starts) {
  const std::size_t length = chains == 0 ? 0 : series.size() / chains;
  if (length == 0 || chains < 2 * superchains || starts.size() != chains) return std::nullopt;
  const auto [first, last] = std::minmax_element(starts.begin(), starts.end());
  if (!(*first < *last) || !std::isfinite(*first) || !std::isfinite(*last)) return std::nullopt;
  std::vector<std::size_t> order(chains);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return starts[a] < starts[b]; });

  const auto variance = [](std::span<const double> values) {
    return square_distance(values, mean_of(values)) / static_cast<double>(values.size() - 1);
  };
  std::vector<double> means;
  double within = 0;
  for (std::size_t k = 0; k < superchains; ++k) {
    std::vector<double> chain_means;
    double in_chains = 0;
    for (std::size_t i = k * chains / superchains; i < (k + 1) * chains / superchains; ++i) {
      const std::span<const double> chain = series.subspan(order[i] * length, length);
      chain_means.push_back(mean_of(chain));
      if (length > 1) in_chains += variance(chain);
    }
    means.push_back(mean_of(chain_means));
    within += (variance(chain_means) + in_chains / static_cast<double>(chain_means.size())) / superchains;
  }
  if (!varies(within, mean_of(means))) return std::nullopt;
  return std::sqrt(1 + variance(means) / within);
}

}  // namespace isotherm::verdict
