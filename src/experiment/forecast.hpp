#pragma once
// What a run will take and how exact it will be, before it is run.

#include <cstdint>
#include <optional>

#include "engine/simulation.hpp"
#include "experiment/plan.hpp"

namespace isotherm {

/// Bytes that a run holds at most: the state of a chunk and its copies for snapshots and checkpoints, counters of every
/// thread, sums.
struct MemoryNeed {
  std::uint64_t state = 0, counters = 0;
  std::uint64_t total() const { return state + counters; }
};
MemoryNeed memory_need(const Plan& plan, const engine::Engine& engine);

/// Bytes that this process can still have, by the system and by the limit of its control group; nothing where neither
/// can be read.
std::optional<std::uint64_t> memory_available();

/// InputError where a run cannot fit, with what would be smaller.
void check_memory(const Plan& plan, const engine::Engine& engine);

/// Seconds that the run will take on this engine: burn-in, sampled steps and snapshots of one chunk are tried, about
/// 0.3 s, which leaves the engine at some other state.
double expected_seconds(const Plan& plan, engine::Engine& engine);

/// Standard errors of a snapshot of all particles under Gibbs' law: of the mean loss, sqrt(Var L / N), and of the alpha
/// of maximum likelihood, alpha T / sqrt(N Var L), since d<L>/dT = Var L / T^2. Nothing where Gibbs does not apply.
struct ExpectedErrors {
  double mean_loss = 0, alpha = 0;
};
std::optional<ExpectedErrors> expected_errors(const Plan& plan);

}  // namespace isotherm
