#include "verdict/partition.hpp"

#include <algorithm>
#include <numeric>

namespace isotherm::verdict {
namespace {

void join_last_two(Partition& partition) {
  if (partition.parts == 1) return;
  --partition.parts;
  for (std::size_t& part : partition.part) part = std::min(part, partition.parts - 1);
}

/// A pass from the lower end closes a part as soon as it expects enough; what is left at the upper end joins the last.
Partition merge_neighbours(std::span<const double> expected, double smallest) {
  Partition partition{std::vector<std::size_t>(expected.size()), 1};
  double mass = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (mass >= smallest) {
      ++partition.parts;
      mass = 0;
    }
    partition.part[i] = partition.parts - 1;
    mass += expected[i];
  }
  if (mass < smallest) join_last_two(partition);
  return partition;
}

Partition pool_sparse(std::span<const double> expected, double smallest) {
  Partition partition{std::vector<std::size_t>(expected.size()), 0};
  std::vector<std::size_t> sparse;
  double pooled = 0, least = 0;
  std::size_t least_part = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] < smallest) {
      sparse.push_back(i);
      pooled += expected[i];
      continue;
    }
    if (partition.parts == 0 || expected[i] < least) least = expected[i], least_part = partition.parts;
    partition.part[i] = partition.parts++;
  }
  if (sparse.empty()) return partition;
  const bool stands_alone = pooled >= smallest || partition.parts == 0;
  const std::size_t pool = stands_alone ? partition.parts++ : least_part;
  for (const std::size_t i : sparse) partition.part[i] = pool;
  return partition;
}

/// Stretches of nearly equal mass. Each aims at an equal share of what is left, so that one heavy slot does not
/// starve the others.
Partition stretches(std::span<const double> mass, std::size_t parts) {
  Partition partition{std::vector<std::size_t>(mass.size()), 1};
  const double total = std::accumulate(mass.begin(), mass.end(), 0.0);
  const double least = total / static_cast<double>(4 * parts);
  double rest = total, here = 0, target = total / static_cast<double>(parts);
  for (std::size_t i = 0; i < mass.size(); ++i) {
    const bool full = here >= least && here + mass[i] / 2 > target;
    if (full && partition.parts < parts && rest >= least) {
      target = rest / static_cast<double>(parts - partition.parts);
      ++partition.parts;
      here = 0;
    }
    partition.part[i] = partition.parts - 1;
    here += mass[i];
    rest -= mass[i];
  }
  if (here < least) join_last_two(partition);
  return partition;
}

}  // namespace

Partition merge_sparse(std::span<const Axis> axes, std::span<const double> expected_counts, double smallest) {
  return axes.size() == 1 ? merge_neighbours(expected_counts, smallest) : pool_sparse(expected_counts, smallest);
}

Partition equal_parts(std::span<const Axis> axes, std::span<const double> probabilities) {
  constexpr std::size_t parts_of_one_axis = 8, parts_of_each_of_two = 3;
  if (axes.size() == 1) return stretches(probabilities, parts_of_one_axis);

  const std::size_t rows = axes[0].extent(), columns = axes[1].extent();
  std::vector<double> first_axis(rows);
  for (std::size_t i = 0; i < probabilities.size(); ++i) first_axis[i / columns] += probabilities[i];
  const Partition bands = stretches(first_axis, parts_of_each_of_two);

  Partition partition{std::vector<std::size_t>(probabilities.size()), 0};
  for (std::size_t band = 0; band < bands.parts; ++band) {
    std::vector<double> second_axis(columns);
    for (std::size_t i = 0; i < probabilities.size(); ++i)
      if (bands.part[i / columns] == band) second_axis[i % columns] += probabilities[i];
    const Partition cells = stretches(second_axis, parts_of_each_of_two);
    for (std::size_t i = 0; i < probabilities.size(); ++i)
      if (bands.part[i / columns] == band) partition.part[i] = partition.parts + cells.part[i % columns];
    partition.parts += cells.parts;
  }
  return partition;
}

}  // namespace isotherm::verdict
