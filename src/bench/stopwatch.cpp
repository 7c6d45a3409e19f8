#include "bench/stopwatch.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <limits>

#include "experiment/run.hpp"

namespace isotherm::bench {
namespace {

/// On one thread the time that the processor spent on it, so that what else runs here does not count; else wall time.
double now(bool of_this_thread) {
  if (!of_this_thread)
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  std::timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double seconds_of(engine::Engine& engine, std::uint64_t first_step, std::uint64_t steps) {
  const bool alone = engine.threads() == 1;
  const double begin = now(alone);
  engine.advance(first_step, first_step + steps);
  return now(alone) - begin;
}

}  // namespace

double seconds_per_particle_step(engine::Simulation simulation, int threads, const Effort& effort,
                                 const std::string& simd) {
  simulation.histograms.clear();
  simulation.observe = {};
  simulation.burn_in = std::uint64_t{1} << 40;
  simulation.steps = simulation.thinning = 1;
  const auto count = static_cast<std::uint64_t>(engine::make_cpu_engine(simulation, threads, simd)->threads());
  simulation.particles = particles_per_thread * count;
  const auto engine = engine::make_cpu_engine(simulation, threads, simd);
  engine->start({0, simulation.blocks()});

  std::uint64_t step = 0, steps = 128;
  double seconds = seconds_of(*engine, step, steps);  // makes the threads and their rows
  step += steps;
  for (int i = 0; i < 8 && seconds < effort.seconds / 2; ++i) {
    const double factor = std::clamp(effort.seconds / std::max(seconds, 1e-6), 1.0, 16.0);
    steps = static_cast<std::uint64_t>(static_cast<double>(steps) * factor) / 128 * 128;
    seconds = seconds_of(*engine, step, steps);
    step += steps;
  }
  double best = std::numeric_limits<double>::infinity();
  for (int run = 0; run < effort.runs; ++run) {
    if (effort.stop != nullptr && effort.stop->load()) throw Stopped("stopped");
    best = std::min(best, seconds_of(*engine, step, steps));
    step += steps;
  }
  return best / static_cast<double>(steps * simulation.particles);
}

}  // namespace isotherm::bench
