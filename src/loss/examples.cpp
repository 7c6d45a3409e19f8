#include "loss/examples.hpp"

#include <algorithm>
#include <unordered_map>

#include "isotherm/core/error.hpp"

namespace isotherm::loss {
namespace {

/// Rows that are added up before they join the sum: fewer roundings, and still a fixed order.
constexpr std::size_t rows_of_a_sum = 256;

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
  passes.batch = lower_sums(Operation::batch_mean, -1);
  passes.data = lower_sums(Operation::data_mean, graph.column(weight_column));
  std::vector<NodeId> roots(results.begin(), results.end());
  if (!replacement.empty())
    for (NodeId& root : roots) root = graph.replace(root, replacement);
  passes.main = lower(graph, roots);
  return passes;
}

DataMeans::DataMeans(Graph& graph, std::span<const NodeId> nodes, std::span<const double> settings,
                     std::shared_ptr<const Examples> examples)
    : examples_(std::move(examples)),
      body_(lower(graph, nodes)),
      constants_(evaluate_constants(graph, body_.program(), settings, {})) {}

void DataMeans::operator()(std::span<const double> point, std::span<double> out) const {
  const Examples& examples = *examples_;
  std::vector<double> columns(examples.columns() + 1), values(outputs()), part(outputs());
  std::ranges::fill(out, 0.0);
  for (std::size_t first = 0; first < examples.rows; first += rows_of_a_sum) {
    std::ranges::fill(part, 0.0);
    for (std::size_t r = first; r < std::min(first + rows_of_a_sum, examples.rows); ++r) {
      for (std::size_t c = 0; c < examples.columns(); ++c) columns[c] = examples.value(r, c);
      const double weight = columns.back() = examples.weight(r);
      body_(point, {}, constants_, values, columns);
      for (std::size_t i = 0; i < values.size(); ++i) part[i] += weight * values[i];
    }
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += part[i];
  }
}

}  // namespace isotherm::loss
