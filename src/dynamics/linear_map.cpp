#include "dynamics/linear_map.hpp"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>

#include "dynamics/step.hpp"

namespace isotherm::dynamics {
namespace {

struct Scratch {
  loss::Problem problem{{.loss = "h*x^2/2", .set = {{"h", "1"}}, .coordinates = {"x"}}};
  StepRequest request;

  Scratch(const Descriptor& descriptor, const Parameters& parameters, bool noise) {
    loss::Graph& graph = problem.graph();
    const auto constant = [&](const std::string& name, double value) {
      problem.set_value(name, value);
      return graph.setting(name);
    };
    request.eta = {constant("--eta", parameters.eta)};
    request.noise.none = !noise;
    request.noise.sigma = {constant("--sigma", std::sqrt(parameters.sigma2))};
    request.variance = {graph.mul(request.noise.sigma[0], request.noise.sigma[0])};
    request.options = parameters.options;
    for (auto& [name, values] : request.options.numbers)
      if (values.size() > 1) values = {values.at(parameters.coordinate)};
    if (descriptor.uses_dt) request.options.numbers["dt"] = {parameters.dt};
  }
};

}  // namespace

double contraction(const Descriptor& descriptor, const Parameters& parameters, double h) {
  if (descriptor.contraction) return descriptor.contraction(parameters, h);
  Scratch scratch(descriptor, parameters, false);
  // The curvature of the potential has the decay in it, which the step adds itself where it is decoupled.
  // That decay is not preconditioned, and `eta` has the gain in it.
  double share = 0;
  if (parameters.options.flag("decoupled")) {
    const double decay = parameters.options.number("weight-decay") / parameters.gain;
    scratch.request.options.numbers["weight-decay"] = {decay};
    share = decay * (descriptor.decay_share ? descriptor.decay_share(parameters) : 1);
  }
  scratch.problem.set_value("h", h - share);
  const BuiltStep built = build_step(scratch.problem, descriptor, scratch.request, 1);
  const std::size_t n = built.next.size();
  const loss::Program program = loss::lower(scratch.problem.graph(), built.next);
  std::vector<double> step_scalars(scratch.problem.graph().step_scalars().size(), 1.0);
  const std::vector<double> constants =
      loss::evaluate_constants(scratch.problem.graph(), program, scratch.problem.setting_values(), step_scalars);
  loss::Interpreter<double> interpreter(program);
  const std::vector<double> draws(std::max<std::size_t>(interpreter.draws(), 1), 0.0);
  Eigen::MatrixXd map(n, n);
  std::vector<double> state(n), next(n);
  for (std::size_t j = 0; j < n; ++j) {
    std::fill(state.begin(), state.end(), 0.0);
    state[j] = 1;
    interpreter(state, draws, constants, next);
    for (std::size_t i = 0; i < n; ++i) map(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = next[i];
  }
  if (!map.allFinite()) return std::numeric_limits<double>::infinity();
  return map.eigenvalues().cwiseAbs().maxCoeff();
}

Cost cost(const Descriptor& descriptor, const Parameters& parameters) {
  Scratch scratch(descriptor, parameters, descriptor.stochastic);
  const BuiltStep built = build_step(scratch.problem, descriptor, scratch.request, 1);
  return {built.draws_per_step, built.gradient_evaluations, built.next.size()};
}

Options default_options(const Descriptor& descriptor) {
  Options options;
  for (const NumberOption& option : descriptor.numbers)
    if (option.fallback) options.numbers[option.name] = {*option.fallback};
  for (const ChoiceOption& option : descriptor.choices) options.choices[option.name] = option.choices.front();
  return options;
}

}  // namespace isotherm::dynamics
