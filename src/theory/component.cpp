#include "theory/component.hpp"

#include <algorithm>
#include <numeric>

#include "isotherm/core/error.hpp"
#include "loss/derivative.hpp"

namespace isotherm::theory {
namespace {

using loss::Graph;
using loss::Level;
using loss::NodeId;
using loss::Operation;

bool is_constant(const Graph& graph, NodeId id) { return graph.node(id).level < Level::particle; }

// Nodes below and including `root` that depend on the coordinates, each once.
std::vector<NodeId> particle_nodes(const Graph& graph, NodeId root) {
  std::vector<bool> seen(static_cast<std::size_t>(root) + 1);  // operands precede the nodes that use them
  std::vector<NodeId> stack = {root}, found;
  while (!stack.empty()) {
    const NodeId id = stack.back();
    stack.pop_back();
    if (seen[static_cast<std::size_t>(id)] || is_constant(graph, id)) continue;
    seen[static_cast<std::size_t>(id)] = true;
    found.push_back(id);
    for (NodeId operand : graph.node(id).operands)
      if (operand >= 0) stack.push_back(operand);
  }
  return found;
}

// The terms of the sum at the root, each with its sign and constant factors multiplied in.
class TermCollector {
 public:
  explicit TermCollector(Graph& graph) : graph_(graph) {}

  std::vector<NodeId> operator()(NodeId root) {
    struct Pending {
      NodeId node, factor;
    };
    std::vector<Pending> stack = {{root, graph_.literal(1)}};
    std::vector<NodeId> terms;
    while (!stack.empty()) {
      const auto [id, factor] = stack.back();
      stack.pop_back();
      const loss::Node node = graph_.node(id);  // a copy: building nodes moves the graph's storage
      const NodeId a = node.operands[0], b = node.operands[1];
      if (is_constant(graph_, id)) {
        terms.push_back(graph_.mul(factor, id));
      } else if (node.operation == Operation::add) {
        stack.push_back({b, factor});
        stack.push_back({a, factor});
      } else if (node.operation == Operation::sub) {
        stack.push_back({b, graph_.neg(factor)});
        stack.push_back({a, factor});
      } else if (node.operation == Operation::neg) {
        stack.push_back({a, graph_.neg(factor)});
      } else if (node.operation == Operation::fma) {
        stack.push_back({node.operands[2], factor});
        stack.push_back({graph_.mul(a, b), factor});
      } else if (node.operation == Operation::mul && is_constant(graph_, a)) {
        stack.push_back({b, graph_.mul(factor, a)});
      } else if (node.operation == Operation::mul && is_constant(graph_, b)) {
        stack.push_back({a, graph_.mul(factor, b)});
      } else if (node.operation == Operation::div && is_constant(graph_, b)) {
        stack.push_back({a, graph_.div(factor, b)});
      } else {
        terms.push_back(graph_.mul(factor, id));
      }
    }
    return terms;
  }

 private:
  Graph& graph_;
};

class DisjointSets {
 public:
  explicit DisjointSets(std::size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t find(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void unite(std::size_t i, std::size_t j) { parent_[find(i)] = find(j); }

 private:
  std::vector<std::size_t> parent_;
};

// Piecewise linear and piecewise quadratic losses have a constant Hessian, too. What chooses by data alone has no kink.
bool has_branches(const Graph& graph, NodeId root) {
  for (NodeId id : particle_nodes(graph, root)) {
    const loss::Node& node = graph.node(id);
    const bool chooses = node.operation == Operation::abs || node.operation == Operation::min ||
                         node.operation == Operation::max || node.operation == Operation::less_select;
    if (!chooses) continue;
    const bool compares_two = node.operation != Operation::abs;
    if (!coordinates_of(graph, node.operands[0]).empty() ||
        (compares_two && !coordinates_of(graph, node.operands[1]).empty()))
      return true;
  }
  return false;
}

/// Nodes that the sweeps of a Hessian may go through where the loss is a sum over data: a fraction of a second, and of
/// the graph's size limit.
constexpr std::size_t most_swept_nodes = 1 << 17;

void differentiate(loss::Problem& problem, Component& component) {
  Graph& graph = problem.graph();
  const std::size_t dimension = problem.dimension();
  const auto all = loss::gradient(graph, component.value, dimension);
  for (std::size_t c : component.coordinates) component.gradient.push_back(all[c]);
  component.is_sum_over_data = !loss::means_of(graph, {&component.value, 1}, Operation::data_mean).empty();
  if (component.is_sum_over_data) {
    component.has_branches = has_branches(graph, component.value);
    if (component.dimension() * graph.reachable(component.gradient, Level::particle).size() > most_swept_nodes) return;
  }
  try {
    for (NodeId slope : component.gradient) {
      const auto row = loss::gradient(graph, slope, dimension);
      for (std::size_t c : component.coordinates) component.hessian.push_back(row[c]);
    }
  } catch (const InputError&) {  // the graph's size limit
    component.hessian.clear();
  }
  component.quadratic = !component.hessian.empty() && !has_branches(graph, component.value) &&
                        std::all_of(component.hessian.begin(), component.hessian.end(),
                                    [&](NodeId id) { return is_constant(graph, id); });
}

}  // namespace

std::vector<std::size_t> coordinates_of(const Graph& graph, NodeId node) {
  std::vector<std::size_t> rows;
  for (NodeId id : particle_nodes(graph, node))
    if (graph.node(id).operation == Operation::state) rows.push_back(static_cast<std::size_t>(graph.node(id).index));
  std::sort(rows.begin(), rows.end());
  return rows;
}

Separation separate(loss::Problem& problem) {
  Graph& graph = problem.graph();
  const std::size_t dimension = problem.dimension();
  const std::vector<NodeId> terms = TermCollector(graph)(problem.value());
  std::vector<std::vector<std::size_t>> rows;
  DisjointSets sets(dimension);
  std::vector<bool> used(dimension);
  for (NodeId term : terms) {
    rows.push_back(coordinates_of(graph, term));
    for (std::size_t row : rows.back()) {
      used[row] = true;
      sets.unite(row, rows.back().front());
    }
  }

  Separation separation;
  std::vector<std::size_t> component_of(dimension, dimension);  // by representative
  for (std::size_t c = 0; c < dimension; ++c) {
    if (!used[c]) {
      separation.flat.push_back(c);
      continue;
    }
    std::size_t& component = component_of[sets.find(c)];
    if (component == dimension) {
      component = separation.components.size();
      separation.components.emplace_back();
    }
    separation.components[component].coordinates.push_back(c);
  }
  if (separation.components.empty()) return separation;
  if (separation.components.size() == 1) {
    separation.components[0].value = problem.value();
  } else {
    for (std::size_t t = 0; t < terms.size(); ++t) {
      Component& component = separation.components[rows[t].empty() ? 0 : component_of[sets.find(rows[t].front())]];
      component.value = component.value < 0 ? terms[t] : graph.add(component.value, terms[t]);
    }
  }
  for (Component& component : separation.components) differentiate(problem, component);
  return separation;
}

ComponentFunction::ComponentFunction(loss::Problem& problem, std::span<const std::size_t> coordinates,
                                     std::span<const NodeId> nodes)
    : function_(problem, nodes), coordinates_(coordinates.begin(), coordinates.end()), point_(problem.dimension()) {}

void ComponentFunction::operator()(std::span<const double> local, std::span<double> out) const {
  for (std::size_t i = 0; i < coordinates_.size(); ++i) point_[coordinates_[i]] = local[i];
  function_(point_, out);
}

}  // namespace isotherm::theory
