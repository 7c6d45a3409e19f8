#pragma once
// The CUDA engine on any Device.

#include <cstddef>
#include <functional>
#include <memory>

#include "engine/cuda/device.hpp"
#include "engine/cuda/tuning.hpp"
#include "engine/shared_device.hpp"
#include "engine/simulation.hpp"

namespace isotherm::engine::cuda {

/// Makes engines that share a device (engine/shared_device.hpp), which `open` opens once for each text of a pack; what
/// it throws is thrown on.
std::unique_ptr<SharedDevice> share_device(std::function<std::unique_ptr<Device>()> open, std::size_t engines,
                                           const Tuning& tuning = {});

/// Compiles and loads the simulation's kernels on `device`. Throws InputError for programs that are too large, RunError
/// for what the device refuses.
std::unique_ptr<Engine> make_engine(const Simulation& simulation, std::unique_ptr<Device> device,
                                    const Tuning& tuning = {});

}  // namespace isotherm::engine::cuda
