#pragma once
// Components of two coordinates: the Gibbs law as a piecewise polynomial on an adaptive mesh of rectangles.

#include <memory>

#include "loss/problem.hpp"
#include "theory/component.hpp"
#include "theory/law.hpp"

namespace isotherm::theory {

std::unique_ptr<ComponentFamily> make_plane_family(loss::Problem& problem, const Component& component);

}  // namespace isotherm::theory
