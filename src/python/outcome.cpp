#include "python/outcome.hpp"

#include <pybind11/stl.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <numeric>
#include <optional>
#include <span>

#include "batch/run_points.hpp"
#include "cli/experiment_file.hpp"
#include "cli/options.hpp"
#include "cli/run_session.hpp"
#include "cli/sweep.hpp"
#include "cli/values.hpp"
#include "experiment/run.hpp"
#include "experiment/tracks.hpp"
#include "isotherm/core/error.hpp"
#include "output/histogram_files.hpp"
#include "output/result_json.hpp"
#include "output/result_table.hpp"
#include "python/experiment.hpp"
#include "python/histogram.hpp"
#include "python/values.hpp"
#include "python/watch.hpp"
#include "ranks/ranks.hpp"

namespace isotherm::python {
namespace {

namespace py = pybind11;
using Json = nlohmann::ordered_json;

/// How far a run is, handed from the thread that works to the one that Python knows.
class LatestProgress {
 public:
  explicit LatestProgress(py::object function) : function_(std::move(function)) {}

  void put(const Progress& progress) {
    const std::lock_guard lock(mutex_);
    latest_ = progress;
  }
  /// With the interpreter's lock.
  void tell() {
    if (function_.is_none()) return;
    std::optional<Progress> latest;
    {
      const std::lock_guard lock(mutex_);
      latest_.swap(latest);
    }
    if (latest)
      function_(latest->particle_steps_done, latest->particle_steps_total, latest->seconds,
                latest->particle_steps_before, latest->alpha, latest->alpha_standard_error, latest->r_hat);
  }

