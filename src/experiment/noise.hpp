#pragma once
// --noise, --sigma, --covariance, --temperature: the gradient noise as nodes of the graph.

#include <optional>
#include <vector>

#include "dynamics/step.hpp"
#include "isotherm/experiment/experiment.hpp"
#include "loss/problem.hpp"

namespace isotherm {

struct NoisePlan {
  dynamics::NoiseScale scale;
  std::vector<loss::NodeId> variance;     ///< Sigma_cc by coordinate
  bool state_dependent = false;           ///< some Sigma_cc depends on the coordinates
  std::vector<double> constant_variance;  ///< by coordinate; empty if state dependent
  bool correlated = false;                ///< the covariance is not diagonal
  std::optional<double> sigma;            ///< if one constant number serves all coordinates, without correlation
};

/// `eta` by coordinate. Throws InputError.
NoisePlan plan_noise(loss::Problem& problem, const Experiment& experiment, const std::vector<double>& eta);

/// InputError with the nearest name if there is no such law.
void check_noise_law(const std::string& law);

/// Pieces of `text` between the separators at depth 0 of parentheses and brackets.
std::vector<std::string> split_outside_parentheses(const std::string& text, char separator);

}  // namespace isotherm
