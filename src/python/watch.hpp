#pragma once
// Work that Python watches: other threads of Python go on meanwhile, and Ctrl-C or an exception in a progress function
// stops it.

#include <pybind11/pybind11.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace isotherm::python {

class Watch {
 public:
  /// `tell` is called with the interpreter's lock, 20 times a second and at the end; it may throw what Python raised.
  explicit Watch(std::function<void()> tell) : tell_(std::move(tell)) {}

  /// Does the work on a thread of its own, without the interpreter's lock, while this one handles signals, which Python
  /// does in its main thread alone. After an exception of Python's stop() is set; once the work has ended it is thrown,
  /// with `note` (of what the work left behind; "" for none) added to it. Otherwise throws what the work threw.
  void during(const std::function<void()>& work, const std::function<std::string()>& note = {});

  /// For what works: it should end soon.
  const std::atomic<bool>& stop() const { return stop_; }

 private:
  void look();

  std::function<void()> tell_;
  std::atomic<bool> stop_ = false;
  std::optional<pybind11::error_already_set> error_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;  // under mutex_
};

}  // namespace isotherm::python
