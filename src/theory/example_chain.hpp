#pragma once
// A chain whose gradients are means over examples, linear about the fixed point of its mean step.

#include <Eigen/Dense>
#include <string>

#include "theory/affine_chain.hpp"
#include "theory/predictor.hpp"

namespace isotherm::theory {

/// z' = c + A (z - c) + M (batch mean of phi - its expectation) + N xi.
struct LinearExampleChain {
  AffineChain affine;     ///< A and c; `noise` is (M, N)
  Eigen::MatrixXd gain;   ///< M, rows x k
  Eigen::MatrixXd extra;  ///< N N', of noise beside the examples
};

/// Linearized at `guess` (all state rows). "" or one line that says why the step is not linear in state, gradient and
/// noise, or is not stable; then affine.radius is not below 1.
std::string linearize(const ExampleStep& step, const Eigen::VectorXd& guess, LinearExampleChain& chain);

/// The same at the fixed point of the mean step near the lowest minimum of the loss, by Newton's method.
std::string linearize_at_fixed_point(const Chain& chain, LinearExampleChain& linear);

/// The slopes of all examples are the same, but for rounding.
bool has_one_curvature(const ExampleStep::Population& slopes);

/// Mean and covariance of the stationary law, of all state rows, into a prediction: of coordinates and own rows.
void fill_moments(const Chain& chain, const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance,
                  Prediction& prediction);

/// The covariance of examples in turn at the last step, with `epoch` into the prediction. `curvature`: of the loss.
Eigen::MatrixXd covariance_in_epoch(const Chain& chain, const LinearExampleChain& linear,
                                    const Eigen::MatrixXd& example_covariance, const Eigen::MatrixXd& curvature,
                                    Prediction& prediction);

}  // namespace isotherm::theory
