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
  /// By coordinate: eta Sigma_cc counts the noise of examples as much too strong as this is below 1. Where a rule steps
  /// by dt, the noise of a batch enters with dt^2 and what --sigma adds with eta dt: dt / eta. Empty: 1.
  std::vector<double> example_share;
  bool closed_trace = false;              ///< weighted_trace takes no pass over all data
  bool state_dependent = false;           ///< some Sigma_cc depends on the coordinates
  std::vector<double> constant_variance;  ///< by coordinate; empty if state dependent
  bool correlated = false;                ///< the covariance is not diagonal
  Eigen::MatrixXd covariance;             ///< Sigma, where --covariance gives it
  std::optional<double> sigma;  ///< of one draw, if one constant number serves all coordinates, without correlation

  double share_of(std::size_t c) const { return example_share.empty() ? 1 : example_share[c]; }
};

/// What fresh numbers beside rows without replacement add to the noise; nothing elsewhere.
gradient_noise::WithinRows within_rows(loss::Problem& problem, const ExamplePlan& examples);

/// sum_c weights_c Sigma_cc; of quadratic data a polynomial also where each Sigma_cc alone takes too many terms.
loss::NodeId weighted_trace(loss::Problem& problem, const NoisePlan& noise, std::span<const loss::NodeId> weights);

/// `eta` by coordinate, of the last step. Throws InputError.
NoisePlan plan_noise(loss::Problem& problem, const Experiment& experiment, const std::vector<double>& eta,
                     const ExamplePlan& examples = {}, const std::vector<double>& example_share = {});

}  // namespace isotherm
