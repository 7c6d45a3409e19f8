#pragma once
// How a caller watches and stops a run. run() installs no signal handler and never exits.

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

namespace isotherm {

struct MeasurementState;

struct Progress {
  std::uint64_t particle_steps_done = 0;  ///< those of a run that this one goes on with included
  std::uint64_t particle_steps_total = 0;
  double seconds = 0;                       ///< since this process began to work
  std::uint64_t particle_steps_before = 0;  ///< those of them that were done before that
  // Of some of the particles that are under way, looked at now and then: a glance, not a result.
  std::optional<double> alpha{}, alpha_standard_error{};  ///< by maximum likelihood
  std::optional<double> r_hat{};  ///< split R-hat of the coordinates since the burn-in, the largest
};

/// Writes down the state of a measurement on its way, so that a run can go on from there.
class StateKeeper {
 public:
  virtual ~StateKeeper() = default;
  /// Asked after each segment.
  virtual bool due() = 0;
  /// Must not throw: a run goes on if it cannot be kept. The state is whole: all that was done is in it.
  virtual void keep(const MeasurementState& state) = 0;
};

struct Control {
  const std::atomic<bool>* stop = nullptr;  ///< looked at after each segment (under 0.25 s); run then throws Stopped
  std::function<void(const Progress&)> on_progress{};  ///< called after each segment, from the calling thread
  StateKeeper* keeper = nullptr;                       ///< told the state when it is due, and before Stopped is thrown
};

}  // namespace isotherm
