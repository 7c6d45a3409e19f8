#include "experiment/ranges.hpp"

#include <algorithm>
#include <cmath>

namespace isotherm {
namespace {

constexpr std::uint64_t pilot_particles = 1024;
constexpr std::uint64_t pilot_steps = 20'000;  // what a pilot may cost; a longer run is looked at early only
constexpr std::uint64_t pilot_looks = 8;

}  // namespace

std::vector<std::optional<Range>> pilot_ranges(loss::Problem& problem, const std::vector<loss::NodeId>& nodes,
                                               const engine::Simulation& simulation,
                                               const std::vector<std::uint64_t>& snapshots) {
  engine::Simulation pilot = simulation;
  pilot.histograms.clear();
  pilot.particles = std::min(simulation.particles, pilot_particles);
  const std::uint64_t last = std::min(simulation.last_step(), pilot_steps);
  const std::uint64_t first = std::min(simulation.burn_in, last);

  std::vector<std::uint64_t> looks;
  for (std::uint64_t i = 1; i <= pilot_looks; ++i) looks.push_back(first + (last - first) * i / pilot_looks);
  for (const std::uint64_t step : snapshots)
    if (step <= last) looks.push_back(step);
  std::sort(looks.begin(), looks.end());
  looks.erase(std::unique(looks.begin(), looks.end()), looks.end());

  const std::unique_ptr<engine::Engine> engine = engine::make_cpu_engine(pilot, 1);
  engine->start({0, pilot.blocks()});
  const loss::Function evaluate(problem, nodes);
  std::vector<std::vector<double>> rows(problem.dimension(), std::vector<double>(pilot.blocks() * engine::block_size));
  std::vector<double> point(problem.dimension()), values(nodes.size());
  std::vector<std::optional<Range>> ranges(nodes.size());
  std::uint64_t step = 0;
  for (const std::uint64_t look : looks) {
    engine->advance(step, look);
    step = look;
    for (std::size_t c = 0; c < rows.size(); ++c) engine->read_row(c, rows[c]);
    for (std::uint64_t particle = 0; particle < pilot.particles; ++particle) {
      for (std::size_t c = 0; c < rows.size(); ++c) point[c] = rows[c][particle];
      evaluate(point, values);
      for (std::size_t o = 0; o < values.size(); ++o)
        if (std::isfinite(values[o])) ranges[o] = join(ranges[o], Range{values[o], values[o]});
    }
  }
  return ranges;
}

Range comfortable(Range range, double widen) {
  auto [lower, upper] = range;
  double width = upper - lower;
  if (!(width > 0)) width = std::max(1e-3, 1e-3 * std::abs(lower));
  lower -= widen * width;
  upper += widen * width;
  // Multiples of a power of ten, as whole numbers over it where it is below 1: they print short.
  const int digits = 1 - static_cast<int>(std::floor(std::log10(upper - lower)));
  const double scale = std::pow(10, std::abs(digits));
  if (digits > 0) return {std::floor(lower * scale) / scale, std::ceil(upper * scale) / scale};
  return {std::floor(lower / scale) * scale, std::ceil(upper / scale) * scale};
}

std::optional<Range> join(std::optional<Range> a, std::optional<Range> b) {
  if (!a) return b;
  if (!b) return a;
  return Range{std::min(a->first, b->first), std::max(a->second, b->second)};
}

}  // namespace isotherm
