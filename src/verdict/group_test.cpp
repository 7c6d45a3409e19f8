#include "verdict/group_test.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "verdict/batch_means.hpp"
#include "verdict/tail.hpp"

namespace isotherm::verdict {
namespace {

/// A group's mean of some quantity, and what is needed of the whole ensemble.
struct Means {
  std::vector<double> sizes, means;
  double total_squares = 0;  ///< sum over all particles of (value - overall mean)^2
};

Means means_of_value(std::span<const MomentSum> groups, const MomentSum& total) {
  Means result;
  for (const MomentSum& group : groups) {
    result.sizes.push_back(group.count);
    result.means.push_back(group.mean);
  }
  // Equal values leave rounding errors of their mean behind.
  constexpr double rounding = 1e-13;
  const double smallest = rounding * total.mean;
  result.total_squares = total.m2 > total.count * smallest * smallest ? total.m2 : 0;
  return result;
}

/// Of (value - overall mean)^2.
Means means_of_squared_deviation(std::span<const MomentSum> groups, const MomentSum& total) {
  Means result;
  for (const MomentSum& group : groups) {
    const double offset = group.mean - total.mean;
    result.sizes.push_back(group.count);
    result.means.push_back(group.m2 / group.count + offset * offset);
  }
  const double spread = total.m2 / total.count;
  result.total_squares = total.m4 - total.count * spread * spread;
  // A variable of two values deviates by the same amount always; the difference above is then rounding.
  constexpr double rounding = 1e-12;
  if (result.total_squares < rounding * total.m4) result.total_squares = 0;
  return result;
}

std::optional<GroupTest> scatter_test(std::string observable, const Means& groups) {
  double total = 0, mean = 0, between = 0;
  for (const double size : groups.sizes) total += size;
  for (std::size_t g = 0; g < groups.sizes.size(); ++g) mean += groups.sizes[g] / total * groups.means[g];
  for (std::size_t g = 0; g < groups.sizes.size(); ++g)
    between += groups.sizes[g] * (groups.means[g] - mean) * (groups.means[g] - mean);
  const auto count = static_cast<double>(groups.sizes.size());
  const double within = (groups.total_squares - between) / (total - count);
  if (!(groups.total_squares > 0) || !std::isfinite(groups.total_squares)) return std::nullopt;

  GroupTest test;
  test.observable = std::move(observable);
  test.degrees_of_freedom = count - 1;
  // Groups of identical particles leave nothing within; their scatter is then infinitely too large.
  test.chi_squared = between / std::max(within, groups.total_squares / total * 1e-12);
  const double upper = chi_squared_tail(test.chi_squared, test.degrees_of_freedom).probability;
  const double lower = chi_squared_lower_tail(test.chi_squared, test.degrees_of_freedom);
  test.p_value = std::min(1.0, 2 * std::min(lower, upper));
  return test;
}

}  // namespace

std::vector<GroupTest> group_tests(const Snapshot& snapshot, std::size_t dimension) {
  constexpr double fewest_particles = 128;
  std::vector<GroupTest> tests;
  const auto add = [&](std::optional<GroupTest> test) {
    if (test) tests.push_back(std::move(*test));
  };
  for (std::size_t i = 0; i < std::min(dimension + 1, snapshot.observables.size()); ++i) {
    const SnapshotObservable& observable = snapshot.observables[i];
    std::vector<double> sizes;
    for (const MomentSum& group : observable.groups) sizes.push_back(group.count);
    std::vector<MomentSum> groups;
    MomentSum total;
    for (const std::size_t g : balanced_groups(sizes)) {
      if (sizes[g] < fewest_particles) continue;
      groups.push_back(observable.groups[g]);
      total = merge(total, observable.groups[g]);
    }
    if (groups.size() < 2) continue;
    add(scatter_test("mean of " + observable.name, means_of_value(groups, total)));
    if (i < dimension) add(scatter_test("spread of " + observable.name, means_of_squared_deviation(groups, total)));
  }
  return tests;
}

}  // namespace isotherm::verdict
