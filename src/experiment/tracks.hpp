#pragma once
// Trajectories of the first particles of a run.

#include <cstdint>
#include <functional>
#include <span>

#include "experiment/plan.hpp"
#include "isotherm/experiment/control.hpp"

namespace isotherm {

/// Positions of particles 0 ... N-1 at one sampled step: N * D numbers, a particle's coordinates side by side.
using TrackSink = std::function<void(std::uint64_t step, std::span<const double> positions)>;

/// Simulates the first N particles by themselves on the CPU, which is possible since their randomness is a function of
/// their number, and gives their positions at every sample, the last step included: the same bits as in the run. N is
/// at most plan.simulation.particles. Throws Stopped.
void track(const Plan& plan, std::uint64_t particles, const Control& control, const TrackSink& sink);

}  // namespace isotherm
