#pragma once
// The one-step map of a rule on the quadratic h x^2 / 2 without noise, from the rule's own nodes.

#include "dynamics/dynamics.hpp"

namespace isotherm::dynamics {

/// The factor by which the slowest deviation shrinks per step on curvature h: Descriptor::contraction, or the spectral
/// radius of the step. Above 1 the rule is unstable. NaN if the rule says neither.
double contraction(const Descriptor& descriptor, const Parameters& parameters, double h);

/// What one step needs on a loss of one coordinate.
struct Cost {
  std::size_t draws = 0, gradient_evaluations = 0, state_rows = 0;
};
/// Draws are those of the noise law; options as in `parameters`.
Cost cost(const Descriptor& descriptor, const Parameters& parameters);

/// Options with their fallbacks.
Options default_options(const Descriptor& descriptor);

}  // namespace isotherm::dynamics
