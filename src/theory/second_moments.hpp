#pragma once
// Second moments of a chain with a random matrix: gradients of examples whose curvature differs.

#include <Eigen/Dense>
#include <vector>

namespace isotherm::theory {

/// y' = A y + M (d + D y_R) + e, with independent d, D and e of mean 0: y the deviation of the state from its mean, R
/// some of its rows, D the random slopes of the gradient. For a symmetric C, with Gamma the covariance of D,
///     E[D C_RR D'] = Gamma : C_RR,     C' = A C A' + M (Gamma : C_RR) M' + Q,     Q = M Cov(d) M' + Cov(e)
struct RandomAffineChain {
  Eigen::MatrixXd a;                 ///< rows x rows
  Eigen::MatrixXd gain;              ///< M, rows x k
  Eigen::MatrixXd slope_covariance;  ///< Gamma, (k r)^2, D_ja at the index j + k * a; empty: D = 0
  std::vector<Eigen::Index> active;  ///< R, r rows
};

/// Spectral radius of A.
double spectral_radius(const Eigen::MatrixXd& a);

/// Spectral radius of the positive map Y -> Gamma : (sum_n A^n M Y M' A'^n / shrink^(n+1))_RR: how much second moments
/// the random slopes make of one. The stationary covariance exists if the radius of A and this (at shrink = 1) are
/// below 1 (a regular splitting of a positive map: Schneider, Numer. Math. 7 (1965) 11). Infinity where shrink is not
/// above the square of the radius of A.
double feedback(const RandomAffineChain& chain, double shrink = 1);

/// Spectral radius of the map of second moments, C -> C' without Q: the factor by which they approach their limit. For
/// a chain whose covariance exists.
double second_moment_radius(const RandomAffineChain& chain);

/// The stationary covariance for `noise` = Q, where it exists, by GMRES on Y = Gamma : C_RR.
Eigen::MatrixXd stationary_covariance(const RandomAffineChain& chain, const Eigen::MatrixXd& noise);

}  // namespace isotherm::theory
