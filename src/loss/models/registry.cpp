#include "loss/models/registry.hpp"

namespace isotherm::loss {

std::span<const Model> models() {
  static const std::vector<Model> all = [] {
    std::vector<Model> list = {linear_regression(), logistic_regression(), softmax_regression(), two_layer_network(),
                               two_layer_classifier()};
    for (Model& model : list) model.defaults.emplace("l2", "0");
    return list;
  }();
  return all;
}

}  // namespace isotherm::loss
