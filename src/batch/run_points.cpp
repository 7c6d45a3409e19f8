#include "batch/run_points.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include "engine/shared_device.hpp"
#include "engine/simulation.hpp"
#include "experiment/run.hpp"
#include "experiment/shared_tables.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::batch {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double particle_steps_for_all = 8589934592.0, particle_steps_for_gibbs = 268435456.0,
                 large_particle_steps = 68719476736.0;
constexpr std::uint64_t large_blocks_per_thread = 64;

double particle_steps(std::uint64_t particles, std::uint64_t steps) {
  return static_cast<double>(particles) * static_cast<double>(steps);
}

double seconds_between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

/// A point under way.
struct Job {
  PointOutcome outcome;
  Plan plan;
  std::unique_ptr<engine::Engine> engine;
  Result result;
  Clock::time_point begin = Clock::now();
};

/// The threads of points that share a device: each waits there for the others, so that there are more of them than
/// cores. They are started as they are needed.
class DeviceThreads {
 public:
  DeviceThreads(std::size_t most, std::function<void(std::unique_ptr<Job>)> work)
      : most_(most), work_(std::move(work)) {}
  ~DeviceThreads() { close(); }

  /// Waits until one of them has taken it.
  void take(std::unique_ptr<Job> job) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return next_ == nullptr; });
    next_ = std::move(job);
    if (idle_ == 0 && threads_.size() < most_) threads_.emplace_back([this] { run(); });
    changed_.notify_all();
    changed_.wait(lock, [this] { return next_ == nullptr; });
  }

  /// When all are done.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
    threads_.clear();
  }

 private:
  void run() {
    while (true) {
      std::unique_ptr<Job> job;
      {
        std::unique_lock lock(mutex_);
        ++idle_;
        changed_.wait(lock, [this] { return closed_ || next_ != nullptr; });
        --idle_;
        if (next_ == nullptr) return;
        job = std::move(next_);
      }
      changed_.notify_all();
      work_(std::move(job));
    }
  }

  const std::size_t most_;
  const std::function<void(std::unique_ptr<Job>)> work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<Job> next_;
  std::size_t idle_ = 0;
  bool closed_ = false;
  std::vector<std::jthread> threads_;
};

/// The devices that points share, by their numbers.
class SharedDevices {
 public:
  /// For about so many points at a time.
  SharedDevices(const DeviceSharer& share, std::size_t points) : share_(share), points_(points) {}

  std::unique_ptr<engine::Engine> make_engine(const Plan& plan) {
    const int threads = static_cast<int>(plan.experiment.threads);
    return isotherm::make_engine(plan, [&](const engine::Simulation& simulation, int device, std::string& why_not) {
      engine::SharedDevice* const shared = find(device, why_not);
      try {
        return shared != nullptr ? shared->make_engine(simulation, threads) : nullptr;
      } catch (const InputError& too_large) {
        why_not = too_large.what();
        return std::unique_ptr<engine::Engine>();
      }
    });
  }

 private:
  struct Entry {
    std::unique_ptr<engine::SharedDevice> device;
    std::string why_not;
  };

  engine::SharedDevice* find(int device, std::string& why_not) {
    const std::lock_guard lock(mutex_);
    const auto [entry, is_new] = devices_.try_emplace(device);
    if (is_new) entry->second.device = share_(device, points_, entry->second.why_not);
    why_not = entry->second.why_not;
    return entry->second.device.get();
  }

  const DeviceSharer& share_;
  const std::size_t points_;
  std::mutex mutex_;
  std::map<int, Entry> devices_;
};

/// Points one after the other or side by side, with the threads that there are.
class Workers {
 public:
  explicit Workers(const PointsRequest& request)
      : request_(request),
        threads_(request.threads != 0 ? request.threads : std::max(1u, std::thread::hardware_concurrency())) {}

  void run() {
    if (request_.queue != nullptr) return run(*request_.queue);
    std::vector<std::size_t> large, small;
    for (const std::size_t point : request_.points) {
      check_stop();
      (is_large(request_.experiment(point), threads_) ? large : small).push_back(point);
    }
    PointQueue queue(small.size());
    queue.add_large(large);
    queue.add_small(small);
    queue.close();
    run(queue);
  }

 private:
  void check_stop() const {
    if (request_.stop != nullptr && request_.stop->load()) throw Stopped("stopped");
  }

  void run(PointQueue& queue) {
    while (const std::optional<std::size_t> point = queue.take_large()) {
      check_stop();
      if (const auto job = plan(*point, threads_, [](const Plan& plan) { return make_engine(plan); })) complete(*job);
    }
    check_stop();
    run_side_by_side(queue);
    if (error_) std::rethrow_exception(error_);
    check_stop();
  }

