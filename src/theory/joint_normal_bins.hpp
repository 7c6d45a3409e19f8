#pragma once
// Probabilities of the bins of one or two axes under a normal law of any mean.

#include <Eigen/Dense>

#include "theory/prediction.hpp"

namespace isotherm::theory {

/// One or two axes; `mean` and `covariance` are those of the axes' values. A value without variance is a point.
BinProbabilities joint_normal_bins(const std::vector<Axis>& axes, const Eigen::VectorXd& mean,
                                   const Eigen::MatrixXd& covariance);

}  // namespace isotherm::theory
