#include "output/standard_errors.hpp"

#include <algorithm>
#include <cmath>

namespace isotherm::output {

std::optional<double> mean_standard_error(const MomentSum& sum) {
  if (sum.count < 2) return std::nullopt;
  return std::sqrt(sum.variance() / sum.count);
}

std::optional<double> variance_standard_error(const MomentSum& sum) {
  if (sum.count < 4) return std::nullopt;
  const double n = sum.count, variance = sum.variance();
  const double spread = sum.m4 / n - (n - 3) / (n - 1) * variance * variance;
  return std::sqrt(std::max(spread, 0.0) / n);
}

std::optional<double> second_moment_standard_error(const MomentSum& sum) {
  if (sum.count < 2) return std::nullopt;
  const double second = sum.raw_second();
  return std::sqrt(std::max(sum.raw_fourth() - second * second, 0.0) / sum.count);
}

std::optional<double> batch_standard_error(std::span<const double> counts, std::span<const double> means) {
  double total = 0, weighted = 0, groups = 0;
  for (std::size_t g = 0; g < counts.size(); ++g) {
    if (!(counts[g] > 0)) continue;
    total += counts[g];
    weighted += counts[g] * means[g];
    groups += 1;
  }
  if (groups < 2) return std::nullopt;
  const double mean = weighted / total;
  double spread = 0;
  for (std::size_t g = 0; g < counts.size(); ++g) {
    if (!(counts[g] > 0)) continue;
    const double deviation = counts[g] / total * (means[g] - mean);
    spread += deviation * deviation;
  }
  return std::sqrt(groups / (groups - 1) * spread);
}

std::optional<double> fourth_moment_standard_error(std::span<const MomentSum> groups) {
  std::vector<double> counts, means;
  for (const MomentSum& group : groups) {
    counts.push_back(group.count);
    means.push_back(group.count > 0 ? group.raw_fourth() : 0);
  }
  return batch_standard_error(counts, means);
}

std::optional<double> covariance_standard_error(std::span<const ComomentSum> groups, const ComomentSum& total,
                                                std::size_t i, std::size_t j) {
  std::vector<double> counts, means;
  const std::size_t size = total.size();
  for (const ComomentSum& group : groups) {
    counts.push_back(group.count);
    if (group.count > 0) {
      means.push_back(group.comoment[i * size + j] / group.count +
                      (group.mean[i] - total.mean[i]) * (group.mean[j] - total.mean[j]));
    } else {
      means.push_back(0);
    }
  }
  return batch_standard_error(counts, means);
}

}  // namespace isotherm::output
