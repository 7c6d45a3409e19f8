#pragma once
// The CUDA engine on any Device.

#include <memory>

#include "engine/cuda/device.hpp"
#include "engine/cuda/tuning.hpp"
#include "engine/simulation.hpp"

namespace isotherm::engine::cuda {

/// Compiles and loads the simulation's kernels on `device`. Throws InputError for programs that are too large, RunError
/// for what the device refuses.
std::unique_ptr<Engine> make_engine(const Simulation& simulation, std::unique_ptr<Device> device,
                                    const Tuning& tuning = {});

}  // namespace isotherm::engine::cuda
