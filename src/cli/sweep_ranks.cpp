#include "cli/sweep_ranks.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "experiment/run.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::cli {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr double patience = 5;       ///< of the first rank, with ranks that were told to stop
constexpr double short_wait = 0.02;  ///< until somebody who waits for others looks up
constexpr double longest_silence = 0.5;
constexpr auto pause_of_dealing = std::chrono::milliseconds(3);

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

void send(Ranks& ranks, int to, const Json& message) {
  const std::string text = message.dump();
  while (!ranks.send(to, std::as_bytes(std::span(text)), short_wait)) continue;
}

std::optional<Json> receive(Ranks& ranks, int from, double seconds) {
  const std::optional<std::vector<std::byte>> bytes = ranks.receive(from, seconds);
  if (!bytes) return std::nullopt;
  return Json::parse(std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
}

/// run_points on a thread of its own.
class Runner {
 public:
  explicit Runner(batch::PointsRequest request)
      : thread_([this, request = std::move(request)] {
          try {
            batch::run_points(request);
          } catch (const Stopped&) {
          } catch (...) {
            error_ = std::current_exception();
          }
          ended_ = true;
        }) {}
  bool ended() const { return ended_; }
  /// When it has ended: what it threw is thrown on.
  void finish() {
    thread_.join();
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::atomic<bool> ended_ = false;
  std::exception_ptr error_;
  std::jthread thread_;
};

/// However this is left, the runner's points are given up before what it works with is gone.
class StopOnExit {
 public:
  StopOnExit(std::atomic<bool>& stop, batch::PointQueue& queue) : stop_(stop), queue_(queue) {}
  ~StopOnExit() {
    stop_ = true;
    queue_.clear();
  }

 private:
  std::atomic<bool>& stop_;
  batch::PointQueue& queue_;
};

std::uint64_t threads_of(const batch::PointsRequest& request) {
  return request.threads != 0 ? request.threads : std::max(1u, std::thread::hardware_concurrency());
}

class Dealer {
 public:
  Dealer(Ranks& ranks, DealRequest request, const InterruptGuard& interrupt)
      : ranks_(ranks),
        request_(std::move(request)),
        interrupt_(interrupt),
        queue_(request_.points.points.size()),
        at_work_(static_cast<std::size_t>(ranks.size()), true) {
    at_work_[0] = false;
    std::vector<std::size_t> large, small;
    for (const std::size_t point : request_.points.points)
      (batch::is_large(request_.points.experiment(point), threads_of(request_.points)) ? large : small)
          .push_back(point);
    queue_.add_large(large);
    queue_.add_small(small);
    queue_.close();
  }

  int run() {
    batch::PointsRequest own = request_.points;
    own.queue = &queue_;
    own.stop = &stop_;
    Runner runner(own);
    const StopOnExit stop_on_exit(stop_, queue_);
    Clock::time_point stopped_at;
    const auto others_work = [&] { return std::find(at_work_.begin(), at_work_.end(), true) != at_work_.end(); };
    while (!runner.ended() || others_work()) {
      bool heard = false;
      for (int rank = 1; rank < ranks_.size(); ++rank)
        if (at_work_[static_cast<std::size_t>(rank)])
          if (const std::optional<Json> message = receive(ranks_, rank, 0)) {
            hear(rank, *message);
            heard = true;
          }
      if (interrupt_.flag() && signal_ == 0) signal_ = interrupt_.signal();
      if (signal_ != 0 && !stop_) {
        stop_ = true;
        queue_.clear();
        stopped_at = Clock::now();
      }
      // What this rank could not do ends all of them.
      if (runner.ended() && !finished_) {
        finished_ = true;
        runner.finish();
      }
      if (finished_ && stop_ && seconds_since(stopped_at) > patience) break;
      if (!heard) std::this_thread::sleep_for(pause_of_dealing);
    }
    if (!finished_) runner.finish();
    return signal_;
  }

 private:
  void hear(int rank, const Json& message) {
    for (const Json& finished : message.at("points")) {
      const auto point = finished.at("point").get<std::size_t>();
      if (finished.at("digest") != request_.digest(point))
        throw RunError("rank " + std::to_string(rank) +
                       " ran another point than this one: its data, or its experiment file, is another one");
      const Json& seconds = finished.at("seconds");
      request_.record({point,
                       finished.at("row"),
                       {seconds.at(0).get<double>(), seconds.at(1).get<double>(), seconds.at(2).get<double>()}});
    }
    request_.count(message.at("particle_steps").get<std::uint64_t>());
    if (signal_ == 0) signal_ = message.at("signal").get<int>();
    if (message.at("ended").get<bool>()) {
      at_work_[static_cast<std::size_t>(rank)] = false;
      return;
    }
    send(ranks_, rank, deal(message.at("room").get<std::size_t>(), message.at("idle").get<bool>()));
  }

  /// Large points one at a time, small ones when there are no large ones any more.
  Json deal(std::size_t room, bool idle) {
    std::vector<std::size_t> large, small;
    if (idle) large = queue_.give_large(1);
    const bool only_small = large.empty() && !queue_.has_large();
    if (only_small) small = queue_.give_small(room);
    return {{"stop", signal_ != 0},
            {"large", large},
            {"small", small},
            {"only_small", only_small},
            {"all", only_small && small.size() < room}};
  }

  Ranks& ranks_;
  DealRequest request_;
  const InterruptGuard& interrupt_;
  batch::PointQueue queue_;
  std::vector<bool> at_work_;  ///< by rank
  std::atomic<bool> stop_ = false;
  bool finished_ = false;  ///< this rank's own
  int signal_ = 0;
};

class Helper {
 public:
  Helper(Ranks& ranks, HelpRequest request, const InterruptGuard& interrupt)
      : ranks_(ranks), request_(std::move(request)), interrupt_(interrupt), queue_(request_.most) {}

  void run() {
    batch::PointsRequest own = request_.points;
    own.queue = &queue_;
    own.stop = &stop_;
    own.finished = [this](const batch::PointOutcome& outcome) {
      FinishedPoint finished = request_.finish(outcome);
      const std::lock_guard lock(mutex_);
      finished_.push_back(std::move(finished));
      changed_.notify_one();
    };
    own.on_particle_steps = [this](std::uint64_t steps) { particle_steps_ += steps; };
    Runner runner(own);
    const StopOnExit stop_on_exit(stop_, queue_);
    for (bool first = true;; first = false) {
      if (!first) wait(runner);
      if (interrupt_.flag()) stop();
      const bool ended = runner.ended();
      if (ended) runner.finish();
      send(ranks_, 0, report(ended));
      if (ended) return;
      std::optional<Json> reply;
      while (!(reply = receive(ranks_, 0, short_wait)))
        if (interrupt_.flag()) stop();
      take(*reply);
    }
  }

 private:
  void stop() {
    stop_ = true;
    queue_.clear();
  }

  void wait(const Runner& runner) {
    const Clock::time_point begin = Clock::now();
    std::unique_lock lock(mutex_);
    while (finished_.empty() && !runner.ended() && !interrupt_.flag() &&
           seconds_since(begin) < (queue_.wanted_small() == 0 ? longest_silence : short_wait))
      changed_.wait_for(lock, std::chrono::duration<double>(short_wait));
  }

  Json report(bool ended) {
    std::vector<FinishedPoint> finished;
    {
      const std::lock_guard lock(mutex_);
      finished.swap(finished_);
    }
    Json points = Json::array();
    for (FinishedPoint& f : finished) {
      seconds_ += f.seconds.total();
      ++count_;
      --held_;
      points.push_back({{"point", f.point},
                        {"digest", request_.digest(f.point)},
                        {"row", std::move(f.row)},
                        {"seconds", {f.seconds.plan, f.seconds.particles, f.seconds.theory}}});
    }
    const std::size_t wanted = window();
    return {{"points", std::move(points)},
            {"particle_steps", particle_steps_.exchange(0)},
            {"signal", interrupt_.flag() ? interrupt_.signal() : 0},
            {"room", std::max(wanted > held_ ? wanted - held_ : 0, queue_.wanted_small())},
            {"idle", held_ == 0},
            {"ended", ended}};
  }

  /// Points that this rank has at a time: one for each thread, and as many more as end while it asks. Where points wait
  /// on a GPU for each other, threads come back for more before that.
  std::size_t window() const {
    constexpr double while_asking = 0.1;
    constexpr double most = 4096;
    const auto threads = static_cast<double>(threads_of(request_.points));
    const double in_advance =
        count_ == 0 ? 0 : std::floor(threads * while_asking * static_cast<double>(count_) / seconds_);
    return static_cast<std::size_t>(std::min(most, threads + in_advance));
  }

  void take(const Json& reply) {
    const auto large = reply.at("large").get<std::vector<std::size_t>>(),
               small = reply.at("small").get<std::vector<std::size_t>>();
    held_ += large.size() + small.size();
    queue_.add_large(large);
    queue_.add_small(small);
    if (reply.at("only_small").get<bool>()) queue_.close_large();
    if (reply.at("all").get<bool>()) queue_.close();
    if (reply.at("stop").get<bool>()) stop();
  }

  Ranks& ranks_;
  HelpRequest request_;
  const InterruptGuard& interrupt_;
  batch::PointQueue queue_;
  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> particle_steps_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<FinishedPoint> finished_;  ///< and not reported yet
  std::size_t held_ = 0, count_ = 0;     ///< points here; reported
  double seconds_ = 0;                   ///< of those reported
};

}  // namespace

int deal_points(Ranks& ranks, DealRequest request, const InterruptGuard& interrupt) {
  return Dealer(ranks, std::move(request), interrupt).run();
}

void help_with_points(Ranks& ranks, HelpRequest request, const InterruptGuard& interrupt) {
  Helper(ranks, std::move(request), interrupt).run();
}

}  // namespace isotherm::cli
