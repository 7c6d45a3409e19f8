// Networks with one layer of hidden units: f = b + sum_k v_k tanh(c_k + w_k.x).

#include "loss/models/registry.hpp"

namespace isotherm::loss {
namespace {

constexpr std::size_t most_hidden = 1024;

NodeId network(ModelBuilder& b) {
  const std::size_t hidden = b.option("hidden", 1, most_hidden), features = b.features().size();
  const NodeId bias = b.coordinate("b");
  const std::vector<NodeId> biases = b.coordinates("c", hidden), outer = b.weights("v", hidden),
                            inner = b.weights("w", hidden * features);
  std::vector<NodeId> units;
  for (std::size_t k = 0; k < hidden; ++k)
    units.push_back(b.graph().unary(
        Operation::tanh, b.affine(biases[k], std::span(inner).subspan(k * features, features), b.features())));
  return b.affine(bias, outer, units);
}

constexpr const char *network_formula =
                         "f = b + v1*tanh(c1 + w.x) + ... + vH*tanh(cH + w.x), each with its F of the weights",
                     *network_coordinates = "b, c1 ... cH, v1 ... vH, w1 ... wHF (unit by unit)";

}  // namespace

Model two_layer_network() {
  Model model;
  model.name = "two-layer-network";
  model.formula = std::string("(f - y)^2/2, ") + network_formula;
  model.coordinates = network_coordinates;
  model.description = "regression by H = hidden tanh units";
  model.defaults = {{"hidden", "4"}};
  model.build = [](ModelBuilder& b) { return b.half_square(b.graph().sub(network(b), b.target())); };
  return model;
}

Model two_layer_classifier() {
  Model model;
  model.name = "two-layer-classifier";
  model.formula = std::string("log(1 + exp(-y*f)), y = -1 or 1, ") + network_formula;
  model.coordinates = network_coordinates;
  model.description = "two classes by H = hidden tanh units; labels 0 and 1, or -1 and 1";
  model.target = Target::sign;
  model.defaults = {{"hidden", "4"}};
  model.build = [](ModelBuilder& b) { return b.softplus(b.graph().neg(b.graph().mul(b.target(), network(b)))); };
  return model;
}

}  // namespace isotherm::loss
