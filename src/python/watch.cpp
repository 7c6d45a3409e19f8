#include "python/watch.hpp"

#include <pybind11/stl.h>

namespace isotherm::python {

namespace py = pybind11;

Control Watch::control() {
  return {&stop_, [this](const Progress& progress) { look(progress); }};
}

void Watch::look(const Progress& progress) {
  constexpr auto between_looks = std::chrono::milliseconds(50);
  const Clock::time_point now = Clock::now();
  const bool end = progress.particle_steps_done >= progress.particle_steps_total;
  if (stop_ || (now < next_ && !end)) return;
  next_ = now + between_looks;
  const py::gil_scoped_acquire lock;
  try {
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    if (!on_progress_.is_none())
      on_progress_(progress.particle_steps_done, progress.particle_steps_total, progress.seconds,
                   progress.particle_steps_before, progress.alpha, progress.alpha_standard_error, progress.r_hat);
  } catch (const py::error_already_set& error) {
    error_ = error;
    stop_ = true;
  }
}

void Watch::rethrow() {
  if (error_) throw py::error_already_set(*error_);
}

}  // namespace isotherm::python
