#include "theory/predictor.hpp"

namespace isotherm::theory {

// One line here and one file beside this make a prediction.

std::span<const Predictor> predictors() { return {}; }

}  // namespace isotherm::theory
