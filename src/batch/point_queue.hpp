#pragma once
// Points that wait to be run: taken by the threads of this process, and, where several processes share a sweep, filled
// from outside or emptied towards others.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace isotherm::batch {

/// Large points come first, one after the other with all threads; then small ones side by side (run_points.hpp).
class PointQueue {
 public:
  /// `small_expected`: about as many small ones will be added in all.
  explicit PointQueue(std::size_t small_expected) : small_expected_(small_expected) {}

  // All of these may be called from any thread.

  void add_large(std::span<const std::size_t> points);
  void add_small(std::span<const std::size_t> points);
  /// No large ones will follow; none at all.
  void close_large();
  void close();
  /// Closed, and what waits is forgotten.
  void clear();

  /// Waits until there is one, or will be none.
  std::optional<std::size_t> take_large();
  std::optional<std::size_t> take_small();

  /// Up to `most`, at once; fewer, or none, if that is all there is.
  std::vector<std::size_t> give_large(std::size_t most);
  std::vector<std::size_t> give_small(std::size_t most);

  bool has_large() const;
  /// Threads that wait for a small point.
  std::size_t wanted_small() const;

  std::size_t small_expected() const { return small_expected_; }

 private:
  struct Line {
    std::deque<std::size_t> points;
    bool closed = false;
    std::size_t waiting = 0;  ///< threads
  };
  void add(Line& line, std::span<const std::size_t> points);
  std::optional<std::size_t> take(Line& line);
  std::vector<std::size_t> give(Line& line, std::size_t most);

  std::size_t small_expected_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Line large_, small_;
};

}  // namespace isotherm::batch
