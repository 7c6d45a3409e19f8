#include "cuda/examples.hpp"

#include <string_view>

#include "dynamics/dynamics.hpp"
#include "experiment/plan.hpp"
#include "loss/catalogue.hpp"
#include "noise/noise.hpp"
#include "schedule/schedule.hpp"

namespace isotherm::test {
namespace {

/// Options of Descriptor::choices and Descriptor::flags.
void choose(Experiment& experiment, const std::string& option, const std::string& choice) {
  if (option == "parameterization") experiment.parameterization = choice;
  if (option == "scheme") experiment.scheme = choice;
}
void set_flag(Experiment& experiment, const std::string& flag) {
  if (flag == "no-bias-correction") experiment.no_bias_correction = true;
  if (flag == "literal") experiment.literal = true;
}

Example changed(Example example, const std::string& variant, std::function<void(Experiment&)> change) {
  example.variant += (example.variant.empty() ? "" : ", ") + variant;
  example.change = [first = example.change, change = std::move(change)](Experiment& experiment) {
    if (first) first(experiment);
    change(experiment);
  };
  return example;
}

std::vector<Example> in_both_precisions(const std::vector<Example>& examples) {
  std::vector<Example> both;
  for (Example example : examples) {
    for (const Precision precision : {Precision::single, Precision::twofold}) {
      example.precision = precision;
      both.push_back(example);
    }
  }
  return both;
}

}  // namespace

engine::Simulation make_simulation(const Example& example) {
  Experiment experiment;
  experiment.loss = example.loss;
  experiment.set = example.set;
  experiment.dynamics = example.dynamics;
  experiment.precision = example.precision;
  experiment.schedule = example.schedule;
  experiment.init = {example.start};
  experiment.particles = example.particles;
  experiment.seed = example.seed;
  experiment.burn_in = example.burn_in;
  experiment.steps = example.steps;
  experiment.thinning = example.thinning;
  const dynamics::Descriptor& rule = dynamics::find(example.dynamics);
  if (rule.uses_eta && (example.schedule.empty() || schedule::find(example.schedule).scales_eta))
    experiment.eta = {example.eta};
  if (rule.uses_dt) experiment.dt = example.eta / 4;
  if (rule.stochastic) {
    experiment.noise = example.noise;
    if (example.noise != "none") experiment.sigma = std::to_string(example.sigma);
  }
  std::vector<std::vector<Axis>> histograms = example.histograms;
  if (histograms.empty()) {
    const loss::Problem problem({example.loss, example.set, {}});
    histograms = {{Axis{problem.coordinates()[0], 64, -2, 2}}};
  }
  for (const std::vector<Axis>& axes : histograms) {
    HistogramRequest request;
    for (const Axis& axis : axes)
      request.push_back({axis.expression, axis.bins, axis.lower, axis.upper, axis.periodic});
    experiment.histogram.push_back(request);
  }
  if (example.change) example.change(experiment);
  return make_plan(experiment, true).simulation;
}

std::vector<Example> every_loss(const Example& base) {
  std::vector<Example> examples;
  for (const loss::CatalogueEntry& entry : loss::catalogue()) {
    examples.push_back(base);
    examples.back().loss = entry.name;
  }
  return in_both_precisions(examples);
}

std::vector<Example> every_dynamics(const Example& base) {
  std::vector<Example> examples;
  for (const dynamics::Descriptor& rule : dynamics::registry()) {
    Example plain = base;
    plain.dynamics = rule.name;
    examples.push_back(plain);
    for (const dynamics::ChoiceOption& option : rule.choices)
      for (std::size_t i = 1; i < option.choices.size(); ++i)
        examples.push_back(
            changed(plain, option.choices[i],
                    [name = option.name, value = option.choices[i]](Experiment& e) { choose(e, name, value); }));
    for (const std::string& flag : rule.flags)
      examples.push_back(changed(plain, flag, [flag](Experiment& e) { set_flag(e, flag); }));
    if (rule.decouples)
      examples.push_back(changed(plain, "decoupled", [](Experiment& e) {
        e.weight_decay = 0.25;
        e.decoupled = true;
      }));
  }
  return in_both_precisions(examples);
}

std::vector<Example> every_pair(const Example& base) {
  std::vector<Example> examples;
  for (const loss::CatalogueEntry& entry : loss::catalogue())
    for (const dynamics::Descriptor& rule : dynamics::registry()) {
      examples.push_back(base);
      examples.back().loss = entry.name;
      examples.back().dynamics = rule.name;
    }
  return examples;
}

std::vector<Example> every_law(const Example& base) {
  std::vector<Example> examples;
  for (const noise::Law& law : noise::registry()) {
    Example one = base;
    one.noise = law.example;
    examples.push_back(one);
    if (law.raw != random::Law::none)
      examples.push_back(changed(one, "batch of 3", [](Experiment& e) { e.batch_size = 3; }));
  }
  return in_both_precisions(examples);
}

std::vector<Example> every_schedule(const Example& base) {
  std::vector<Example> examples;
  for (const schedule::Kind& kind : schedule::registry()) {
    examples.push_back(base);
    examples.back().schedule = kind.example;
  }
  return in_both_precisions(examples);
}

Example with_averages(const Example& base) {
  Example example = base;
  const std::string x = loss::Problem({base.loss, base.set, {}}).coordinates()[0];
  example.thinning = 9;
  example.burn_in = 9;
  example.histograms = {{Axis{"average(" + x + ", 9)", 40, -2, 2}},
                        {Axis{"ema(" + x + "^2, 4)", 30, 0, 3}, Axis{"average(" + x + ", 2)", 20, -2, 2}}};
  return example;
}

std::string describe(const Example& example) {
  std::string text = example.loss;
  for (const auto& [name, value] : example.set) text += " " + name + "=" + value;
  text += ", " + example.dynamics;
  for (const std::string& part : {example.variant, example.noise == "gaussian" ? "" : example.noise, example.schedule})
    if (!part.empty()) text += ", " + part;
  return text + (example.precision == Precision::single ? ", float" : ", double");
}

std::vector<std::vector<Axis>> every_kind_of_histogram() {
  return {
      {Axis{"x", 64, -2, 2}},
      {Axis{"x", 16, -1.5, 1.5}, Axis{"y", 24, -1, 2}},
      {Axis{"loss", 50, 0, 3}},
      {Axis{"x+y", 8, -1, 1, true}},
      {Axis{"log(x)", 10, -3, 1}},
      {Axis{"x+0*y", 600, -2, 2}, Axis{"y", 600, -2, 2}},
      {Axis{"log(y)", 10, -3, 1}, Axis{"1/x", 12, -3, 1, true}},
  };
}

}  // namespace isotherm::test
