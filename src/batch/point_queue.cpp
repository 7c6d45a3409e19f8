#include "batch/point_queue.hpp"

#include <algorithm>

namespace isotherm::batch {

void PointQueue::add(Line& line, std::span<const std::size_t> points) {
  {
    const std::lock_guard lock(mutex_);
    if (line.closed) return;
    line.points.insert(line.points.end(), points.begin(), points.end());
  }
  changed_.notify_all();
}

std::optional<std::size_t> PointQueue::take(Line& line) {
  std::unique_lock lock(mutex_);
  ++line.waiting;
  changed_.wait(lock, [&] { return line.closed || !line.points.empty(); });
  --line.waiting;
  if (line.points.empty()) return std::nullopt;
  const std::size_t point = line.points.front();
  line.points.pop_front();
  return point;
}

std::vector<std::size_t> PointQueue::give(Line& line, std::size_t most) {
  const std::lock_guard lock(mutex_);
  const auto end = line.points.begin() + static_cast<std::ptrdiff_t>(std::min(most, line.points.size()));
  std::vector<std::size_t> points(line.points.begin(), end);
  line.points.erase(line.points.begin(), end);
  return points;
}

void PointQueue::add_large(std::span<const std::size_t> points) { add(large_, points); }
void PointQueue::add_small(std::span<const std::size_t> points) { add(small_, points); }
std::optional<std::size_t> PointQueue::take_large() { return take(large_); }
std::optional<std::size_t> PointQueue::take_small() { return take(small_); }
std::vector<std::size_t> PointQueue::give_large(std::size_t most) { return give(large_, most); }
std::vector<std::size_t> PointQueue::give_small(std::size_t most) { return give(small_, most); }

bool PointQueue::has_large() const {
  const std::lock_guard lock(mutex_);
  return !large_.points.empty();
}

std::size_t PointQueue::wanted_small() const {
  const std::lock_guard lock(mutex_);
  return small_.closed ? 0 : small_.waiting - std::min(small_.waiting, small_.points.size());
}

void PointQueue::close_large() {
  {
    const std::lock_guard lock(mutex_);
    large_.closed = true;
  }
  changed_.notify_all();
}

void PointQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    large_.closed = small_.closed = true;
  }
  changed_.notify_all();
}

void PointQueue::clear() {
  {
    const std::lock_guard lock(mutex_);
    for (Line* line : {&large_, &small_}) {
      line->points.clear();
      line->closed = true;
    }
  }
  changed_.notify_all();
}

}  // namespace isotherm::batch
