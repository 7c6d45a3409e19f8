#pragma once
// SIGINT and SIGTERM while a run is going on.

#include <atomic>

namespace isotherm::cli {

/// While one lives, the first SIGINT or SIGTERM sets the flag; a second one ends the process as if there were no
/// handler. At most one at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  const std::atomic<bool>& flag() const;
  int signal() const;  ///< the number, or 0
};

}  // namespace isotherm::cli
