#include "experiment/forecast.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <string>

#include "experiment/measurer.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t chunk_blocks(const Plan& plan, const engine::Engine& engine) {
  const std::uint64_t chunk = plan.chunk != 0 ? plan.chunk : engine.preferred_chunk();
  return std::min(chunk / engine::block_size, plan.simulation.blocks());
}

std::uint64_t bytes_of(const std::vector<Histogram>& histograms) {
  std::uint64_t bytes = 0;
  for (const Histogram& histogram : histograms)
    bytes += (histogram.counts.size() + histogram.nonfinite.size()) * sizeof(std::uint64_t);
  return bytes;
}

/// Seconds of one step of the held blocks, from this step on: as many as take a tenth of a second.
double seconds_per_step(engine::Engine& engine, std::uint64_t first, std::uint64_t steps) {
  constexpr double enough = 0.1;
  for (std::uint64_t n = std::min<std::uint64_t>(steps, 8);; n = std::min(steps, 2 * n)) {
    const Clock::time_point begin = Clock::now();
    engine.advance(first, first + n);
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    if (seconds > enough || n == steps) return seconds / static_cast<double>(n);
  }
}

/// The number in a file of the system; nothing if it says "max" or is not there.
std::optional<std::uint64_t> number_in(const char* path) {
  std::ifstream stream(path);
  std::uint64_t value = 0;
  if (stream >> value) return value;
  return std::nullopt;
}

std::string gigabytes(std::uint64_t bytes) {
  const double value = static_cast<double>(bytes) / 1e9;
  std::string text = std::to_string(value);
  return text.substr(0, text.find('.') + 3) + " GB";
}

}  // namespace

MemoryNeed memory_need(const Plan& plan, const engine::Engine& engine) {
  const engine::Simulation& simulation = plan.simulation;
  const std::uint64_t blocks = chunk_blocks(plan, engine), threads = static_cast<std::uint64_t>(engine.threads());
  MemoryNeed need;
  const std::uint64_t state = blocks * block_bytes(simulation),
                      read = blocks * engine::block_size * simulation.state_rows * sizeof(double);
  // Rows in double for each snapshot, and what a checkpoint writes.
  need.state = state + read * (plan.experiment.snapshots.size() + 3) + 2 * state;
  const std::uint64_t counts = bytes_of(engine::make_histograms(simulation));
  std::uint64_t snapshot = 0;
  for (const Axis& axis : plan.snapshot.fine_axes) snapshot += axis.extent() * sizeof(std::uint64_t);
  snapshot += counts;
  const std::uint64_t dimension = simulation.dimension;
  const std::uint64_t sums = dimension * dimension * sizeof(double) * engine::group_count * 4;
  need.counters =
      counts * (threads + 2) + (snapshot * 3 + sums) * (plan.experiment.snapshots.size() + 3) + snapshot * threads;
  return need;
}

std::optional<std::uint64_t> memory_available() {
  std::optional<std::uint64_t> available;
  std::ifstream system("/proc/meminfo");
  for (std::string name; system >> name;) {
    std::uint64_t kilobytes = 0;
    if (name == "MemAvailable:" && system >> kilobytes) available = kilobytes * 1024;
    system.ignore(100, '\n');
  }
  const auto limit = number_in("/sys/fs/cgroup/memory.max"), used = number_in("/sys/fs/cgroup/memory.current");
  if (limit && used) available = std::min(available.value_or(*limit), *limit > *used ? *limit - *used : 0);
  return available;
}

void check_memory(const Plan& plan, const engine::Engine& engine) {
  const MemoryNeed need = memory_need(plan, engine);
  const std::optional<std::uint64_t> available = memory_available();
  if (!available || need.total() <= *available) return;
  const bool counters = need.counters > need.state;
  throw InputError((counters ? "--histogram: counters take " + gigabytes(need.counters)
                             : "--chunk: the state takes " + gigabytes(need.state)) +
                   ", and " + gigabytes(*available) + " of memory are free; give " +
                   (counters ? "fewer bins, fewer --snapshots, or fewer --threads" : "a smaller --chunk"));
}

double expected_seconds(const Plan& plan, engine::Engine& engine) {
  const engine::Simulation& simulation = plan.simulation;
  const std::uint64_t blocks = chunk_blocks(plan, engine);
  const double chunks = static_cast<double>(simulation.blocks()) / static_cast<double>(blocks);
  Clock::time_point begin = Clock::now();
  engine.start({0, blocks});
  double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  if (simulation.burn_in > 0)
    seconds += static_cast<double>(simulation.burn_in) * seconds_per_step(engine, 0, simulation.burn_in);
  seconds += static_cast<double>(simulation.steps) * seconds_per_step(engine, simulation.burn_in, simulation.steps);
  engine::SnapshotCollector collector(plan.snapshot, simulation.last_step(), 0, "", engine.threads(),
                                      plan.simd.empty() ? engine::simd_targets().front() : plan.simd);
  engine::SnapshotSums sums = collector.empty();
  begin = Clock::now();
  collector.add(engine, {0, blocks}, sums);
  seconds += std::chrono::duration<double>(Clock::now() - begin).count() *
             static_cast<double>(plan.experiment.snapshots.size() + 1);
  return chunks * seconds;
}

std::optional<ExpectedErrors> expected_errors(const Plan& plan) {
  if (plan.family == nullptr || !plan.gibbs_not_applicable.empty()) return std::nullopt;
  const double t = plan.gibbs_temperature(), n = static_cast<double>(plan.simulation.particles);
  const double variance = plan.family->loss_moments(t).variance;
  if (!(variance > 0)) return std::nullopt;
  return ExpectedErrors{std::sqrt(variance / n), plan.scales.reference_alpha * t / std::sqrt(n * variance)};
}

}  // namespace isotherm
