#include "loss/examples.hpp"

#include <unordered_map>

#include "isotherm/core/error.hpp"
#include "loss/example_pass.hpp"

namespace isotherm::loss {
namespace {

bool is_mean(const Node& node) {
  return node.operation == Operation::batch_mean || node.operation == Operation::data_mean;
}

}  // namespace

std::vector<NodeId> means_of(const Graph& graph, std::span<const NodeId> roots, Operation kind) {
  std::vector<NodeId> found;
  for (const NodeId id : graph.reachable(roots, Level::particle))
    if (graph.node(id).operation == kind) found.push_back(id);
  return found;
}

Passes lower_passes(Graph& graph, std::span<const NodeId> results, std::size_t first_row, NodeId inverse_batch,
                    std::size_t weight_column) {
  Passes passes;
  passes.first_row = first_row;
  std::unordered_map<NodeId, NodeId> replacement;
  std::size_t row = first_row;
  const auto lower_sums = [&](Operation kind, NodeId weight) {
    std::vector<NodeId> terms;
    for (const NodeId mean : means_of(graph, results, kind)) {
      const NodeId of = graph.operands(mean)[0];
      for (const NodeId part : graph.reachable(std::span(&of, 1), Level::particle))
        if (is_mean(graph.node(part)))
          throw InputError("a mean over examples is taken of something that itself needs a mean over examples");
      const NodeId sum = graph.state(row++);
      terms.push_back(weight < 0 ? graph.add(of, sum) : graph.fma(weight, of, sum));
      replacement[mean] = weight < 0 ? graph.mul(inverse_batch, sum) : sum;
    }
    return terms.empty() ? Program{} : lower(graph, terms);
  };
  const bool weighs = inverse_batch >= 0 && graph.node(inverse_batch).level == Level::example;
  passes.batch = lower_sums(Operation::batch_mean, weighs ? inverse_batch : -1);
  passes.data = lower_sums(Operation::data_mean, graph.column(weight_column));
  std::vector<NodeId> roots(results.begin(), results.end());
  if (!replacement.empty())
    for (NodeId& root : roots) root = graph.replace(root, replacement);
  passes.main = lower(graph, roots);
  return passes;
}

DataMeans::DataMeans(Graph& graph, std::span<const NodeId> nodes, std::span<const double> settings,
                     std::shared_ptr<const Examples> examples)
    : outputs_(nodes.size()) {
  const Program program = lower(graph, nodes);
  pass_ = std::make_shared<const ExamplePass>(program, evaluate_constants(graph, program, settings, {}),
                                              std::move(examples));
}

void DataMeans::operator()(std::span<const double> point, std::span<double> out) const { pass_->means(point, out); }

}  // namespace isotherm::loss
