#pragma once
// Chains whose step is affine in the state, x' = A x + b + N xi: any linear rule on a quadratic loss.

#include <Eigen/Dense>
#include <functional>
#include <span>
#include <string>

#include "theory/step_map.hpp"

namespace isotherm::theory {

/// next = F(state, inputs), inputs being numbers of mean 0.
struct StepFunction {
  std::size_t rows = 0, inputs = 0;
  std::function<void(std::span<const double> state, std::span<const double> inputs, std::span<double> next)> step;
};

struct AffineChain {
  Eigen::MatrixXd a;            ///< rows x rows
  Eigen::MatrixXd noise;        ///< N, rows x inputs
  Eigen::VectorXd center;       ///< the step's fixed point, without noise
  double radius = 0;            ///< spectral radius of A
  bool multiplicative = false;  ///< N depends on the state; `noise` is that at the center
};

/// Reads the map by unit vectors about `guess` (size dimension() or empty; own rows are 0 there), and compares it with
/// that at random points. "" or one line that says why the chain is not affine or has no stationary law.
std::string read_affine_chain(const StepFunction& map, std::span<const double> guess, AffineChain& chain);
std::string read_affine_chain(const StepMap& map, std::span<const double> guess, AffineChain& chain);

/// C = A C A' + Q for a symmetric Q and a spectral radius of A below 1, by doubling (Smith 1968): C_{k+1} = C_k + A_k
/// C_k A_k', A_{k+1} = A_k^2, refined once by the residual.
Eigen::MatrixXd solve_discrete_lyapunov(const Eigen::MatrixXd& a, const Eigen::MatrixXd& q);

}  // namespace isotherm::theory
