#include "experiment/observables.hpp"

#include <algorithm>

#include "isotherm/core/error.hpp"

namespace isotherm {

using loss::NodeId;

ObservableNames::ObservableNames(loss::Problem& problem, const dynamics::Descriptor& rule,
                                 const std::vector<double>& mass, bool counts_rows)
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
    always_.emplace_back("kinetic");
  }
  for (const std::string& coordinate : problem.coordinates())
    if (vocabulary_.names.contains(coordinate))
      throw InputError("--coordinates: '" + coordinate + "' is an observable of " + rule.name +
                       "; choose another name for the coordinate");
  vocabulary_.functions["average"] = [this](NodeId e, std::int64_t n) {
    const NodeId sum = remember(Tracked::Kind::boxcar, e, static_cast<std::uint64_t>(n));
    return problem_.graph().mul(problem_.graph().literal(1.0 / static_cast<double>(n)), sum);
  };
  vocabulary_.functions["ema"] = [this](NodeId e, std::int64_t n) {
    return remember(Tracked::Kind::exponential, e, static_cast<std::uint64_t>(n));
  };
  vocabulary_.observers["previous"] = [this](NodeId e) {
    remember(Tracked::Kind::present, e);
    return remember(Tracked::Kind::previous, e);
  };
  if (counts_rows)
    vocabulary_.names["epoch_position"] = remember(Tracked::Kind::epoch_position, problem.graph().literal(0));
  vocabulary_.observers["first_passage"] = [this](NodeId e) { return remember(Tracked::Kind::first_passage, e); };
}

NodeId ObservableNames::remember(Tracked::Kind kind, NodeId expression, std::uint64_t steps) {
  loss::Graph& graph = problem_.graph();
  for (const NodeId id : graph.reachable(std::span(&expression, 1)))
    if (graph.node(id).operation == loss::Operation::state &&
        static_cast<std::size_t>(graph.node(id).index) >= rule_rows_)
      throw InputError("--histogram: an average of an average is not possible; average an expression of the state");
  const Tracked wanted{kind, steps, expression};
  auto found = std::find(tracked_.begin(), tracked_.end(), wanted);
  if (found == tracked_.end()) found = tracked_.insert(tracked_.end(), wanted);
  return graph.state(rule_rows_ + static_cast<std::size_t>(found - tracked_.begin()));
}

std::vector<NodeId> ObservableNames::track() {
  loss::Graph& graph = problem_.graph();
  std::vector<NodeId> next;
  for (std::size_t i = 0; i < tracked_.size(); ++i) {
    const Tracked& tracked = tracked_[i];
    const NodeId row = graph.state(rule_rows_ + i), e = tracked.expression;
    switch (tracked.kind) {
      case Tracked::Kind::boxcar:
        next.push_back(graph.fma(graph.step_scalar(keep_name(tracked.steps)), row, e));
        break;
      case Tracked::Kind::exponential:
        next.push_back(graph.fma(graph.literal(1.0 / static_cast<double>(tracked.steps)), graph.sub(e, row), row));
        break;
      case Tracked::Kind::present:
        next.push_back(e);
        break;
      case Tracked::Kind::previous:
        next.push_back(remember(Tracked::Kind::present, e));
        break;
      case Tracked::Kind::epoch_position:
        next.push_back(graph.step_scalar(epoch_position_name()));
        break;
      case Tracked::Kind::first_passage:
        next.push_back(graph.less_select(graph.literal(0), e,
                                         graph.binary(loss::Operation::min, row, graph.step_scalar("t")), row));
        break;
    }
  }
  return next;
}

std::vector<NodeId> ObservableNames::start(std::span<const NodeId> start) {
  loss::Graph& graph = problem_.graph();
  std::vector<NodeId> rows;
  for (const Tracked& tracked : tracked_) {
    const NodeId e = graph.substitute(tracked.expression, start);
    switch (tracked.kind) {
      case Tracked::Kind::boxcar:
      case Tracked::Kind::exponential:
      case Tracked::Kind::epoch_position:
        rows.push_back(graph.literal(0));
        break;
      case Tracked::Kind::present:
      case Tracked::Kind::previous:
        rows.push_back(e);
        break;
      case Tracked::Kind::first_passage:
        rows.push_back(graph.less_select(graph.literal(0), e, graph.literal(0), graph.literal(1e30)));
        break;
    }
  }
  return rows;
}

}  // namespace isotherm
