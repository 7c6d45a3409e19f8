#pragma once
// --noise, --sigma, --covariance, --temperature, --batch-size: the gradient noise as nodes of the graph.

#include <Eigen/Dense>
#include <optional>
#include <span>
#include <vector>

#include "dynamics/step.hpp"
#include "experiment/examples.hpp"
#include "gradient_noise/gradient_noise.hpp"
#include "isotherm/experiment/experiment.hpp"
#include "loss/problem.hpp"

namespace isotherm {

struct NoisePlan {
  bool none = false;           ///< of any kind, examples included
  dynamics::NoiseScale scale;  ///< of what is added to gradients
  /// Sigma_cc by coordinate, of the mean over the batch; so are the next. Where the loss is a mean over examples, with
  /// the covariance of the mean of their gradients.
  std::vector<loss::NodeId> variance;
  std::vector<loss::NodeId> added_variance;  ///< `variance` without the share of examples
  double example_factor = 0;                 ///< ExamplePlan::variance_factor
  bool closed_trace = false;                 ///< weighted_trace takes no pass over all data
  bool state_dependent = false;              ///< some Sigma_cc depends on the coordinates
  std::vector<double> constant_variance;     ///< by coordinate; empty if state dependent
  bool correlated = false;                   ///< the covariance is not diagonal
  Eigen::MatrixXd covariance;                ///< Sigma, where --covariance gives it
  std::optional<double> sigma;  ///< of one draw, if one constant number serves all coordinates, without correlation
};

/// What fresh numbers beside rows without replacement add to the noise; nothing elsewhere.
gradient_noise::WithinRows within_rows(loss::Problem& problem, const ExamplePlan& examples);

/// sum_c weights_c Sigma_cc; of quadratic data a polynomial also where each Sigma_cc alone takes too many terms.
loss::NodeId weighted_trace(loss::Problem& problem, const NoisePlan& noise, std::span<const loss::NodeId> weights);

/// `eta` by coordinate, of the last step. Throws InputError.
NoisePlan plan_noise(loss::Problem& problem, const Experiment& experiment, const std::vector<double>& eta,
                     const ExamplePlan& examples = {});

}  // namespace isotherm
