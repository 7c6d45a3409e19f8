#pragma once
// Points at which two functions are compared.

#include <Eigen/Dense>
#include <cmath>
#include <numbers>

namespace isotherm::theory {

/// Numbers between -sqrt(3) and sqrt(3) that look random, from a Kronecker sequence; another set for each `set`.
inline Eigen::VectorXd scatter(Eigen::Index size, int set) {
  Eigen::VectorXd point(size);
  for (Eigen::Index i = 0; i < size; ++i) {
    const double turn = std::sqrt(static_cast<double>(i) + 2) * (set + 1) * std::numbers::phi + 0.1 * set;
    point[i] = std::numbers::sqrt3 * (2 * (turn - std::floor(turn)) - 1);
  }
  return point;
}

}  // namespace isotherm::theory
