#pragma once
// --data, --standardize, --sampling: the examples that the loss is a mean over.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/simulation.hpp"
#include "isotherm/experiment/experiment.hpp"
#include "loss/examples.hpp"

namespace isotherm {

struct ExamplePlan {
  std::shared_ptr<const loss::Examples> examples;  ///< null: there are none
  engine::Sampling sampling = engine::Sampling::with_replacement;
  std::uint64_t batch_size = 1;
  bool present() const { return examples != nullptr; }
  /// What the covariance of one example's gradient is multiplied with to give that of the mean over a batch, if the
  /// batch is drawn anew for each step: 1/B, or (N - B) / (B (N - 1)) without replacement. Of reshuffled batches it is
  /// that of a single step, and steps are correlated.
  double variance_factor() const;
};

/// Reads the columns that the loss uses. Names in expressions are those of the header, with '_' for whatever is neither
/// letter nor digit. Throws InputError.
ExamplePlan plan_examples(const Experiment& experiment);

/// "fixed acidity" -> "fixed_acidity".
std::string column_name(const std::string& header);

}  // namespace isotherm
