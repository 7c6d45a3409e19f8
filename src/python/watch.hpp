#pragma once
// A run that Python watches: the interpreter is free while particles move, and Ctrl-C or an exception in a progress
// function stops it.

#include <pybind11/pybind11.h>

#include <atomic>
#include <chrono>
#include <optional>

#include "isotherm/experiment/control.hpp"

namespace isotherm::python {

class Watch {
 public:
  /// `on_progress`: None, or a function of (particle_steps_done, particle_steps_total, seconds, particle_steps_before,
  /// alpha, alpha_standard_error, r_hat).
  explicit Watch(pybind11::object on_progress) : on_progress_(std::move(on_progress)) {}

  /// For run(); to be called without the interpreter's lock.
  Control control();
  const std::atomic<bool>& stop() const { return stop_; }

  /// Handles signals, which Python does in its main thread alone, and tells how far the run is, at most 20 times a
  /// second and at the end. After an exception the run is told to stop. Without the interpreter's lock.
  void look(const Progress& progress);
  /// Throws what stopped the run, if something did. With the lock.
  void rethrow();

 private:
  using Clock = std::chrono::steady_clock;

  pybind11::object on_progress_;
  std::atomic<bool> stop_ = false;
  std::optional<pybind11::error_already_set> error_;
  Clock::time_point next_ = Clock::time_point::min();
};

}  // namespace isotherm::python
