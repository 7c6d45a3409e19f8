#pragma once
// RMSProp and Adam with a frozen average: beta2 -> 1, where s is its mean and the step is linear in the gradient.

#include <cmath>

#include "dynamics/dynamics.hpp"

namespace isotherm::dynamics {

/// eta / (sigma + epsilon): the rate that ghat is multiplied by where the noise is most of it, to leading order in eta.
inline double leading_rate(const Parameters& p) { return p.eta / (std::sqrt(p.sigma2) + p.options.number("epsilon")); }

/// The rate eta_eff = eta / (sqrt(s) + epsilon) on curvature h > 0, with s = E ghat^2 = sigma^2 + h^2 Var x of the
/// stationary chain, Var x = eta_eff sigma^2 / (h (2 - kappa eta_eff h)); kappa = (1 - beta1) / (1 + beta1), 1 without
/// momentum. Below 2 / (kappa h) for any eta: the faster a deviation would grow, the larger is s.
inline double frozen_rate(const Parameters& p, double h, double kappa) {
  const double epsilon = p.options.number("epsilon");
  double lower = 0, upper = 2 / (kappa * h);
  for (int i = 0; i < 100; ++i) {
    const double rate = (lower + upper) / 2;
    const double variance = rate * p.sigma2 / (h * (2 - kappa * rate * h));
    const double eta = rate * (std::sqrt(p.sigma2 + h * h * variance) + epsilon);
    (eta < p.eta ? lower : upper) = rate;
  }
  return lower;
}

}  // namespace isotherm::dynamics
