#pragma once
// Quadratures of the noise laws, for averages over one step.

#include <string>
#include <vector>

#include "noise/noise.hpp"

namespace isotherm::theory {

/// E f(xi) = sum of weights f(nodes), or why there is none.
struct NoiseRule {
  std::vector<double> nodes, weights;
  std::string not_available;
};

/// Of sqrt(B) times the mean of B = batch_size numbers of the law. Exact for laws of two values (B + 1 nodes). Else:
/// composite Gauss-Legendre (uniform, laplace) or the trapezoid rule in asinh (student-t), a few hundred nodes, good
/// also where f has kinks far out.
NoiseRule noise_rule(const noise::Choice& law, std::size_t batch_size);

/// Nodes (ascending) and weights mirror each other: E f = 0 for odd f.
bool symmetric(const NoiseRule& rule);

/// Gauss' rule with at most n nodes of the law that a rule stands for: the same moments of order up to 2n - 1, by
/// Lanczos' algorithm.
NoiseRule gauss_rule(const NoiseRule& rule, std::size_t n);

}  // namespace isotherm::theory
