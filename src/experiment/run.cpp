#include "experiment/run.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <memory>
#include <numbers>

#include "experiment/diagnostics.hpp"
#include "isotherm/core/error.hpp"
#include "theory/fokker_planck.hpp"
#include "theory/normal_bins.hpp"
#include "verdict/judge.hpp"

namespace isotherm {
namespace {

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
    const bool from_examples = plan.chain.examples.has_value();
    theory::Prediction prediction =
        !plan.chain.not_applicable.empty() ? refused(predictor.name, plan.chain.not_applicable)
        : from_examples && !predictor.takes_examples
            ? refused(predictor.name, "the noise comes from examples")
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

std::unique_ptr<engine::Engine> make_engine(const Plan& plan) { return make_engine(plan, engine::make_cuda_engine); }

std::unique_ptr<engine::Engine> make_engine(const Plan& plan, const CudaEngineMaker& make_cuda_engine) {
  const Experiment& experiment = plan.experiment;
  if (experiment.backend != Backend::cpu) {
    std::string why_not;
    if (auto engine = make_cuda_engine(plan.simulation, experiment.device, why_not)) return engine;
    if (experiment.backend == Backend::cuda) throw InputError("--backend cuda: " + why_not + "; use --backend cpu");
  }
  return engine::make_cpu_engine(plan.simulation, static_cast<int>(experiment.threads), plan.simd);
}

Execution describe_execution(const Plan& plan, const engine::Engine& engine) {
  Execution execution;
  execution.version = ISOTHERM_VERSION;
  execution.backend = engine.backend();
  execution.device = engine.device();
  execution.simd = engine.simd();
  execution.threads = engine.threads();
  execution.precision = plan.simulation.precision == Precision::single ? "float" : "double";
  return execution;
}

Result conclude(const Plan& plan, const Measurer& measurer, const MeasurementState& state, Execution execution) {
  Result result;
  result.measurement = measurer.finish(state);
  result.execution = std::move(execution);
  result.execution.wall_seconds = state.seconds;
  result.execution.particle_steps = state.particle_steps;
  // Before any prediction: meshes that those refine would move the last digits, and an estimate is the same with any.
  const verdict::AlphaEstimates alpha =
      verdict::estimate_alpha(result.measurement.last(), plan.family.get(), plan.scales);
  if (plan.predictions != PredictionSet::none)
    result.predictions = {gibbs(plan), fitted_gibbs(plan, alpha.maximum_likelihood)};
  if (plan.predictions == PredictionSet::all) {
    add_registered(plan, result.predictions);
    add_transients(plan, result.measurement, result.predictions);
  }
  result.verdict =
      verdict::judge(result.measurement, result.predictions, alpha, plan.scales,
                     diagnose(plan, measurer.watch(), state.watch, result.measurement.last(), result.predictions));
  if (plan.predictions == PredictionSet::all) result.gradient_noise = measure_gradient_noise(plan, &result.measurement);
  result.experiment = plan.experiment;
  result.scales = plan.scales;
  result.warnings = plan.warnings;
  return result;
}

Result run(Plan& plan, engine::Engine& engine, const Control& control) {
  Measurer measurer(plan, engine.threads());
  MeasurementState state = measurer.beginning();
  measurer.work(engine, state, control);
  return conclude(plan, measurer, state, describe_execution(plan, engine));
}

Measurement measure(const Plan& plan, engine::Engine& engine, const Control& control) {
  Measurer measurer(plan, engine.threads());
  MeasurementState state = measurer.beginning();
  measurer.work(engine, state, control);
  return measurer.finish(state);
}

Result run(Plan& plan, const Control& control) {
  const std::unique_ptr<engine::Engine> engine = make_engine(plan);
  return run(plan, *engine, control);
}

Result run(const Experiment& experiment, const Control& control) {
  Plan plan = make_plan(experiment);
  return run(plan, control);
}

std::vector<theory::Prediction> predict(const Plan& plan) {
  std::vector<theory::Prediction> predictions = {gibbs(plan)};
  add_registered(plan, predictions);
  return predictions;
}

std::vector<theory::Prediction> predict(const Experiment& experiment) { return predict(make_plan(experiment, true)); }

}  // namespace isotherm
