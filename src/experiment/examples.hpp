#pragma once
// --data, --standardize, --sampling, --random: the examples that the loss is a mean over.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/simulation.hpp"
#include "isotherm/experiment/experiment.hpp"
#include "loss/examples.hpp"
#include "loss/problem.hpp"
#include "noise/example_law.hpp"

namespace isotherm {

struct ExamplePlan {
  /// Null: there are none. Of laws: the points of a quadrature, exact for polynomials of a degree that the number of
  /// names leaves.
  std::shared_ptr<const loss::Examples> examples;
  std::vector<noise::ExampleLaw> laws;  ///< of examples that are drawn fresh; else rows of `examples` are drawn
  engine::Sampling sampling = engine::Sampling::with_replacement;
  std::uint64_t batch_size = 1;
  bool present() const { return examples != nullptr; }
  /// What the covariance of one example's gradient is multiplied with to give that of the mean over a batch, if the
  /// batch is drawn anew for each step: 1/B, or (N - B) / (B (N - 1)) without replacement. Of reshuffled batches it is
  /// that of a single step, and steps are correlated.
  double variance_factor() const;
  bool is_fresh() const { return !laws.empty(); }
};

/// Numbers that a fresh example needs, and its columns as nodes of them.
struct FreshColumns {
  std::vector<engine::FreshDraws> draws;
  std::vector<loss::NodeId> columns;  ///< in the order of ExamplePlan::examples
};
FreshColumns build_fresh_columns(loss::Problem& problem, const ExamplePlan& plan);

/// Reads the columns that the loss uses. Names in expressions are those of the header, with '_' for whatever is neither
/// letter nor digit. Throws InputError.
ExamplePlan plan_examples(const Experiment& experiment);

/// "fixed acidity" -> "fixed_acidity".
std::string column_name(const std::string& header);

}  // namespace isotherm
