#include "verdict/batch_means.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "verdict/hotelling.hpp"
#include "verdict/partition.hpp"

namespace isotherm::verdict {
namespace {

std::span<const std::uint64_t> counts_of(const Histogram& histogram, std::size_t group) {
  const std::size_t slots = histogram.slots();
  return std::span(histogram.counts).subspan(group * slots, slots);
}

std::vector<double> group_sizes(const Histogram& histogram) {
  std::vector<double> sizes(histogram.groups);
  for (std::size_t g = 0; g < histogram.groups; ++g) {
    const auto counts = counts_of(histogram, g);
    sizes[g] = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
  }
  return sizes;
}

/// Proportions of each part (rows: groups), the groups' sizes, and the proportions over all groups together.
struct Proportions {
  Eigen::MatrixXd by_group;
  Eigen::VectorXd sizes, mean;
  double total() const { return sizes.sum(); }
};

Proportions proportions(const Histogram& histogram, const std::vector<std::size_t>& groups,
                        const Partition& partition) {
  Proportions result;
  result.by_group.resize(groups.size(), partition.parts);
  result.sizes.resize(groups.size());
  for (std::size_t row = 0; row < groups.size(); ++row) {
    const std::vector<double> counts = partition.sums(counts_of(histogram, groups[row]));
    const Eigen::Map<const Eigen::VectorXd> values(counts.data(), counts.size());
    result.sizes[row] = values.sum();
    result.by_group.row(row) = values / values.sum();
  }
  result.mean = result.by_group.transpose() * result.sizes / result.total();
  return result;
}

/// Joins every part that is empty in all groups to the part before it, or to the next where there is none before.
Partition join_unseen(Partition partition, const Eigen::VectorXd& mean) {
  std::vector<std::size_t> joined(partition.parts);
  std::size_t seen = 0;
  for (std::size_t part = 0; part < partition.parts; ++part) {
    seen += mean[part] > 0;
    joined[part] = std::max<std::size_t>(seen, 1) - 1;
  }
  for (std::size_t& part : partition.part) part = joined[part];
  partition.parts = seen;
  return partition;
}

TestResult refusal(std::string reason) {
  TestResult test;
  test.not_applicable = std::move(reason);
  return test;
}

/// All particles were found in the one slot or stretch whose probability is `probability`; there were `choices` to
/// look at.
TestResult concentrated(double probability, std::size_t choices, std::uint64_t particles) {
  TestResult test;
  const double log_p = static_cast<double>(particles) * std::log(probability) + std::log(static_cast<double>(choices));
  test.p = {std::min(1.0, std::exp(log_p)), std::min(0.0, log_p / std::log(10.0))};
  test.statistic = std::numeric_limits<double>::infinity();
  test.degrees_of_freedom = static_cast<double>(choices - 1);
  return test;
}

}  // namespace

std::vector<std::size_t> balanced_groups(std::span<const double> sizes) {
  std::vector<std::size_t> groups;
  const double largest = sizes.empty() ? 0 : *std::max_element(sizes.begin(), sizes.end());
  for (std::size_t g = 0; g < sizes.size(); ++g)
    if (sizes[g] > 0 && sizes[g] >= largest / 2) groups.push_back(g);
  return groups;
}

double effective_samples(const Histogram& histogram, std::uint64_t particles) {
  const std::vector<double> sizes = group_sizes(histogram);
  const std::vector<std::size_t> groups = balanced_groups(sizes);
  const auto fallback = static_cast<double>(particles);
  if (groups.size() < fewest_groups) return fallback;

  const std::size_t slots = histogram.slots();
  std::vector<double> mean(slots);
  double total = 0;
  for (const std::size_t g : groups) {
    const auto counts = counts_of(histogram, g);
    for (std::size_t i = 0; i < slots; ++i) mean[i] += static_cast<double>(counts[i]);
    total += sizes[g];
  }
  for (double& proportion : mean) proportion /= total;

  double single_draw = 0, scatter = 0;
  for (const double proportion : mean) single_draw += proportion * (1 - proportion);
  for (const std::size_t g : groups) {
    const auto counts = counts_of(histogram, g);
    for (std::size_t i = 0; i < slots; ++i) {
      const double deviation = static_cast<double>(counts[i]) / sizes[g] - mean[i];
      scatter += sizes[g] * deviation * deviation;
    }
  }
  const double variance = scatter / (static_cast<double>(groups.size() - 1) * total);
  return variance > 0 ? single_draw / variance : fallback;
}

TestResult batch_means_test(const Histogram& histogram, std::span<const double> expected, std::uint64_t particles) {
  if (histogram.groups == 1) return refusal("too many bins to keep the counts of each group of particles");
  const std::vector<std::size_t> groups = balanced_groups(group_sizes(histogram));
  if (groups.size() < fewest_groups)
    return refusal("batch means need at least " + std::to_string(fewest_groups) +
                   " groups of 256 particles, here are " + std::to_string(groups.size()));

  const Partition equal = equal_parts(histogram.axes, expected);
  if (equal.parts < 2) return refusal("all of the expected probability is in one bin");
  const Eigen::VectorXd seen = proportions(histogram, groups, equal).mean;
  const Partition partition = join_unseen(equal, seen);
  if (partition.parts == 1) {
    Eigen::Index only = 0;
    seen.maxCoeff(&only);
    return concentrated(equal.sums(expected)[static_cast<std::size_t>(only)], equal.parts, particles);
  }

  const Proportions observed = proportions(histogram, groups, partition);
  const std::vector<double> sums = partition.sums(expected);
  const auto q = static_cast<Eigen::Index>(partition.parts - 1);
  const Eigen::VectorXd probability = Eigen::Map<const Eigen::VectorXd>(sums.data(), q + 1);
  return hotelling_test(observed.by_group.leftCols(q), observed.sizes, probability.head(q));
}

}  // namespace isotherm::verdict
