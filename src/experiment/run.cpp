#include "experiment/run.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <numbers>

#include "engine/pairs.hpp"
#include "engine/snapshot.hpp"
#include "experiment/diagnostics.hpp"
#include "isotherm/core/error.hpp"
#include "theory/fokker_planck.hpp"
#include "theory/normal_bins.hpp"
#include "verdict/judge.hpp"

namespace isotherm {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// The segment that takes about a tenth of a second at the speed seen so far.
class SegmentLength {
 public:
  explicit SegmentLength(std::size_t dimension) : steps_(std::max<std::uint64_t>(1, 64 / (1 + dimension / 16))) {}
  std::uint64_t next() const { return steps_; }
  void took(std::uint64_t steps, double seconds) {
    constexpr double target = 0.1;
    const double ideal = static_cast<double>(steps) * target / std::max(seconds, 1e-6);
    steps_ = static_cast<std::uint64_t>(std::clamp(ideal, 1.0, std::min(1e7, 4.0 * static_cast<double>(steps_))));
  }

 private:
  std::uint64_t steps_;
};

/// The step at which the first particle of this block left the finite numbers: the block is run again, since it can be.
std::optional<std::uint64_t> find_first_nonfinite_step(const Plan& plan, std::uint64_t block) {
  engine::Simulation simulation = plan.simulation;
  simulation.histograms.clear();
  const std::unique_ptr<engine::Engine> engine = engine::make_cpu_engine(simulation, 1);
  std::vector<double> row(engine::block_size);
  const auto broken = [&] {
    for (std::size_t c = 0; c < simulation.dimension; ++c) {
      engine->read_row(c, row);
      const std::uint64_t present =
          std::min<std::uint64_t>(engine::block_size, simulation.particles - block * engine::block_size);
      for (std::uint64_t i = 0; i < present; ++i)
        if (!std::isfinite(row[i])) return true;
    }
    return false;
  };
  const std::uint64_t last = simulation.last_step();
  const auto stride = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(last))) + 1;
  engine->start({block, block + 1});
  if (broken()) return 0;
  for (std::uint64_t step = 0; step < last;) {
    const std::uint64_t next = std::min(step + stride, last);
    engine->advance(step, next);
    if (broken()) {
      engine->start({block, block + 1});
      engine->advance(0, step);
      while (true) {
        engine->advance(step, step + 1);
        ++step;
        if (broken()) return step;
      }
    }
    step = next;
  }
  return std::nullopt;
}

class Runner {
 public:
  Runner(const Plan& plan, engine::Engine& engine, const Control& control)
      : plan_(plan),
        control_(control),
        simulation_(plan.simulation),
        engine_(engine),
        begin_(Clock::now()),
        watch_(plan, engine.threads()),
        segment_(plan.simulation.dimension) {
    std::map<std::uint64_t, std::string> steps;
    for (const std::uint64_t step : plan.experiment.snapshots) steps[step] = "@" + std::to_string(step);
    steps[simulation_.last_step()] = "@last";
    const std::string simd = plan.simd.empty() ? engine::simd_targets().front() : plan.simd;
    for (const auto& [step, suffix] : steps)
      collectors_.push_back({step, std::make_unique<engine::SnapshotCollector>(plan.snapshot, step, plan.time(step),
                                                                               suffix, engine_.threads(), simd)});
    constexpr std::size_t most_paired = 8;
    if (simulation_.dimension >= 2 && simulation_.dimension <= most_paired)
      pairs_.emplace(simulation_.dimension, simulation_.particles, engine_.threads());
    progress_.particle_steps_total = simulation_.particles * simulation_.last_step();
  }

  Measurement measure() {
    const std::uint64_t chunk = plan_.chunk != 0 ? plan_.chunk : engine_.preferred_chunk();
    const std::uint64_t blocks_per_chunk = chunk / engine::block_size;
    for (std::uint64_t first = 0, last = 0; first < simulation_.blocks(); first = last) {
      last = std::min(first + blocks_per_chunk, simulation_.blocks());
      if (first < EndWatch::end_of_watch) last = std::min(last, EndWatch::end_of_watch);
      run_chunk({first, last});
    }

    Measurement measurement;
    measurement.particles = simulation_.particles;
    measurement.burn_in = simulation_.burn_in;
    measurement.steps = simulation_.steps;
    measurement.thinning = simulation_.thinning;
    measurement.samples = simulation_.samples();
    measurement.histograms = engine::make_histograms(simulation_);
    engine_.collect(measurement.histograms);
    for (const auto& [step, collector] : collectors_) measurement.snapshots.push_back(collector->finish());
    if (pairs_) measurement.pairs = pairs_->finish();
    check_totals(measurement);
    if (const auto block = collectors_.back().collector->first_nonfinite_block())
      measurement.first_nonfinite_step = find_first_nonfinite_step(plan_, *block);
    if (measurement.last().nonfinite == measurement.particles)
      throw RunError("every particle is non-finite; those of the first block began to leave at step " +
                     std::to_string(measurement.first_nonfinite_step.value_or(0)) +
                     ": the dynamics diverges on this loss; use a smaller --" +
                     (plan_.dynamics->uses_dt ? "dt" : "eta"));
    drop_duplicate_snapshot(measurement);
    return measurement;
  }

