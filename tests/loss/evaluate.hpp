#pragma once
// Three ways to a number: the graph node by node with the host's functions, the lowered list in double, and in float.

#include <span>
#include <vector>

#include "loss/problem.hpp"

namespace isotherm::loss {

/// The nodes as they stand, without lowering: state rows take `point`, draws are not allowed.
inline std::vector<double> evaluate_directly(Problem& problem, std::span<const NodeId> nodes,
                                             std::span<const double> point) {
  Graph& graph = problem.graph();
  std::vector<NodeId> replacement;
  for (std::size_t c = 0; c < point.size(); ++c) {
    const std::string name = "point " + std::to_string(c);
    replacement.push_back(graph.setting(name));
    problem.set_value(name, point[c]);
  }
  std::vector<NodeId> moved;
  for (const NodeId node : nodes) moved.push_back(graph.substitute(node, replacement));
  return graph.evaluate(moved, problem.setting_values(), {});
}

template <class real>
std::vector<real> evaluate_lowered(Problem& problem, std::span<const NodeId> nodes, std::span<const real> point) {
  Interpreter<real> interpreter(lower(problem.graph(), nodes));
  const std::vector<double> exact =
      evaluate_constants(problem.graph(), interpreter.program(), problem.setting_values(), {});
  const std::vector<real> constants(exact.begin(), exact.end());
  std::vector<real> results(nodes.size());
  interpreter(point, {}, constants, results);
  return results;
}

inline Problem make_problem(const std::string& loss, std::map<std::string, std::string> set = {},
                            std::vector<std::string> coordinates = {}) {
  return Problem({.loss = loss, .set = std::move(set), .coordinates = std::move(coordinates)});
}

}  // namespace isotherm::loss
