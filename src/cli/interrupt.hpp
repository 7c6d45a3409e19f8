#pragma once
// SIGINT, SIGTERM and SIGUSR1 while a run is going on.

#include <atomic>

namespace isotherm::cli {

/// While one lives, the first of these signals sets the flag; a second SIGINT ends the process as if there were no
/// handler. At most one at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  const std::atomic<bool>& flag() const;
  int signal() const;  ///< the number of the first, or 0
};

}  // namespace isotherm::cli
