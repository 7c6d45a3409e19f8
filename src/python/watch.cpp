#include "python/watch.hpp"

#include <chrono>
#include <exception>
#include <thread>

namespace isotherm::python {

namespace py = pybind11;

void Watch::during(const std::function<void()>& work, const std::function<std::string()>& note) {
  constexpr auto between_looks = std::chrono::milliseconds(50);
  std::exception_ptr failure;
  {
    const py::gil_scoped_release unlocked;
    std::thread worker([&] {
      try {
        work();
      } catch (...) {
        failure = std::current_exception();
      }
      const std::lock_guard lock(mutex_);
      done_ = true;
      changed_.notify_all();
    });
    std::unique_lock lock(mutex_);
    while (!done_) {
      changed_.wait_for(lock, between_looks, [&] { return done_; });
      lock.unlock();
      look();
      lock.lock();
    }
    lock.unlock();
    worker.join();
  }
  if (error_) {
    const std::string text = note ? note() : "";
    const py::object& raised = error_->value();
    if (!text.empty() && py::hasattr(raised, "add_note")) raised.attr("add_note")(text);  // since Python 3.11
    throw py::error_already_set(*error_);
  }
  if (failure) std::rethrow_exception(failure);
}

void Watch::look() {
  if (stop_) return;
  const py::gil_scoped_acquire lock;
  try {
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    tell_();
  } catch (const py::error_already_set& error) {
    error_ = error;
    stop_ = true;
  }
}

}  // namespace isotherm::python