  const EndWatch& watch() const { return watch_; }

  Execution execution() const {
    Execution execution;
    execution.version = ISOTHERM_VERSION;
    execution.backend = engine_.backend();
    execution.device = engine_.device();
    execution.simd = engine_.simd();
    execution.threads = engine_.threads();
    execution.precision = simulation_.precision == Precision::single ? "float" : "double";
    execution.wall_seconds = seconds_since(begin_);
    execution.particle_steps = progress_.particle_steps_done;
    return execution;
  }

 private:
  struct Collector {
    std::uint64_t step;
    std::unique_ptr<engine::SnapshotCollector> collector;
  };

  void run_chunk(engine::BlockRange blocks) {
    const std::uint64_t particles =
        std::min(blocks.last * engine::block_size, simulation_.particles) - blocks.first * engine::block_size;
    engine_.start(blocks);
    std::uint64_t step = 0;
    const auto advance_to = [&](std::uint64_t target) {
      while (step < target) {
        const std::uint64_t next = std::min(step + segment_.next(), target);
        const Clock::time_point start = Clock::now();
        engine_.advance(step, next);
        segment_.took(next - step, seconds_since(start));
        progress_.particle_steps_done += particles * (next - step);
        step = next;
        report();
      }
    };
    bool first_sample_to_come = watch_.watches(blocks);
    for (Collector& collector : collectors_) {
      if (first_sample_to_come && watch_.first_step() <= collector.step) {
        advance_to(watch_.first_step());
        watch_.add_first(engine_, blocks);
        first_sample_to_come = false;
      }
      const bool paired = pairs_ && collector.step == simulation_.last_step();
      if (paired) {
        advance_to(collector.step - 1);
        pairs_->before(engine_, blocks);
      }
      advance_to(collector.step);
      if (paired) pairs_->after(engine_, blocks);
      collector.collector->add(engine_, blocks);
    }
    if (watch_.watches(blocks)) watch_.add_last(engine_, blocks);
  }

  void report() {
    if (control_.stop != nullptr && control_.stop->load()) throw Stopped("stopped");
    if (!control_.on_progress) return;
    progress_.seconds = seconds_since(begin_);
    control_.on_progress(progress_);
  }

  /// Nothing is lost: every histogram holds particles x samples entries, whatever became of the particles.
  void check_totals(const Measurement& measurement) const {
    const auto check = [](const Histogram& histogram, std::uint64_t expected) {
      if (histogram.entries() != expected)
        throw RunError("histogram '" + histogram.name + "' holds " + std::to_string(histogram.entries()) +
                       " entries instead of " + std::to_string(expected) +
                       ": this is a defect of isotherm, please report it");
    };
    for (const Histogram& histogram : measurement.histograms)
      check(histogram, measurement.particles * measurement.samples);
    for (const Snapshot& snapshot : measurement.snapshots)
      for (const Histogram& histogram : snapshot.histograms) check(histogram, measurement.particles);
  }

  /// With one sample the time-averaged histogram is the last snapshot: it keeps its name and can be tested as one.
  static void drop_duplicate_snapshot(Measurement& measurement) {
    if (measurement.samples != 1) return;
    measurement.snapshots.back().histograms.clear();
    for (Histogram& histogram : measurement.histograms) {
      histogram.single_snapshot = true;
      histogram.step = measurement.burn_in + measurement.steps;
    }
  }

  const Plan& plan_;
  const Control& control_;
  const engine::Simulation& simulation_;
  engine::Engine& engine_;
  Clock::time_point begin_;
  std::vector<Collector> collectors_;
  EndWatch watch_;
  std::optional<engine::PairCollector> pairs_;
  SegmentLength segment_;
  Progress progress_;
};

theory::Prediction refused(const std::string& name, const std::string& reason) {
  theory::Prediction prediction;
  prediction.name = name;
  prediction.not_applicable = reason;
  return prediction;
}

using AxisSets = std::vector<std::vector<Axis>>;

