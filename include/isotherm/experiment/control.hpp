#pragma once
// How a caller watches and stops a run. run() installs no signal handler and never exits.

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

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

/// Takes positions of particles at the last step, a chunk at a time, each particle once, in any order.
class PositionSink {
 public:
  virtual ~PositionSink() = default;
  /// Those of particles first ... first + n - 1: n * D numbers, a particle's coordinates side by side. Must have them
  /// safe when it returns: a state that is kept later does not know them. May throw.
  virtual void take(std::uint64_t first, std::span<const double> positions) = 0;
};

struct Control {
  const std::atomic<bool>* stop = nullptr;  ///< looked at after each segment (under 0.25 s); run then throws Stopped
  std::function<void(const Progress&)> on_progress{};  ///< called after each segment, from the calling thread
  StateKeeper* keeper = nullptr;                       ///< told the state when it is due, and before Stopped is thrown
  PositionSink* positions = nullptr;                   ///< of all particles at the last step
};

}  // namespace isotherm
