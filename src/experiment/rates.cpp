#include "experiment/rates.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "experiment/matrix.hpp"
#include "experiment/words.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm {
namespace {

using loss::NodeId;

void read_eta(const loss::Problem& problem, Experiment& experiment, const dynamics::Descriptor& rule, RatePlan& plan) {
  std::vector<double>& eta = experiment.eta;
  const std::size_t dimension = problem.dimension();
  if (!rule.uses_eta) {
    if (!eta.empty() || !experiment.schedule.empty())
      throw InputError((eta.empty() ? "--schedule: " : "--eta: ") + rule.name +
                       " sets its own learning rate; drop it, or use --dynamics sgd");
    plan.schedule = schedule::parse("constant", 1.0);
    plan.eta.assign(dimension, 1.0);
    return;
  }
  const std::string spec = experiment.schedule.empty() ? "constant" : experiment.schedule;
  const schedule::Kind& kind = schedule::find(spec);
  if (!kind.scales_eta && !eta.empty())
    throw InputError("--eta: --schedule " + spec + " gives the learning rate itself; drop one of them");
  if (kind.scales_eta && eta.empty()) eta = {0.1};
  if (kind.scales_eta && eta.size() != 1 && eta.size() != dimension)
    throw InputError("--eta: " + counted(eta.size(), "value") + " for " + counted(dimension, "coordinate") +
                     "; give one, or one for each coordinate");
  for (const double value : eta)
    if (!(value > 0) || !std::isfinite(value))
      throw InputError("--eta: must be greater than 0, for example --eta 0.05");
  plan.schedule = schedule::parse(spec, kind.scales_eta ? eta.front() : 0.0);
  if (!plan.schedule.is_constant() && eta.size() > 1)
    throw InputError("--eta: a schedule has one learning rate for all coordinates; give one value");
  const std::uint64_t last = experiment.burn_in.value_or(0) + experiment.steps;
  const std::uint64_t settled =
      plan.schedule.constant_after == schedule::never ? last : plan.schedule.constant_after + 1;
  const double final = plan.schedule.rate(std::max<std::uint64_t>(settled, 1));
  plan.eta = kind.scales_eta && plan.schedule.is_constant() ? eta : std::vector<double>{final};
  while (plan.eta.size() < dimension) plan.eta.push_back(plan.eta.front());
}

void read_preconditioner(loss::Problem& problem, const Experiment& experiment, RatePlan& plan) {
  if (experiment.preconditioner.empty()) return;
  const std::size_t dimension = problem.dimension();
  if (plan.uneven())
    throw InputError("--preconditioner: --eta has one value for each coordinate already; give it one value");
  std::string text = experiment.preconditioner;
  const std::vector<std::string> diagonal = split_outside_parentheses(text, ',');
  if (text.find(';') == std::string::npos && dimension > 1 && diagonal.size() == dimension) {
    text.clear();
    for (std::size_t i = 0; i < dimension; ++i)
      for (std::size_t j = 0; j < dimension; ++j)
        text += (i == j ? diagonal[i] : "0") + std::string(j + 1 < dimension ? "," : i + 1 < dimension ? ";" : "");
  }
  plan.preconditioner_matrix = parse_matrix(text, dimension, "--preconditioner");
  if (Eigen::LLT<Eigen::MatrixXd>(plan.preconditioner_matrix).info() != Eigen::Success)
    throw InputError("--preconditioner: the matrix is not positive definite, and steps would go uphill");
  for (std::size_t i = 0; i < dimension; ++i) {
    for (std::size_t j = 0; j < dimension; ++j) {
      const double entry = plan.preconditioner_matrix(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
      const std::string name = "--preconditioner[" + std::to_string(i) + "," + std::to_string(j) + "]";
      if (entry != 0) problem.set_value(name, entry);
      plan.preconditioner.push_back(entry == 0 ? problem.graph().literal(0) : problem.graph().setting(name));
    }
  }
}

}  // namespace

bool RatePlan::uneven() const {
  return std::any_of(eta.begin(), eta.end(), [this](double value) { return value != eta.front(); });
}

RatePlan plan_rates(loss::Problem& problem, Experiment& experiment, const dynamics::Descriptor& rule) {
  RatePlan plan;
  read_eta(problem, experiment, rule, plan);
  loss::Graph& graph = problem.graph();
  for (std::size_t c = 0; c < plan.eta.size(); ++c) {
    // Equal rates are one setting, so that x - eta g has the same operand in every coordinate.
    const std::string name = experiment.eta.size() > 1 ? "--eta[" + std::to_string(c) + "]" : "--eta";
    problem.set_value(name, plan.eta[c]);
    plan.last.push_back(graph.setting(name));
    plan.nodes.push_back(plan.schedule.is_constant() ? plan.last.back() : graph.step_scalar("eta"));
  }
  if (rule.uses_dt) {
    const double first = plan.schedule.rate(1);
    if (!experiment.dt) experiment.dt = rule.stochastic ? first / 10 : first;
    if (!(*experiment.dt > 0) || !std::isfinite(*experiment.dt))
      throw InputError("--dt: must be greater than 0, for example --dt 0.01");
    plan.dt = *experiment.dt;
  } else if (experiment.dt) {
    throw InputError("--dt: " + rule.name + " steps by --eta; drop --dt, or use --dynamics langevin");
  }
  read_preconditioner(problem, experiment, plan);
  if (!experiment.gradient_weights.empty()) {
    const std::vector<double>& weights = experiment.gradient_weights;
    plan.weight_sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    plan.weight_square_sum = std::inner_product(weights.begin(), weights.end(), weights.begin(), 0.0);
    if (!(plan.weight_sum > 0) || !std::isfinite(plan.weight_square_sum))
      throw InputError("--gradient-weights: the weights must have a sum above 0, for example 0.5,0.3,0.2");
    constexpr std::size_t most_weights = 1024;
    if (weights.size() > most_weights)
      throw InputError("--gradient-weights: " + std::to_string(weights.size()) + " weights; at most " +
                       std::to_string(most_weights));
  }
  return plan;
}

}  // namespace isotherm