/// A prediction made for those of the run's axes that `knows` accepts; the bins of the others are `otherwise`.
theory::Prediction on_axes(const Plan& plan, const std::function<bool(const std::vector<Axis>&)>& knows,
                           const std::function<theory::Prediction(const AxisSets&)>& predict,
                           const std::function<theory::BinProbabilities(const std::vector<Axis>&)>& otherwise) {
  const AxisSets all = plan.axes();
  AxisSets known;
  std::copy_if(all.begin(), all.end(), std::back_inserter(known), knows);
  theory::Prediction prediction = predict(known);
  if (!prediction.not_applicable.empty()) return prediction;
  std::vector<theory::BinProbabilities> bins;
  auto next = prediction.bins.begin();
  for (const std::vector<Axis>& axes : all) bins.push_back(knows(axes) ? std::move(*next++) : otherwise(axes));
  prediction.bins = std::move(bins);
  return prediction;
}

theory::BinProbabilities unknown(const std::vector<Axis>& axes) {
  return {axes, {}, "there is no prediction for this observable"};
}

/// Of axes that show velocities: each of them is normal, and independent of positions and of each other.
theory::BinProbabilities with_velocities(const Plan& plan, double temperature, const std::vector<Axis>& axes) {
  theory::BinProbabilities product{axes, {1.0}, ""};
  for (const Axis& axis : axes) {
    theory::BinProbabilities one = unknown({axis});
    if (const std::optional<double> mass = plan.velocity_mass_of({axis}))
      one = theory::normal_bins({axis}, std::sqrt(temperature / *mass));
    else if (!plan.reads_own_rows({axis}))
      one = plan.family->predict(temperature, AxisSets{{axis}}).bins.front();
    if (!one.not_applicable.empty()) return {axes, {}, one.not_applicable};
    std::vector<double> joint;
    for (const double p : product.probabilities)
      for (const double q : one.probabilities) joint.push_back(p * q);
    product.probabilities = std::move(joint);
  }
  if (axes.size() == 2 && axes[0] == axes[1]) return unknown(axes);
  return product;
}

/// Gibbs on the run's axes: exp(-L/T) for positions, and a normal law of variance T / mass for velocities.
theory::Prediction gibbs_at(const Plan& plan, double temperature, const std::string& name) {
  theory::Prediction prediction = on_axes(
      plan, [&](const std::vector<Axis>& axes) { return !plan.reads_own_rows(axes); },
      [&](const AxisSets& axes) { return plan.family->predict(temperature, axes); },
      [&](const std::vector<Axis>& axes) { return with_velocities(plan, temperature, axes); });
  prediction.name = name;
  return prediction;
}

theory::Prediction gibbs(const Plan& plan) {
  if (!plan.gibbs_not_applicable.empty()) return refused("gibbs", plan.gibbs_not_applicable);
  return gibbs_at(plan, plan.gibbs_temperature(), "gibbs");
}

/// The predictions of the discrete chain, of functions of the positions and of the rule's own rows.
void add_registered(const Plan& plan, std::vector<theory::Prediction>& predictions) {
  const auto knows = [&](const std::vector<Axis>& axes) {
    return std::all_of(axes.begin(), axes.end(), [&](const Axis& axis) {
      return !plan.own_observables.contains(axis.expression) || plan.row_names.contains(axis.expression);
    });
  };
  for (const theory::Predictor& predictor : theory::predictors()) {
    theory::Prediction prediction =
        plan.chain.map == nullptr
            ? refused(predictor.name, plan.chain.not_applicable)
            : on_axes(
                  plan, knows, [&](const AxisSets& axes) { return predictor.predict(plan.chain, axes); }, unknown);
    prediction.name = predictor.name;
    predictions.push_back(std::move(prediction));
  }
}

/// P(position < x) at step 0, in one dimension.
double start_distribution(const InitialRequest& start, double x) {
  const std::vector<double>& p = start.parameters;
  if (start.law == "point") return x > p[0] ? 1 : 0;
  if (start.law == "uniform") return std::clamp((x - p[0]) / (p[1] - p[0]), 0.0, 1.0);
  if (p.size() == 4 && x <= p[2]) return 0;
  if (p.size() == 4 && x > p[3]) return 1;
  return p[1] > 0 ? std::erfc((p[0] - x) / (p[1] * std::numbers::sqrt2)) / 2 : x > p[0] ? 1 : 0;
}

/// Where the start has all but 1e-16 of its particles.
theory::Interval start_support(const InitialRequest& start) {
  const std::vector<double>& p = start.parameters;
  if (start.law == "point") return {p[0], p[0]};
  if (start.law == "uniform") return {p[0], p[1]};
  if (p.size() == 4) return {p[2], p[3]};
  return {p[0] - 8.5 * p[1], p[0] + 8.5 * p[1]};
}

