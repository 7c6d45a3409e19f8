#include "bench/speed.hpp"

#include "dynamics/linear_map.hpp"
#include "experiment/plan.hpp"

namespace isotherm::bench {
namespace {

/// The simulation of a rule with its default options.
engine::Simulation simulation_of(const dynamics::Descriptor& rule, Precision precision) {
  Experiment experiment;
  experiment.loss = "double-well";
  experiment.dynamics = rule.name;
  if (rule.uses_eta) experiment.eta = {0.05};
  experiment.precision = precision;
  experiment.burn_in = 0;
  experiment.init = {{"normal", {0, 1}}};
  return make_plan(experiment, true).simulation;
}

std::size_t gradients_of(const dynamics::Descriptor& rule) {
  dynamics::Parameters parameters;
  parameters.eta = 0.05;
  parameters.sigma2 = 1;
  parameters.dt = 0.005;
  parameters.options = dynamics::default_options(rule);
  return dynamics::cost(rule, parameters).gradient_evaluations;
}

}  // namespace

SpeedReport measure_speed(const SpeedRequest& request, const std::function<void(const std::string&)>& on_measured) {
  const auto announce = [&](const std::string& what) {
    if (on_measured) on_measured(what);
  };
  SpeedReport report;
  Costs costs(request.precision, request.effort, request.simd);
  for (const dynamics::Descriptor& rule : dynamics::registry()) {
    announce(rule.name);
    const engine::Simulation simulation = simulation_of(rule, request.precision);
    if (report.dynamics.empty()) {
      const auto engine = engine::make_cpu_engine(simulation, request.threads, request.simd);
      report.device = engine->device();
      report.simd = engine->simd();
      report.threads = engine->threads();
      report.precision = request.precision == Precision::single ? "float" : "double";
    }
    DynamicsSpeed speed;
    speed.name = rule.name;
    speed.numbers = numbers_of(simulation.step);
    speed.gradients = gradients_of(rule);
    speed.state_rows = simulation.state_rows;
    for (const loss::Instruction& instruction : simulation.step.instructions)
      ++speed.operations[loss::name(instruction.code)];
    speed.seconds = seconds_per_particle_step(simulation, 1, request.effort, request.simd);
    speed.seconds_all_threads =
        report.threads == 1 ? speed.seconds
                            : seconds_per_particle_step(simulation, request.threads, request.effort, request.simd);
    speed.explained = costs.explained(simulation);
    report.dynamics.push_back(std::move(speed));
  }
  announce("random numbers");
  report.numbers = {{"normal", costs.number(random::Law::normal)},
                    {"uniform", costs.number(random::Law::uniform)},
                    {"sign", costs.number(random::Law::sign)}};
  report.loop = costs.loop();
  report.copy = costs.copy();
  for (const auto& [operation, seconds] : costs.operations()) report.operations[name_of(operation)] = seconds;
  return report;
}

}  // namespace isotherm::bench
