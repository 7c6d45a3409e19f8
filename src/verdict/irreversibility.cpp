#include "verdict/irreversibility.hpp"

#include <Eigen/Dense>
#include <cmath>
#include <vector>

namespace isotherm::verdict {
namespace {

constexpr std::size_t least_groups = 16;

double circulation(const ComomentSum& pairs) {
  const std::size_t d = pairs.size() / 2;
  return pairs.covariance(d, 1) - pairs.covariance(d + 1, 0);
}

/// (tr(R^-1 F) - 2d) / 2 with F the covariance of (x, x') and R that of (x', x).
std::optional<double> entropy_production(const ComomentSum& pairs) {
  const auto d = static_cast<Eigen::Index>(pairs.size() / 2);
  Eigen::MatrixXd forward(2 * d, 2 * d);
  for (Eigen::Index i = 0; i < 2 * d; ++i)
    for (Eigen::Index j = 0; j < 2 * d; ++j)
      forward(i, j) = pairs.covariance(static_cast<std::size_t>(i), static_cast<std::size_t>(j));
  // Stationary: both halves have one covariance.
  const Eigen::MatrixXd one = (forward.topLeftCorner(d, d) + forward.bottomRightCorner(d, d)) / 2;
  forward.topLeftCorner(d, d) = forward.bottomRightCorner(d, d) = one;
  Eigen::MatrixXd backward = forward;
  backward.topRightCorner(d, d) = forward.bottomLeftCorner(d, d);
  backward.bottomLeftCorner(d, d) = forward.topRightCorner(d, d);
  const Eigen::LLT<Eigen::MatrixXd> factor(backward);
  if (factor.info() != Eigen::Success) return std::nullopt;
  const double production = (factor.solve(forward).trace() - 2 * static_cast<double>(d)) / 2;
  return std::isfinite(production) ? std::optional(production) : std::nullopt;
}

/// Of a statistic of all groups, and of all but each one.
Estimate jackknife(double all, const std::vector<double>& without) {
  const auto n = static_cast<double>(without.size());
  double mean = 0, square = 0;
  for (const double value : without) mean += value / n;
  for (const double value : without) square += (value - mean) * (value - mean);
  return {n * all - (n - 1) * mean, std::sqrt((n - 1) / n * square)};
}

}  // namespace

std::optional<Irreversibility> measure_irreversibility(const ConsecutivePairs& pairs) {
  if (pairs.total.size() < 4) return std::nullopt;
  std::vector<ComomentSum> groups;
  for (const ComomentSum& group : pairs.groups)
    if (group.count > 0) groups.push_back(group);
  if (groups.size() < least_groups) return std::nullopt;

  // Sums over all groups before and after each one.
  std::vector<ComomentSum> before(groups.size() + 1), after(groups.size() + 1);
  for (std::size_t g = 0; g < groups.size(); ++g) before[g + 1] = merge(before[g], groups[g]);
  for (std::size_t g = groups.size(); g-- > 0;) after[g] = merge(groups[g], after[g + 1]);
  const std::optional<double> production = entropy_production(pairs.total);
  if (!production) return std::nullopt;
  std::vector<double> circulations, productions;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const ComomentSum rest = merge(before[g], after[g + 1]);
    const std::optional<double> without = entropy_production(rest);
    if (!without) return std::nullopt;
    circulations.push_back(circulation(rest));
    productions.push_back(*without);
  }
  return Irreversibility{jackknife(circulation(pairs.total), circulations), jackknife(*production, productions)};
}

}  // namespace isotherm::verdict
