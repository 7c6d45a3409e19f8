#include "experiment/ranges.hpp"

#include <algorithm>
#include <cmath>

namespace isotherm {
namespace {

constexpr std::uint64_t pilot_particles = 1024;
constexpr std::uint64_t pilot_steps = 20'000;   // a longer run is looked at early only
constexpr double pilot_coordinate_steps = 4e8;  // what a pilot may cost: well under a second
constexpr std::uint64_t pilot_looks = 8;
constexpr double absurd = 1e100;  // on the way to overflow

/// What one node did over the pilot, particle by particle.
struct Extent {
  std::vector<double> lowest, highest;
};

/// From the lowest to the highest, without particles that are on their way out: beyond ten times the range of nine
/// tenths of them.
std::optional<Range> robust_range(Extent extent) {
  if (extent.lowest.empty()) return std::nullopt;
  std::sort(extent.lowest.begin(), extent.lowest.end());
  std::sort(extent.highest.begin(), extent.highest.end());
  const std::size_t n = extent.lowest.size(), margin = n / 20;
  const double inner_lower = extent.lowest[margin], inner_upper = extent.highest[n - 1 - margin];
  const double reach = 10 * (inner_upper - inner_lower);
  return Range{*std::lower_bound(extent.lowest.begin(), extent.lowest.end(), inner_lower - reach),
               *std::prev(std::upper_bound(extent.highest.begin(), extent.highest.end(), inner_upper + reach))};
}

/// Root mean squares over the particles that stay; `rows` holds the state after `step` steps.
std::vector<PilotStep> measure_last_step(engine::Engine& engine, const engine::Simulation& pilot, std::uint64_t step,
                                         const std::vector<std::vector<double>>& rows,
                                         const std::vector<bool>& diverged) {
  engine.advance(step, step + 1);
  std::vector<PilotStep> steps;
  std::vector<double> after(rows.front().size());
  for (std::size_t c = 0; c < pilot.dimension; ++c) {
    engine.read_row(c, after);
    double moved = 0, size = 0, count = 0;
    for (std::uint64_t particle = 0; particle < pilot.particles; ++particle) {
      const double before = rows[c][particle], by = after[particle] - before;
      if (diverged[particle] || !std::isfinite(by)) continue;
      moved += by * by;
      size += before * before;
      ++count;
    }
    if (count > 0) steps.push_back({step + 1, std::sqrt(moved / count), std::sqrt(size / count)});
  }
  return steps;
}

}  // namespace

Pilot run_pilot(loss::Problem& problem, const std::vector<loss::NodeId>& nodes, const engine::Simulation& simulation,
                const std::vector<std::uint64_t>& snapshots) {
  engine::Simulation pilot = simulation;
  pilot.histograms.clear();
  pilot.particles = std::min(simulation.particles, pilot_particles);
  const double affordable =
      pilot_coordinate_steps / static_cast<double>(pilot.particles) / static_cast<double>(problem.dimension());
  const std::uint64_t last =
      std::min({simulation.last_step(), pilot_steps, static_cast<std::uint64_t>(affordable) + 1});
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
  const std::size_t dimension = problem.dimension();
  std::vector<std::vector<double>> rows(pilot.state_rows, std::vector<double>(pilot.blocks() * engine::block_size));
  std::vector<double> point(pilot.state_rows), values(nodes.size());
  std::vector<std::vector<std::optional<Range>>> seen(nodes.size(), std::vector<std::optional<Range>>(pilot.particles));
  std::vector<bool> diverged(pilot.particles);
  std::uint64_t step = 0;
  for (const std::uint64_t look : looks) {
    engine->advance(step, look);
    step = look;
    for (std::size_t c = 0; c < rows.size(); ++c) engine->read_row(c, rows[c]);
    for (std::uint64_t particle = 0; particle < pilot.particles; ++particle) {
      for (std::size_t r = 0; r < rows.size(); ++r) {
        point[r] = rows[r][particle];
        if (r < dimension && !(std::abs(point[r]) < absurd)) diverged[particle] = true;
      }
      evaluate(point, values);
      for (std::size_t o = 0; o < values.size(); ++o)
        if (std::abs(values[o]) < absurd) seen[o][particle] = join(seen[o][particle], Range{values[o], values[o]});
    }
  }

  // Particles that left say nothing about where the others are; if all did, there is nothing better.
  const bool all_diverged = std::all_of(diverged.begin(), diverged.end(), [](bool left) { return left; });
  Pilot result;
  for (const std::vector<std::optional<Range>>& particles : seen) {
    Extent extent;
    for (std::size_t particle = 0; particle < particles.size(); ++particle) {
      if (!particles[particle] || (diverged[particle] && !all_diverged)) continue;
      extent.lowest.push_back(particles[particle]->first);
      extent.highest.push_back(particles[particle]->second);
    }
    result.ranges.push_back(robust_range(std::move(extent)));
  }
  if (step > 0) result.last_steps = measure_last_step(*engine, pilot, step, rows, diverged);
  return result;
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
