#include "verdict/chi_squared.hpp"

#include <numeric>
#include <vector>

#include "verdict/partition.hpp"

namespace isotherm::verdict {

TestResult chi_squared_test(std::span<const Axis> axes, std::span<const std::uint64_t> counts,
                            std::span<const double> expected, unsigned fitted) {
  constexpr double smallest_expected = 10;
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
  std::vector<double> expected_counts(expected.begin(), expected.end());
  for (double& count : expected_counts) count *= total;

  const Partition partition = merge_sparse(axes, expected_counts, smallest_expected);
  TestResult test;
  if (partition.parts < 2 + fitted) {
    test.not_applicable = "fewer than " + std::to_string(2 + fitted) + " bins expect 10 counts or more";
    return test;
  }
  const std::vector<double> observed = partition.sums(counts);
  const std::vector<double> predicted = partition.sums(std::span<const double>(expected_counts));
  for (std::size_t i = 0; i < partition.parts; ++i) {
    const double deviation = observed[i] - predicted[i];
    test.statistic += deviation * deviation / predicted[i];
  }
  test.degrees_of_freedom = static_cast<double>(partition.parts - 1 - fitted);
  test.p = chi_squared_tail(test.statistic, test.degrees_of_freedom);
  return test;
}

}  // namespace isotherm::verdict
