#pragma once
// Chains that step down the gradient with constant noise, x_c' = x_c - rate_c g_c(x) + noise_c xi_c: sgd, langevin.

#include <string>
#include <vector>

#include "theory/predictor.hpp"

namespace isotherm::theory {

struct GradientStep {
  std::vector<double> rate, noise;  ///< by coordinate; the noise with its sign
  double temperature(std::size_t c) const { return noise[c] * noise[c] / (2 * rate[c]); }
};

/// Reads the chain's map at points about the deepest minimum; "" or one line that says why it is no such step.
std::string read_gradient_step(const Chain& chain, GradientStep& step);

}  // namespace isotherm::theory
