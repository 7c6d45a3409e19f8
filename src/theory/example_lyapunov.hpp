#pragma once
// The exact covariance of a linear rule where the loss of every example is quadratic.

#include "theory/example_chain.hpp"
#include "theory/predictor.hpp"

namespace isotherm::theory {

/// The part of `lyapunov` for chain.examples. A step is affine in the state for every choice of examples, so that means
/// and second moments are closed (second_moments.hpp; exact for any batch size, with or without replacement; for fresh
/// examples the moments of their law come from a quadrature that is exact for the polynomials needed). Reshuffled
/// examples: exact at each place in the epoch where the curvature is the same for all examples (epoch.hpp), else not
/// applicable. Where the stationary variance does not exist, Prediction::no_variance, and not_applicable states the
/// largest learning rate for which it does.
Prediction example_lyapunov(const Chain& chain, std::span<const std::vector<Axis>> axes);

/// The second moments of such a chain are known to have no limit, linear as it is.
bool grows_without_bound(const Chain& chain, const LinearExampleChain& linear);

}  // namespace isotherm::theory
