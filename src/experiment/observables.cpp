#include "experiment/observables.hpp"

#include <algorithm>

#include "isotherm/core/error.hpp"

namespace isotherm {

using loss::NodeId;

ObservableNames::ObservableNames(loss::Problem& problem, const dynamics::Descriptor& rule,
                                 const std::vector<double>& mass)
    : problem_(problem), rule_rows_(rule.state_rows(problem.dimension())), kinetic_(problem.graph().literal(0)) {
  loss::Graph& graph = problem.graph();
  const std::size_t dimension = problem.dimension();
  for (std::size_t q = 1; q <= rule.rows.size(); ++q) {
    const dynamics::Row& row = rule.rows[q - 1];
    for (std::size_t c = 0; c < (row.shared ? 1 : dimension); ++c) {
      const std::string name = row.shared ? row.name : row.name + "." + problem.coordinates()[c];
      vocabulary_.names[name] = graph.state(rule.row_of(q, c, dimension));
      if (q == 1 && !mass.empty()) velocities_.push_back(name);
      if (row.shared || (q == 1 && !mass.empty())) always_.push_back(name);
    }
  }
  if (!mass.empty()) {
    std::vector<NodeId> terms;
    for (std::size_t c = 0; c < dimension; ++c) {
      const std::string name = "kinetic mass[" + std::to_string(c) + "]";
      problem.set_value(name, mass[c]);
      const NodeId v = graph.state(rule.row_of(1, c, dimension));
      terms.push_back(graph.mul(graph.mul(graph.literal(0.5), graph.setting(name)), graph.mul(v, v)));
    }
    kinetic_ = graph.sum(terms);
    vocabulary_.names["kinetic"] = kinetic_;
    always_.push_back("kinetic");
  }
  for (const std::string& coordinate : problem.coordinates())
    if (vocabulary_.names.contains(coordinate))
      throw InputError("--coordinates: '" + coordinate + "' is an observable of " + rule.name +
                       "; choose another name for the coordinate");
  vocabulary_.functions["average"] = [this](NodeId e, std::int64_t n) { return average(false, e, n); };
  vocabulary_.functions["ema"] = [this](NodeId e, std::int64_t n) { return average(true, e, n); };
}

NodeId ObservableNames::average(bool exponential, NodeId expression, std::int64_t steps) {
  loss::Graph& graph = problem_.graph();
  for (const NodeId id : graph.reachable(std::span(&expression, 1)))
    if (graph.node(id).operation == loss::Operation::state &&
        static_cast<std::size_t>(graph.node(id).index) >= rule_rows_)
      throw InputError("--histogram: an average of an average is not possible; average an expression of the state");
  const TrackedAverage wanted{exponential, static_cast<std::uint64_t>(steps), expression};
  auto found = std::find(averages_.begin(), averages_.end(), wanted);
  if (found == averages_.end()) found = averages_.insert(averages_.end(), wanted);
  const NodeId row = graph.state(rule_rows_ + static_cast<std::size_t>(found - averages_.begin()));
  return exponential ? row : graph.mul(graph.literal(1.0 / static_cast<double>(steps)), row);
}

std::vector<NodeId> ObservableNames::track() {
  loss::Graph& graph = problem_.graph();
  std::vector<NodeId> next;
  for (std::size_t i = 0; i < averages_.size(); ++i) {
    const TrackedAverage& average = averages_[i];
    const NodeId row = graph.state(rule_rows_ + i);
    if (average.exponential)
      next.push_back(
          graph.fma(graph.literal(1.0 / static_cast<double>(average.steps)), graph.sub(average.expression, row), row));
    else
      next.push_back(graph.fma(graph.step_scalar(keep_name(average.steps)), row, average.expression));
  }
  return next;
}

}  // namespace isotherm
