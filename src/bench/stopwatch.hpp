#pragma once
// The time of a particle-step on the CPU engine.

#include <atomic>
#include <cstdint>
#include <string>

#include "engine/simulation.hpp"

namespace isotherm::bench {

/// How long a measurement may take, and who may end it.
struct Effort {
  double seconds = 0.02;                    ///< of one run
  int runs = 7;                             ///< of which the fastest counts: whatever else ran made the others slower
  const std::atomic<bool>* stop = nullptr;  ///< looked at before each run; measuring then throws Stopped
};

/// Particles of one thread: few enough to stay in a second-level cache, many enough to hide what a run costs once.
inline constexpr std::uint64_t particles_per_thread = 64 * engine::block_size;

/// Seconds of one step of one particle, the best of several runs on `threads` threads (0: all): on one thread those of
/// the processor, else of the clock. `simd` as make_cpu_engine takes it. The simulation's number of particles is set to
/// fit, and nothing is counted.
double seconds_per_particle_step(engine::Simulation simulation, int threads, const Effort& effort,
                                 const std::string& simd);

}  // namespace isotherm::bench
