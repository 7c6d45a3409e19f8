#pragma once
// How a caller watches and stops a run. run() installs no signal handler and never exits.

#include <atomic>
#include <cstdint>
#include <functional>

namespace isotherm {

struct Progress {
  std::uint64_t particle_steps_done = 0;
  std::uint64_t particle_steps_total = 0;
  double seconds = 0;
};

struct Control {
  const std::atomic<bool>* stop = nullptr;  ///< looked at after each segment (under 0.25 s); run then throws Stopped
  std::function<void(const Progress&)> on_progress;  ///< called after each segment, from the calling thread
};

}  // namespace isotherm