/// The density of the equation of small steps at every snapshot before the last, where the coordinate is shown.
void add_transients(const Plan& plan, const Measurement& measurement, std::vector<theory::Prediction>& predictions) {
  const auto equation = std::find_if(predictions.begin(), predictions.end(),
                                     [](const auto& prediction) { return prediction.name == "fokker-planck"; });
  if (equation == predictions.end() || !equation->not_applicable.empty() || plan.problem->dimension() != 1) return;
  std::vector<Axis> axes;
  for (const std::vector<Axis>& set : plan.axes())
    if (set.size() == 1 && set.front().expression == plan.problem->coordinates()[0] && !set.front().periodic)
      axes.push_back(set.front());
  const dynamics::Parameters parameters{plan.scales.eta, 0, plan.experiment.dt.value_or(0), plan.options, 0};
  const double time_per_step = plan.dynamics->overdamped_step(parameters);
  std::vector<std::uint64_t> steps;
  std::vector<double> times;
  for (const Snapshot& snapshot : measurement.snapshots) {
    if (snapshot.step == 0 || &snapshot == &measurement.last()) continue;
    steps.push_back(snapshot.step);
    times.push_back(static_cast<double>(snapshot.step) * time_per_step);
  }
  if (axes.empty() || times.empty()) return;
  const InitialRequest& start = plan.experiment.init.front();
  const theory::Interval from = start_support(start);
  const auto [lower, upper] = plan.family->coordinate_range(plan.scales.temperature, 0, 1e-16);
  const loss::Function loss(*plan.problem, plan.problem->value());
  const auto snapshots = theory::diffuse([&](double x) { return loss(x); }, plan.scales.temperature,
                                         {std::min(lower, from.lower), std::max(upper, from.upper)},
                                         [&](double x) { return start_distribution(start, x); }, times, axes);
  for (std::size_t i = 0; i < steps.size(); ++i)
    for (std::size_t a = 0; a < axes.size(); ++a)
      equation->transients[steps[i]].push_back({{axes[a]}, snapshots[i].bins[a], ""});
}

/// Gibbs at the temperature that the last snapshot's mean loss has.
theory::Prediction fitted_gibbs(const Plan& plan, const std::optional<verdict::Estimate>& alpha) {
  if (!plan.gibbs_not_applicable.empty()) return refused("gibbs-fitted", plan.gibbs_not_applicable);
  if (!alpha) return refused("gibbs-fitted", "no temperature gives the measured mean loss");
  return gibbs_at(plan, alpha->value * plan.scales.alpha_unit, "gibbs-fitted");
}

}  // namespace

std::unique_ptr<engine::Engine> make_engine(const Plan& plan) {
  const Experiment& experiment = plan.experiment;
  if (experiment.backend != Backend::cpu) {
    std::string why_not;
    if (auto engine = engine::make_cuda_engine(plan.simulation, experiment.device, why_not)) return engine;
    if (experiment.backend == Backend::cuda) throw InputError("--backend cuda: " + why_not + "; use --backend cpu");
  }
  return engine::make_cpu_engine(plan.simulation, static_cast<int>(experiment.threads), plan.simd);
}

Result run(Plan& plan, engine::Engine& engine, const Control& control) {
  Runner runner(plan, engine, control);
  Result result;
  result.measurement = runner.measure();
  result.execution = runner.execution();  // what comes now is theory: no particle moves
  // Before any prediction: meshes that those refine would move the last digits, and an estimate is the same with any.
  const verdict::AlphaEstimates alpha =
      verdict::estimate_alpha(result.measurement.last(), plan.family.get(), plan.scales);
  if (plan.predictions != PredictionSet::none)
    result.predictions = {gibbs(plan), fitted_gibbs(plan, alpha.maximum_likelihood)};
  if (plan.predictions == PredictionSet::all) {
    add_registered(plan, result.predictions);
    add_transients(plan, result.measurement, result.predictions);
  }
  result.verdict = verdict::judge(result.measurement, result.predictions, alpha, plan.scales,
                                  diagnose(plan, runner.watch(), result.measurement.last(), result.predictions));
  result.experiment = plan.experiment;
  result.scales = plan.scales;
  result.warnings = plan.warnings;
  return result;
}

Measurement measure(const Plan& plan, engine::Engine& engine, const Control& control) {
  return Runner(plan, engine, control).measure();
}

Result run(Plan& plan, const Control& control) {
  const std::unique_ptr<engine::Engine> engine = make_engine(plan);
  return run(plan, *engine, control);
}

Result run(const Experiment& experiment, const Control& control) {
  Plan plan = make_plan(experiment);
  return run(plan, control);
}

std::vector<theory::Prediction> predict(const Experiment& experiment) {
  const Plan plan = make_plan(experiment, true);
  std::vector<theory::Prediction> predictions = {gibbs(plan)};
  add_registered(plan, predictions);
  return predictions;
}

}  // namespace isotherm