 private:
  py::object function_;
  std::mutex mutex_;
  std::optional<Progress> latest_;
};

std::shared_ptr<Outcome> with_texts(const Plan& plan, Result result, Json tree) {
  auto outcome = std::make_shared<Outcome>();
  outcome->tree = std::move(tree);
  outcome->table = output::result_table(result, {});
  outcome->toml = cli::experiment_toml(result.experiment);
  outcome->coordinates = plan.problem->coordinates();
  if (result.experiment.track) {
    const engine::Simulation& simulation = plan.simulation;
    outcome->tracks.emplace();
    for (std::uint64_t k = simulation.samples(); k-- > 0;)
      outcome->tracks->steps.push_back(simulation.last_step() - k * simulation.thinning);
  }
  outcome->result = std::move(result);
  return outcome;
}

/// Room for positions, of which there may be more than memory.
std::unique_ptr<Positions> room(const char* option, const Plan& plan, std::vector<std::uint64_t> shape,
                                const std::string& caller) {
  try {
    return std::make_unique<Positions>(plan.simulation.precision, std::move(shape));
  } catch (const std::exception&) {  // bad_alloc, length_error
    throw RunError(caller + ": " + option +
                   ": there is not so much memory; name a folder with output, and they are written to a file there");
  }
}

/// A run without a folder: what the program would write of particles stays in memory.
std::shared_ptr<Outcome> run_in_memory(Plan& plan, Control control, const std::string& caller) {
  const engine::Simulation& simulation = plan.simulation;
  std::unique_ptr<Positions> tracks, positions;
  if (const std::optional<std::uint64_t> tracked = plan.experiment.track) {
    if (*tracked > simulation.particles)
      throw InputError(caller + ": track = " + std::to_string(*tracked) + ": there are " +
                       std::to_string(simulation.particles) + " particles; track at most as many");
    tracks = room("track", plan, {simulation.samples(), *tracked, simulation.dimension}, caller);
    std::uint64_t place = 0;
    track(plan, *tracked, control, [&](std::uint64_t, std::span<const double> at) {
      tracks->put(place, at);
      place += at.size();
    });
  }
  if (plan.experiment.keep_positions) {
    positions = room("keep_positions", plan, {simulation.particles, simulation.dimension}, caller);
    control.positions = positions.get();
  }
  Result result = isotherm::run(plan, control);
  Json tree = output::result_json(result, cli::experiment_json(result.experiment), Json::object(), plan.family.get());
  std::shared_ptr<Outcome> outcome = with_texts(plan, std::move(result), std::move(tree));
  outcome->positions = std::move(positions);
  if (tracks) outcome->tracks->positions = std::move(tracks);
  return outcome;
}

/// Python's runs are not divided among processes: of several that a launcher started, each does its own.
std::shared_ptr<Outcome> run_in_folder(Plan& plan, std::optional<output::FoundCheckpoints> from, const Control& control,
                                       const std::string& option) {
  std::vector<std::string> troubles;
  if (from) troubles = from->warnings;
  const cli::Caller caller{[&] { return control; }, [&](const std::string& text) { troubles.push_back(text); }};
  const std::unique_ptr<Ranks> alone = one_rank();
  std::optional<cli::FinishedRun> run = cli::RunSession(plan, *alone).run(std::move(from), option, caller);
  std::shared_ptr<Outcome> outcome = with_texts(plan, std::move(run->result), std::move(run->json));
  outcome->troubles = std::move(troubles);
  return outcome;
}

/// The outcome of what `work` does with a Control.
py::dict watched(const std::function<std::shared_ptr<Outcome>(const Control&)>& work, const std::string& folder,
                 const py::object& on_progress) {
  LatestProgress progress(on_progress);
  Watch watch([&] { progress.tell(); });
  std::shared_ptr<const Outcome> outcome;
  std::string note;
  watch.during(
      [&] {
        try {
          outcome = work({&watch.stop(), [&](const Progress& latest) { progress.put(latest); }});
        } catch (const cli::StoppedInFolder& stopped) {
          note = stopped.what();
          if (stopped.can_go_on) note += "; isotherm.resume(\"" + folder + "\") goes on";
          throw;
        }
      },
      [&] { return note; });
  return describe(outcome);
}

}  // namespace

std::shared_ptr<const Outcome> make_outcome(const Plan& plan, Result result) {
  Json tree = output::result_json(result, cli::experiment_json(result.experiment), Json::object(), plan.family.get());
  return with_texts(plan, std::move(result), std::move(tree));
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
  dict["troubles"] = outcome->troubles;
  dict["positions"] = outcome->positions ? py::cast(outcome->positions->array(outcome)) : py::none();
  dict["tracks"] = py::none();
  if (outcome->tracks) {
    const Tracks& tracks = *outcome->tracks;
    py::dict described;
    described["steps"] = Array(outcome, std::span(tracks.steps), {tracks.steps.size()});
    described["coordinates"] = outcome->coordinates;
    described["positions"] = tracks.positions ? py::cast(tracks.positions->array(outcome)) : py::none();
    dict["tracks"] = described;
  }
  return dict;
}

py::dict run(const std::string& file, const py::dict& options, const std::string& caller,
             const py::object& on_progress) {
  const Request request = read_request(file, options, caller);
  const Experiment& experiment = request.experiment;
  return watched(
      [&](const Control& control) {
        Plan plan = cli::plan_here(experiment);
        if (const std::string reason = cli::impossible_expectation(plan); !reason.empty())
          throw InputError(caller + ": expect = " + experiment.expect + ": " + reason);
        return request.writes ? run_in_folder(plan, std::nullopt, control, "output")
                              : run_in_memory(plan, control, caller);
      },
      experiment.output, on_progress);
}

py::dict resume(const std::string& folder, const py::dict& options, const std::string& caller,
                const py::object& on_progress) {
  const std::function<void(Experiment&)> adjust = read_adjustments(options, caller);
  return watched(
      [&](const Control& control) {
        if (cli::is_finished(folder))
          throw InputError(caller + ": " + folder + ": this run has finished; its result is " + folder +
                           "/result.json");
        cli::UnfinishedRun left = cli::find_unfinished(folder, adjust);
        return run_in_folder(left.plan, std::move(left.checkpoints), control, "isotherm resume");
      },
      folder, on_progress);
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
    if (request.experiment.keep_positions || request.experiment.track)
      throw InputError(caller +
                       ": is many runs, and keeps no positions; give keep_positions and track to isotherm.run()");
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
  Watch watch([&] {
    if (!on_progress.is_none()) on_progress(count.load(), experiments.size(), steps.load());
  });

  batch::PointsRequest request;
  request.points = numbers;
  request.experiment = [&](std::size_t point) { return experiments[point]; };
  if (!experiments.empty()) request.threads = experiments.front().threads;
  try {
    request.predictions = cli::read_predictions(predictions);
  } catch (const cli::ValueError& error) {
    throw InputError(caller + ": predictions = " + predictions + ": " + error.what());
  }
  if (const char* target = std::getenv("ISOTHERM_SIMD")) request.simd = target;
  request.stop = &watch.stop();
  request.finished = [&](const batch::PointOutcome& point) {
    if (point.result != nullptr)
      ended[point.point].outcome = make_outcome(*point.plan, *point.result);
    else
      ended[point.point].failure = point.failure;
    ++count;
  };
  request.on_particle_steps = [&](std::uint64_t more) { steps += more; };

  watch.during([&] { batch::run_points(request); });
  py::list list;
  for (const Point& point : ended)
    list.append(point.outcome ? py::object(describe(point.outcome)) : py::object(py::str(point.failure)));
  return list;
}

}  // namespace isotherm::python
