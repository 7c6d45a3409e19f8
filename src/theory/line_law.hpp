#pragma once
// Components of one coordinate: the Gibbs law by adaptive Gauss-Legendre panels, laid out from each minimum outwards at
// the distance on which the loss rises by T, so that no well can fall between the nodes however small T is.

#include <memory>

#include "loss/problem.hpp"
#include "theory/component.hpp"
#include "theory/law.hpp"
#include "theory/monotone.hpp"

namespace isotherm::theory {

/// The loss of a component of one coordinate, with slope and curvature. A value that is not a number is outside the
/// domain of the loss and counts as +infinity.
Curve component_curve(loss::Problem& problem, const Component& component);

/// Where a loss of one coordinate falls and rises, from 2^346 to -2^346.
MonotonePieces landscape(const Curve& curve);

std::unique_ptr<ComponentFamily> make_line_family(loss::Problem& problem, const Component& component);

}  // namespace isotherm::theory
