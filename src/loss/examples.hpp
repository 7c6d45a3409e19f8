#pragma once
// Examples: the rows of data that a loss is a mean over, and passes of a program over them.

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "loss/program.hpp"

namespace isotherm::loss {

/// What the mean over "all data" goes over: the rows of a table, or the points of a quadrature of the law that fresh
/// examples are drawn from.
struct Examples {
  std::vector<std::string> names;  ///< of the columns, as expressions know them
  std::size_t rows = 0;
  std::vector<double> values;   ///< column after column: values[c * rows + r]
  std::vector<double> weights;  ///< of the rows, > 0, sum 1; empty: 1 / rows each
  int threads = 0;              ///< that a pass over all rows may use; 0: one for each CPU
  /// Where a row stands, for errors: "wine.csv, line 7". Empty: nowhere.
  std::function<std::string(std::size_t row)> place = {};
  std::size_t columns() const { return names.size(); }
  double value(std::size_t row, std::size_t column) const { return values[column * rows + row]; }
  double weight(std::size_t row) const { return weights.empty() ? 1 / static_cast<double>(rows) : weights[row]; }
  /// Index of the graph's column that is the weight of a row.
  std::size_t weight_column() const { return names.size(); }
};

/// A list that needs means over examples, in passes. Sums are state rows, from `first_row` on: those of the batch, then
/// those of the data. They are 0 at first; then `batch` is run for each example of the step and `data` for each row of
/// the data, in order; their results are the new values of their sums. `main` reads the sums.
struct Passes {
  Program batch;  ///< reads state, constants, columns of an example
  Program data;   ///< likewise; each term is multiplied with the weight of the row, column number weight_column()
  Program main;
  std::size_t first_row = 0;
  std::size_t batch_sums() const { return batch.results.size(); }
  std::size_t data_sums() const { return data.results.size(); }
  std::size_t sums() const { return batch_sums() + data_sums(); }
};

/// Lowers nodes that may contain batch_mean and data_mean. `inverse_batch` is a node below Level::particle, 1 /
/// (examples of the step), or, where examples of a step have different weights, the column of their weight;
/// `weight_column` as Examples::weight_column(). InputError where a mean is taken of what contains a mean.
Passes lower_passes(Graph& graph, std::span<const NodeId> results, std::size_t first_row, NodeId inverse_batch,
                    std::size_t weight_column);

/// The means over all data (or over the batch) that the roots are made of, ascending.
std::vector<NodeId> means_of(const Graph& graph, std::span<const NodeId> roots, Operation kind);

class ExamplePass;

/// Means over all data of nodes of Level::example, in double, at a point: a fixed order, so the same bits everywhere
/// (example_pass.hpp).
class DataMeans {
 public:
  DataMeans(Graph& graph, std::span<const NodeId> nodes, std::span<const double> settings,
            std::shared_ptr<const Examples> examples);
  std::size_t outputs() const { return outputs_; }
  /// `point`: at least as many state rows as the nodes read.
  void operator()(std::span<const double> point, std::span<double> out) const;

 private:
  std::size_t outputs_;
  std::shared_ptr<const ExamplePass> pass_;
};

}  // namespace isotherm::loss
