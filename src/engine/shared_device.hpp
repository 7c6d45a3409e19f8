#pragma once
// Many simulations on one GPU at a time, each too small to fill it.

#include <cstddef>
#include <memory>
#include <string>

#include "engine/simulation.hpp"

namespace isotherm::engine {

/// Engines that are worth having on one device at a time: so many settings of 10000 particles are more than twice what
/// runs at a time on a GPU with 264000 resident threads.
inline constexpr std::size_t most_engines_of_device = 128;

/// Makes engines of which each does what make_cuda_engine's would, to the last bit. Those whose kernels are the same
/// text (see cuda::KernelSource) are a pack: steps that several of them ask for at about the same time are one launch.
/// So each engine belongs on a thread of its own. The device must outlive its engines.
class SharedDevice {
 public:
  virtual ~SharedDevice() = default;
  /// From any thread; waits while the engines that there are leave too little memory. `threads`: of the host, for the
  /// engine's user. Throws what making an engine throws.
  virtual std::unique_ptr<Engine> make_engine(const Simulation& simulation, int threads) = 0;
};

/// For about so many engines at a time: each holds so much smaller a part of the particles that fit. Null with a reason
/// when there is no usable device, driver or NVRTC.
std::unique_ptr<SharedDevice> share_cuda_device(int device, std::size_t engines, std::string& why_not);

}  // namespace isotherm::engine
