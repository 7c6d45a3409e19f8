#pragma once
// What a law that is a product over components of the loss predicts.

#include <span>

#include "theory/bins.hpp"
#include "theory/prediction.hpp"

namespace isotherm::theory {

/// Fills marginals, loss, covariance and bins. No component of `law` may be marked as quadratic: that would take the
/// loss for one under a Gibbs law.
void fill_from_product(loss::Problem& problem, const ProductLaw& law, std::span<const std::vector<Axis>> axes,
                       Prediction& prediction);

}  // namespace isotherm::theory
