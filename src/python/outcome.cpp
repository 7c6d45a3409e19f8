#include "python/outcome.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

#include "batch/run_points.hpp"
#include "cli/commands.hpp"
#include "cli/experiment_file.hpp"
#include "cli/options.hpp"
#include "cli/sweep.hpp"
#include "cli/values.hpp"
#include "experiment/run.hpp"
#include "isotherm/core/error.hpp"
#include "output/files.hpp"
#include "output/histogram_files.hpp"
#include "output/result_json.hpp"
#include "output/result_table.hpp"
#include "python/experiment.hpp"
#include "python/histogram.hpp"
#include "python/values.hpp"
#include "python/watch.hpp"

namespace isotherm::python {
namespace {

namespace py = pybind11;
using Json = nlohmann::ordered_json;

/// As the program has it: a vector extension can be forced.
std::string simd_target() {
  const char* target = std::getenv("ISOTHERM_SIMD");
  return target == nullptr ? "" : target;
}

}  // namespace

std::shared_ptr<const Outcome> make_outcome(const Plan& plan, Result result, bool writes) {
  auto outcome = std::make_shared<Outcome>();
  outcome->tree =
      writes ? cli::write_result(plan, result, true)
             : output::result_json(result, cli::experiment_json(result.experiment), Json::object(), plan.family.get());
  outcome->table = output::result_table(result, {});
  outcome->toml = cli::experiment_toml(result.experiment);
  outcome->result = std::move(result);
  return outcome;
}

py::dict describe(const std::shared_ptr<const Outcome>& outcome) {
  py::list histograms, predictions;
  for (const Histogram* histogram : output::all_histograms(outcome->result.measurement))
    histograms.append(describe(*histogram, outcome));
  for (const theory::Prediction& prediction : outcome->result.predictions)
    predictions.append(describe(prediction, outcome));
  py::dict dict;
  dict["tree"] = to_python(outcome->tree);
  dict["table"] = outcome->table;
  dict["toml"] = outcome->toml;
  dict["histograms"] = histograms;
  dict["predictions"] = predictions;
  return dict;
}

py::dict run(const std::string& file, const py::dict& options, const std::string& caller,
             const py::object& on_progress) {
  const Request request = read_request(file, options, caller);
  Watch watch(on_progress);
  std::shared_ptr<const Outcome> outcome;
  try {
    const py::gil_scoped_release unlocked;
    std::optional<output::OutputFolder> folder;
    std::optional<output::FolderLock> lock;
    if (request.writes) {
      folder.emplace(request.experiment.output, "--output");
      lock.emplace(request.experiment.output, "--output");
    }
    Plan plan = make_plan(request.experiment);
    plan.simd = simd_target();
    Result result = isotherm::run(plan, watch.control());
    outcome = make_outcome(plan, std::move(result), request.writes);
  } catch (const Stopped&) {
    watch.rethrow();
    throw;
  }
  watch.rethrow();
  return describe(outcome);
}

py::dict predict(const std::string& file, const py::dict& options, const std::string& caller) {
  struct Predicted {
    std::vector<theory::Prediction> predictions;
    std::optional<gradient_noise::GradientNoise> noise;
    std::string table;
  };
  const Request request = read_request(file, options, caller);
  const auto predicted = std::make_shared<Predicted>();
  {
    const py::gil_scoped_release unlocked;
    const Plan plan = make_plan(request.experiment, true);
    predicted->predictions = isotherm::predict(plan);
    predicted->noise = measure_gradient_noise(plan);
    predicted->table = output::predictions_table(predicted->predictions, {}, predicted->noise);
  }
  py::list predictions;
  for (const theory::Prediction& prediction : predicted->predictions)
    predictions.append(describe(prediction, predicted));
  const Json noise = output::predictions_json({}, predicted->noise);
  py::dict dict;
  dict["predictions"] = predictions;
  dict["gradient_noise"] = noise.contains("gradient_noise") ? to_python(noise["gradient_noise"]) : py::none();
  dict["table"] = predicted->table;
  return dict;
}

py::list sweep(const py::list& points, const std::string& predictions, const std::string& caller,
               const py::object& on_progress) {
  std::vector<Experiment> experiments;
  for (const py::handle point : points) {
    const auto [file, options] = py::cast<std::pair<std::string, py::dict>>(point);
    const Request request = read_request(file, options, caller);
    if (request.writes) throw InputError(caller + ": writes nothing; leave `output` out, or use isotherm sweep");
    experiments.push_back(request.experiment);
  }
  struct Point {
    std::shared_ptr<const Outcome> outcome;
    std::string failure;
  };
  std::vector<Point> ended(experiments.size());
  std::vector<std::size_t> numbers(experiments.size());
  std::iota(numbers.begin(), numbers.end(), std::size_t{0});
  std::atomic<std::uint64_t> count = 0, steps = 0;
  std::atomic<bool> stop = false;

  batch::PointsRequest request;
  request.points = numbers;
  request.experiment = [&](std::size_t point) { return experiments[point]; };
  if (!experiments.empty()) request.threads = experiments.front().threads;
  try {
    request.predictions = cli::read_predictions(predictions);
  } catch (const cli::ValueError& error) {
    throw InputError(caller + ": predictions = " + predictions + ": " + error.what());
  }
  request.simd = simd_target();
  request.stop = &stop;
  request.finished = [&](const batch::PointOutcome& point) {
    if (point.result != nullptr)
      ended[point.point].outcome = make_outcome(*point.plan, *point.result, false);
    else
      ended[point.point].failure = point.failure;
    ++count;
  };
  request.on_particle_steps = [&](std::uint64_t more) { steps += more; };

  // Signals are handled by the thread that Python knows; the points run on others.
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  std::exception_ptr failure;
  std::optional<py::error_already_set> error;
  {
    const py::gil_scoped_release unlocked;
    std::thread runner([&] {
      try {
        batch::run_points(request);
      } catch (...) {
        failure = std::current_exception();
      }
      const std::lock_guard lock(mutex);
      done = true;
      changed.notify_all();
    });
    const auto look = [&] {
      if (stop) return;
      const py::gil_scoped_acquire lock;
      try {
        if (PyErr_CheckSignals() != 0) throw py::error_already_set();
        if (!on_progress.is_none()) on_progress(count.load(), experiments.size(), steps.load());
      } catch (const py::error_already_set& thrown) {
        error = thrown;
        stop = true;
      }
    };
    std::unique_lock lock(mutex);
    while (!done) {
      constexpr auto between_looks = std::chrono::milliseconds(50);
      changed.wait_for(lock, between_looks, [&] { return done; });
      lock.unlock();
      look();
      lock.lock();
    }
    lock.unlock();
    runner.join();
  }
  if (error) throw py::error_already_set(*error);
  if (failure) std::rethrow_exception(failure);
  py::list list;
  for (const Point& point : ended)
    list.append(point.outcome ? py::object(describe(point.outcome)) : py::object(py::str(point.failure)));
  return list;
}

}  // namespace isotherm::python
