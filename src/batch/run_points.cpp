#include "batch/run_points.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <thread>

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
      run_point(*point, threads_);
    }
    check_stop();
    run_side_by_side(queue);
    if (error_) std::rethrow_exception(error_);
    check_stop();
  }

  void run_side_by_side(PointQueue& queue) {
    // Fewer points than threads: each has several.
    const std::uint64_t workers = std::min<std::uint64_t>(threads_, queue.small_expected());
    const auto work = [&](std::uint64_t own_threads) {
      try {
        while (!ended()) {
          const std::optional<std::size_t> point = queue.take_small();
          if (!point || ended()) break;
          run_point(*point, own_threads);
        }
      } catch (const Stopped&) {
      } catch (...) {
        const std::lock_guard lock(error_mutex_);
        if (!error_) error_ = std::current_exception();
        failed_ = true;
        queue.clear();  // nobody waits for more
      }
    };
    std::vector<std::jthread> others;
    for (std::uint64_t w = 0; w < workers; ++w)
      others.emplace_back(work, threads_ / workers + (w < threads_ % workers ? 1 : 0));
  }

  bool ended() const { return failed_ || (request_.stop != nullptr && request_.stop->load()); }

  void run_point(std::size_t point, std::uint64_t threads) {
    PointOutcome outcome;
    outcome.point = point;
    const Clock::time_point begin = Clock::now();
    Plan plan;
    Result result;
    try {
      Experiment experiment = request_.experiment(point);
      experiment.threads = threads;
      plan = make_plan(experiment);
      plan.simd = request_.simd;
      plan.predictions = request_.predictions.value_or(affordable_predictions(plan));
      const Clock::time_point planned = Clock::now();
      outcome.seconds.plan = seconds_between(begin, planned);
      result = simulate(plan);
      outcome.seconds.particles = result.execution.wall_seconds;
      outcome.seconds.theory = seconds_between(planned, Clock::now()) - outcome.seconds.particles;
      outcome.plan = &plan;
      outcome.result = &result;
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
    if (outcome.result == nullptr) outcome.seconds.plan = seconds_between(begin, Clock::now());
    request_.finished(outcome);
  }

  Result simulate(Plan& plan) {
    std::uint64_t reported = 0;
    Control control;
    control.stop = request_.stop;
    if (request_.on_particle_steps)
      control.on_progress = [&](const Progress& progress) {
        request_.on_particle_steps(progress.particle_steps_done - reported);
        reported = progress.particle_steps_done;
      };
    // A device serves one point at a time: its memory, and its rate, are those of one.
    std::unique_lock lock(device_mutex_, std::defer_lock);
    if (plan.experiment.backend != Backend::cpu && !without_device_) lock.lock();
    std::unique_ptr<engine::Engine> engine;
    if (without_device_ && plan.experiment.backend == Backend::automatic)
      engine = engine::make_cpu_engine(plan.simulation, static_cast<int>(plan.experiment.threads), plan.simd);
    else
      engine = make_engine(plan);
    if (engine->backend() == "cpu") {
      without_device_ = true;
      if (lock.owns_lock()) lock.unlock();
    }
    return isotherm::run(plan, *engine, control);
  }

  const PointsRequest& request_;
  std::uint64_t threads_;
  std::mutex device_mutex_, error_mutex_;
  std::atomic<bool> without_device_ = false, failed_ = false;
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
