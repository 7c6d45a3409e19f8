#pragma once
// Are the means of several quantities what is expected? By the scatter between groups of particles.

#include <Eigen/Dense>

#include "verdict/test_result.hpp"

namespace isotherm::verdict {

/// Hotelling's T^2 of q quantities, with the means of group g of n_g particles in row g:
///
///     T^2 = N d' S^-1 d,  d = mean - expected,  S = sum_g n_g (m_g - mean)(m_g - mean)' / (G - 1)
///     T^2 (G - q) / (q (G - 1)) ~ F(q, G - q)
///
/// for group means that are normal with covariance S / n_g (Hotelling 1931; Anderson, An Introduction to Multivariate
/// Statistical Analysis, 5.2). statistic = T^2, degrees_of_freedom = q. Not applicable where a quantity does not differ
/// between groups, or is a combination of others.
TestResult hotelling_test(const Eigen::MatrixXd& by_group, const Eigen::VectorXd& sizes,
                          const Eigen::VectorXd& expected);

}  // namespace isotherm::verdict
