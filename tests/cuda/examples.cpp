#include "cuda/examples.hpp"

#include <algorithm>
#include <memory>

#include "dynamics/step.hpp"
#include "loss/catalogue.hpp"
#include "loss/problem.hpp"

namespace isotherm::test {

using engine::DrawLayout;
using loss::NodeId;

engine::Simulation make_simulation(const Example& example) {
  const auto problem = std::make_shared<loss::Problem>(loss::ProblemRequest{example.loss, {}, {}});
  loss::Graph& graph = problem->graph();
  const std::size_t dimension = problem->dimension();
  const auto setting = [&](const std::string& name, double value) {
    problem->set_value(name, value);
    return graph.setting(name);
  };

  engine::Simulation simulation;
  simulation.particles = example.particles;
  simulation.seed = example.seed;
  simulation.dimension = dimension;
  simulation.precision = example.precision;
  simulation.burn_in = example.burn_in;
  simulation.steps = example.steps;
  simulation.thinning = example.thinning;

  const dynamics::Descriptor& rule = dynamics::find(example.dynamics);
  simulation.state_rows = dimension * (1 + rule.rows.size());
  simulation.draws = {DrawLayout::Law::normal, random::Purpose::gradient_noise, rule.draws_per_step, dimension};
  if (!example.noise) simulation.draws.law = DrawLayout::Law::none;

  dynamics::StepRequest request;
  const NodeId eta = example.scheduled ? graph.step_scalar("eta") : setting("eta", example.eta);
  request.eta.assign(dimension, eta);
  request.noise.none = !example.noise;
  if (example.noise) request.noise.sigma.assign(dimension, setting("sigma", example.sigma));
  request.option = [&](const std::string& name) { return setting(name, example.eta / 4); };
  const dynamics::BuiltStep step = dynamics::build_step(*problem, rule, request, simulation.draws.stride());

  simulation.start_draws = {example.start, random::Purpose::initial_position, 1, dimension};
  std::vector<NodeId> start;
  for (std::size_t r = 0; r < simulation.state_rows; ++r) {
    const bool drawn = example.start != DrawLayout::Law::none && r < dimension;
    start.push_back(drawn ? graph.fma(setting("width", 0.75), graph.draw(r), setting("middle", 0.125))
                          : setting("middle", 0.125));
  }

  std::vector<NodeId> observed;
  auto histograms = example.histograms;
  if (histograms.empty()) histograms = {{Axis{problem->coordinates()[0], 64, -2, 2}}};
  for (const std::vector<Axis>& axes : histograms) {
    engine::HistogramPlan plan;
    for (const Axis& axis : axes) {
      plan.name += (plan.name.empty() ? "" : ",") + axis.expression;
      plan.results.push_back(observed.size());
      observed.push_back(problem->parse(axis.expression, "--histogram"));
    }
    plan.axes = axes;
    simulation.histograms.push_back(plan);
  }

  simulation.start = loss::lower(graph, start);
  simulation.step = loss::lower(graph, step.next);
  simulation.observe = loss::lower(graph, observed);
  const std::vector<double> settings = problem->setting_values();
  const auto scalars = [eta = example.eta](std::uint64_t n) {
    return std::vector<double>{eta / (1 + 0.1 * static_cast<double>(n))};
  };
  simulation.start_constants = loss::evaluate_constants(graph, simulation.start, settings, scalars(0));
  simulation.step_constants = loss::evaluate_constants(graph, simulation.step, settings, scalars(0));
  simulation.observe_constants = loss::evaluate_constants(graph, simulation.observe, settings, scalars(0));
  if (example.scheduled) {
    const auto program = std::make_shared<loss::Program>(simulation.step);
    simulation.fill_step_constants = [problem, program, settings, scalars](std::uint64_t n, std::span<double> values) {
      const std::vector<double> all = loss::evaluate_constants(problem->graph(), *program, settings, scalars(n));
      std::copy(all.begin() + static_cast<std::ptrdiff_t>(program->step_constants_begin), all.end(), values.begin());
    };
  }
  return simulation;
}

std::vector<Example> conformance_examples() {
  std::vector<Example> examples;
  for (const loss::CatalogueEntry& entry : loss::catalogue()) {
    for (const dynamics::Descriptor& rule : dynamics::registry()) {
      for (const Precision precision : {Precision::single, Precision::twofold}) {
        Example example;
        example.loss = entry.name;
        example.dynamics = rule.name;
        example.precision = precision;
        example.noise = rule.draws_per_step > 0;
        examples.push_back(example);
      }
    }
  }
  return examples;
}

std::string describe(const Example& example) {
  return example.loss + ", " + example.dynamics + ", " + (example.precision == Precision::single ? "float" : "double");
}

std::vector<std::vector<Axis>> every_kind_of_histogram() {
  return {
      {Axis{"x", 64, -2, 2}},
      {Axis{"x", 16, -1.5, 1.5}, Axis{"y", 24, -1, 2}},
      {Axis{"loss", 50, 0, 3}},
      {Axis{"x+y", 8, -1, 1, true}},
      {Axis{"log(x)", 10, -3, 1}},
      {Axis{"x", 600, -2, 2}, Axis{"y", 600, -2, 2}},
      {Axis{"log(y)", 10, -3, 1}, Axis{"1/x", 12, -3, 1, true}},
  };
}

}  // namespace isotherm::test
