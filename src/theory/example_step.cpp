#include "theory/example_step.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "loss/derivative.hpp"
#include "loss/example_moments.hpp"

namespace isotherm::theory {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using loss::NodeId;

/// By which all rates are multiplied.
constexpr const char* rate_factor = "factor of the learning rate";

std::vector<double> constants_of(loss::Problem& problem, const loss::Program& program) {
  // As of the first step where it changes.
  const std::vector<double> scalars(problem.graph().step_scalars().size(), 1.0);
  return loss::evaluate_constants(problem.graph(), program, problem.setting_values(), scalars);
}

std::span<const double> as_span(const VectorXd& v) { return {v.data(), static_cast<std::size_t>(v.size())}; }

}  // namespace

ExampleStep::ExampleStep(loss::Problem& problem, const dynamics::Descriptor& rule, dynamics::StepRequest request)
    : problem_(&problem),
      examples_(problem.examples()),
      dimension_(problem.dimension()),
      step_(loss::Program{}),
      values_(loss::Program{}),
      slopes_(loss::Program{}) {
  loss::Graph& graph = problem.graph();
  request.noise.law = {};
  problem.set_value(rate_factor, 1);
  if (rule.uses_dt)
    dt_ = request.options.numbers.at("dt");
  else
    for (NodeId& eta : request.eta) eta = graph.mul(graph.setting(rate_factor), eta);
  const dynamics::BuiltStep built = dynamics::build_step(problem, rule, request, dimension_);
  rows_ = built.next.size();
  draws_ = built.draws_per_step * dimension_;

  std::vector<NodeId> functions;
  std::unordered_map<NodeId, NodeId> replacement;
  for (const NodeId mean : loss::means_of(graph, built.next, loss::Operation::batch_mean)) {
    replacement[mean] = graph.state(rows_ + functions.size());
    functions.push_back(graph.operands(mean)[0]);
  }
  means_ = functions.size();
  std::vector<NodeId> next = built.next;
  for (NodeId& node : next) node = graph.replace(node, replacement);
  loss::Program program = loss::lower(graph, next);
  changes_ = program.step_constants_begin < program.constants.size();
  step_constants_ = constants_of(problem, program);
  step_ = loss::Interpreter<double>(std::move(program));
  program = loss::lower(graph, functions);
  value_constants_ = constants_of(problem, program);
  values_ = loss::Interpreter<double>(std::move(program));

  std::set<Index> rows;
  for (const NodeId id : graph.reachable(functions, loss::Level::particle))
    if (graph.node(id).operation == loss::Operation::state) rows.insert(graph.node(id).index);
  active_.assign(rows.begin(), rows.end());
  if (!has_slopes()) return;
  std::vector<std::vector<NodeId>> derivatives;
  for (const NodeId function : functions) derivatives.push_back(loss::gradient(graph, function, rows_));
  std::vector<NodeId> slopes;
  for (const Index row : active_)
    for (const std::vector<NodeId>& derivative : derivatives)
      slopes.push_back(derivative[static_cast<std::size_t>(row)]);
  for (const NodeId id : graph.reachable(slopes, loss::Level::particle)) {
    if (graph.node(id).operation == loss::Operation::state) affine_ = false;
    if (graph.node(id).operation == loss::Operation::column)
      slope_columns_.insert(static_cast<std::size_t>(graph.node(id).index));
  }
  program = loss::lower(graph, slopes);
  slope_constants_ = constants_of(problem, program);
  slopes_ = loss::Interpreter<double>(std::move(program));
}

double ExampleStep::value_work() const {
  return static_cast<double>(examples_->rows) * static_cast<double>(values_.program().instructions.size() + means_);
}
double ExampleStep::slope_work() const {
  return static_cast<double>(examples_->rows) *
         static_cast<double>(slopes_.program().instructions.size() + means_ * active_.size());
}

void ExampleStep::operator()(std::span<const double> state, std::span<const double> means, std::span<const double> xi,
                             std::span<double> next) const {
  std::vector<double> all(state.begin(), state.end());
  all.insert(all.end(), means.begin(), means.end());
  step_(all, xi, step_constants_, next);
}

ExampleStep::Population ExampleStep::over_examples(loss::Interpreter<double>& body,
                                                   const std::vector<double>& constants, const VectorXd& state,
                                                   bool covariance) const {
  const loss::ExamplePass pass(body.program(), constants, examples_);
  const auto size = static_cast<Index>(pass.outputs());
  Population population{VectorXd(size), MatrixXd()};
  pass.means(as_span(state), {population.mean.data(), pass.outputs()});
  if (!covariance) return population;
  const loss::ExampleMoments moments = loss::example_moments(pass, as_span(state), as_span(population.mean));
  // What is left of the mean is rounding; where examples do not differ at all, that is all there is.
  const Eigen::Map<const VectorXd> left(moments.first.data(), size);
  population.covariance = Eigen::Map<const MatrixXd>(moments.products.data(), size, size) - left * left.transpose();
  return population;
}

ExampleStep::Population ExampleStep::values(const VectorXd& state) const {
  return over_examples(values_, value_constants_, state, true);
}
ExampleStep::Population ExampleStep::slopes(const VectorXd& state) const {
  return over_examples(slopes_, slope_constants_, state, true);
}
VectorXd ExampleStep::mean_value(const VectorXd& state) const {
  return over_examples(values_, value_constants_, state, false).mean;
}

MatrixXd ExampleStep::mean_slope(const VectorXd& state) const {
  const VectorXd mean = over_examples(slopes_, slope_constants_, state, false).mean;
  const auto k = static_cast<Index>(means_);
  MatrixXd slope = MatrixXd::Zero(k, static_cast<Index>(rows_));
  for (std::size_t a = 0; a < active_.size(); ++a) slope.col(active_[a]) = mean.segment(k * static_cast<Index>(a), k);
  return slope;
}

void ExampleStep::scale(double factor) {
  problem_->set_value(rate_factor, factor);
  const auto set_dt = [&](double by) {
    for (std::size_t c = 0; c < dt_.size(); ++c)
      problem_->set_value(dt_.size() > 1 ? "--dt[" + std::to_string(c) + "]" : "--dt", dt_[c] * by);
  };
  set_dt(factor);
  step_constants_ = constants_of(*problem_, step_.program());
  value_constants_ = constants_of(*problem_, values_.program());
  slope_constants_ = constants_of(*problem_, slopes_.program());
  set_dt(1);
  problem_->set_value(rate_factor, 1);
}

}  // namespace isotherm::theory
