#pragma once
// --data, --standardize, --sampling, --random: the examples that the loss is a mean over.

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/simulation.hpp"
#include "isotherm/experiment/experiment.hpp"
#include "loss/examples.hpp"
#include "loss/problem.hpp"
#include "noise/example_law.hpp"

namespace isotherm {

struct ExamplePlan {
  /// What means over "all data" go over. Null: there are no examples. The columns of the file come first, then the
  /// names of the laws, with the points of a quadrature that is exact for polynomials of a degree that the number of
  /// names leaves; of both, each row with each point. Where rows are drawn without replacement and have fresh numbers
  /// beside them, the names of the laws come twice, for two examples of the same row.
  std::shared_ptr<const loss::Examples> examples;
  std::shared_ptr<const loss::Examples> table;  ///< the rows that are drawn; null: an example is its fresh numbers
  std::vector<noise::ExampleLaw> laws;          ///< of the numbers that are drawn fresh for each example
  engine::Sampling sampling = engine::Sampling::with_replacement;
  std::uint64_t batch_size = 1;
  std::string target;                 ///< of a model, resolved
  std::vector<std::string> features;  ///< likewise
  bool present() const { return examples != nullptr; }
  /// What the covariance of one example's gradient is multiplied with to give that of the mean over a batch, if the
  /// batch is drawn anew for each step: 1/B, or (N - B) / (B (N - 1)) without replacement. Of reshuffled batches it is
  /// that of a single step, and steps are correlated. Fresh numbers beside rows without replacement: this is the factor
  /// of the covariance between rows, and that within a row has 1/B.
  double variance_factor() const;
  bool is_fresh() const { return !laws.empty(); }
  /// Columns of the file; the first name of a law is the next.
  std::size_t table_columns() const { return table ? table->columns() : 0; }
  /// The covariance of a batch is no multiple of that of one example; examples.names has the names of laws twice.
  bool has_variance_within_rows() const {
    return table && is_fresh() && sampling != engine::Sampling::with_replacement;
  }
  /// Why second moments of the chain do not exist whatever its rate: a column that the curvature depends on (index as
  /// in `examples`) has no fourth moment. "" where they may.
  std::string infinite_moments(const std::set<std::size_t>& curved) const;
};

/// Numbers that are drawn fresh for each example, and the names of the laws as nodes of them.
struct FreshColumns {
  std::vector<engine::FreshDraws> draws;
  std::vector<loss::NodeId> columns;
};
FreshColumns build_fresh_columns(loss::Problem& problem, const ExamplePlan& plan);

/// At least `count` examples of the same weight with fresh numbers, every row of a table equally often: a function of
/// the seed, and no part of what a run draws.
std::shared_ptr<const loss::Examples> draw_examples(loss::Problem& problem, const ExamplePlan& plan, std::uint64_t seed,
                                                    std::uint64_t count);

/// Reads the columns that the loss uses. Names in expressions are those of the header, with '_' for whatever is neither
/// letter nor digit. Throws InputError.
ExamplePlan plan_examples(const Experiment& experiment);

/// "fixed acidity" -> "fixed_acidity".
std::string column_name(const std::string& header);

}  // namespace isotherm
