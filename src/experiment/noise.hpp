#pragma once
// --noise, --sigma, --covariance, --temperature, --batch-size: the gradient noise as nodes of the graph.

#include <Eigen/Dense>
#include <optional>
#include <vector>

#include "dynamics/step.hpp"
#include "experiment/examples.hpp"
#include "isotherm/experiment/experiment.hpp"
#include "loss/problem.hpp"

namespace isotherm {

struct NoisePlan {
  bool none = false;           ///< of any kind, examples included
  dynamics::NoiseScale scale;  ///< of what is added to gradients
  /// Sigma_cc by coordinate, of the mean over the batch; so are the next. Where the loss is a mean over examples, with
  /// the covariance of the mean of their gradients.
  std::vector<loss::NodeId> variance;
  bool state_dependent = false;           ///< some Sigma_cc depends on the coordinates
  std::vector<double> constant_variance;  ///< by coordinate; empty if state dependent
  bool correlated = false;                ///< the covariance is not diagonal
  Eigen::MatrixXd covariance;             ///< Sigma, where --covariance gives it
  std::optional<double> sigma;  ///< of one draw, if one constant number serves all coordinates, without correlation
};

/// `eta` by coordinate, of the last step. Throws InputError.
NoisePlan plan_noise(loss::Problem& problem, const Experiment& experiment, const std::vector<double>& eta,
                     const ExamplePlan& examples = {});

}  // namespace isotherm
