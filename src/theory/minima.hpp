#pragma once
// Local minima of one component of a loss.

#include <vector>

#include "loss/problem.hpp"
#include "theory/component.hpp"
#include "theory/gibbs.hpp"

namespace isotherm::theory {

/// Exact for quadratics; from the monotone pieces in 1-D; else by Newton's method with |eigenvalues| (saddle-free) from
/// the lowest points of grids of several sizes (2-D) or of a few scattered starts (beyond), with a compass search that
/// also goes down to kinks. Losses that are sums over data are searched as long as that takes about a second, from 0
/// and the starts nearest to it first, without the compass where they have no kinks. Points hold the component's own
/// coordinates. Deepest first.
std::vector<Minimum> component_minima(loss::Problem& problem, const Component& component);

/// Where find_minima gave none: whether the loss has none, or none was found, or none was looked for.
std::string why_no_minimum(loss::Problem& problem);

}  // namespace isotherm::theory
