#pragma once
// The models, one function each.

#include "loss/model.hpp"

namespace isotherm::loss {

Model linear_regression();
Model logistic_regression();
Model softmax_regression();
Model two_layer_network();
Model two_layer_classifier();

}  // namespace isotherm::loss
