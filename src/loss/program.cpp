#include "loss/program.hpp"

#include <algorithm>
#include <unordered_map>

namespace isotherm::loss {

std::vector<double> evaluate_constants(const Graph& graph, const Program& program, std::span<const double> settings,
                                       std::span<const double> step_scalars) {
  return graph.evaluate(program.constants, settings, step_scalars);
}

StepConstants::StepConstants(const Graph& graph, const Program& program, std::span<const double> settings) {
  const std::span<const NodeId> wanted = std::span(program.constants).subspan(program.step_constants_begin);
  std::unordered_map<NodeId, std::int32_t> place;
  std::vector<NodeId> changing;
  for (const NodeId id : graph.reachable(wanted)) {
    if (graph.node(id).level == Level::step) {
      changing.push_back(id);
      continue;
    }
    place[id] = static_cast<std::int32_t>(values_.size());
    values_.push_back(graph.evaluate(id, settings, {}));
  }
  for (const NodeId id : changing) {
    const Node& node = graph.node(id);
    Entry entry{node.operation, node.index, {}};
    const std::span<const NodeId> operands = graph.operands(id);
    std::transform(operands.begin(), operands.end(), entry.operands.begin(), [&](NodeId o) { return place.at(o); });
    place[id] = static_cast<std::int32_t>(values_.size() + entries_.size());
    entries_.push_back(entry);
  }
  for (const NodeId id : wanted) results_.push_back(place.at(id));
}

void StepConstants::operator()(std::span<const double> step_scalars, std::span<double> out) const {
  std::vector<double> values = values_;
  values.reserve(values_.size() + entries_.size());
  for (const Entry& entry : entries_) {
    const auto operand = [&](std::size_t k) { return values[static_cast<std::size_t>(entry.operands[k])]; };
    values.push_back(entry.operation == Operation::step_scalar
                         ? step_scalars[static_cast<std::size_t>(entry.scalar)]
                         : apply(entry.operation, operand(0), operand(1), operand(2), operand(3)));
  }
  for (std::size_t i = 0; i < results_.size(); ++i) out[i] = values[static_cast<std::size_t>(results_[i])];
}

}  // namespace isotherm::loss