  void run_side_by_side(PointQueue& queue) {
    // Fewer points than threads: each has several.
    const std::uint64_t workers = std::min<std::uint64_t>(threads_, queue.small_expected());
    const std::size_t on_device = std::clamp<std::size_t>(queue.small_expected(), 1, engine::most_engines_of_device);
    SharedDevices devices(request_.share_device, on_device);
    DeviceThreads device_threads(on_device, [&](std::unique_ptr<Job> job) {
      guarded(queue, [&] {
        if (!ended()) complete(*job);
      });
    });
    const auto work = [&](std::uint64_t own_threads) {
      guarded(queue, [&] {
        while (!ended()) {
          const std::optional<std::size_t> point = queue.take_small();
          if (!point || ended()) break;
          auto job = plan(*point, own_threads, [&](const Plan& plan) { return devices.make_engine(plan); });
          if (job == nullptr) continue;
          if (job->engine->backend() == "cpu")
            complete(*job);
          else
            device_threads.take(std::move(job));
        }
      });
    };
    {
      std::vector<std::jthread> others;
      for (std::uint64_t w = 0; w < workers; ++w)
        others.emplace_back(work, threads_ / workers + (w < threads_ % workers ? 1 : 0));
    }
    device_threads.close();
  }

  /// What a thread of points that stand side by side does: what it throws ends all of them.
  template <class Work>
  void guarded(PointQueue& queue, const Work& work) {
    try {
      work();
    } catch (const Stopped&) {
    } catch (...) {
      const std::lock_guard lock(error_mutex_);
      if (!error_) error_ = std::current_exception();
      failed_ = true;
      queue.clear();  // nobody waits for more
    }
  }

  bool ended() const { return failed_ || (request_.stop != nullptr && request_.stop->load()); }

  /// A part of a point's way. What it throws is what becomes of the point: then false, and `finished` knows.
  template <class Part>
  bool succeeds(Job& job, const Part& part) {
    PointOutcome& outcome = job.outcome;
    try {
      part();
      return true;
    } catch (const Stopped&) {
      throw;
    } catch (const InputError& error) {
      outcome.failure = error.what();
    } catch (const RunError& error) {
      outcome.failure = error.what();
    } catch (const std::bad_alloc&) {
      outcome.failure = "out of memory";
      outcome.incidental = true;
    } catch (const std::exception& error) {
      outcome.failure = error.what();
      outcome.incidental = true;
    }
    job.engine.reset();
    outcome.seconds = {seconds_between(job.begin, Clock::now()), 0, 0};
    request_.finished(outcome);
    return false;
  }

  /// With a plan and an engine; null where that was not possible.
  template <class MakeEngine>
  std::unique_ptr<Job> plan(std::size_t point, std::uint64_t threads, const MakeEngine& make_engine) {
    auto job = std::make_unique<Job>();
    job->outcome.point = point;
    const bool planned = succeeds(*job, [&] {
      Experiment experiment = request_.experiment(point);
      experiment.threads = threads;
      job->plan = make_plan(experiment);
      job->plan.simd = request_.simd;
      job->plan.predictions = request_.predictions.value_or(affordable_predictions(job->plan));
      job->engine = make_engine(job->plan);
      job->outcome.seconds.plan = seconds_between(job->begin, Clock::now());
    });
    return planned ? std::move(job) : nullptr;
  }

  void complete(Job& job) {
    const Clock::time_point begin = Clock::now();
    PointOutcome& outcome = job.outcome;
    if (!succeeds(job, [&] { job.result = simulate(job); })) return;
    outcome.seconds.particles = job.result.execution.wall_seconds;
    outcome.seconds.theory = seconds_between(begin, Clock::now()) - outcome.seconds.particles;
    outcome.plan = &job.plan;
    outcome.result = &job.result;
    request_.finished(outcome);
  }

  Result simulate(Job& job) {
    std::uint64_t reported = 0;
    Control control;
    control.stop = request_.stop;
    if (request_.on_particle_steps)
      control.on_progress = [&](const Progress& progress) {
        request_.on_particle_steps(progress.particle_steps_done - reported);
        reported = progress.particle_steps_done;
      };
    Measurer measurer(job.plan, job.engine->threads());
    MeasurementState state = measurer.beginning();
    measurer.work(*job.engine, state, control);
    Execution execution = describe_execution(job.plan, *job.engine);
    job.engine.reset();  // others may need what it has
    return conclude(job.plan, measurer, state, std::move(execution));
  }

  const PointsRequest& request_;
  std::uint64_t threads_;
  std::mutex error_mutex_;
  std::atomic<bool> failed_ = false;
  std::exception_ptr error_;
};

}  // namespace

PredictionSet affordable_predictions(const Plan& plan) {
  const double work = particle_steps(plan.simulation.particles, plan.simulation.last_step());
  if (work >= particle_steps_for_all) return PredictionSet::all;
  return work >= particle_steps_for_gibbs ? PredictionSet::gibbs : PredictionSet::none;
}

bool is_large(const Experiment& experiment, std::uint64_t threads) {
  return particle_steps(experiment.particles, experiment.steps + experiment.burn_in.value_or(0)) >=
             large_particle_steps &&
         experiment.particles >= large_blocks_per_thread * threads * engine::block_size;
}

void run_points(const PointsRequest& request) {
  const SharedTables shared;  // points mostly differ in other things than their data
  Workers(request).run();
}

}  // namespace isotherm::batch
