// Linear models: f = b + w.x.

#include "loss/models/registry.hpp"

namespace isotherm::loss {
namespace {

/// b + sum_j w_j x_j, without b where --set intercept=0.
NodeId linear(ModelBuilder& b) {
  const NodeId bias = b.option("intercept", 0, 1) == 1 ? b.coordinate("b") : b.graph().literal(0);
  return b.affine(bias, b.weights("w", b.features().size()), b.features());
}

}  // namespace

/// (f - y)^2 / 2.
Model linear_regression() {
  Model model;
  model.name = "linear-regression";
  model.formula = "(f - y)^2/2, f = b + w1*x1 + ... + wF*xF";
  model.coordinates = "b, w1 ... wF";
  model.description = "least squares";
  model.defaults = {{"intercept", "1"}};
  model.build = [](ModelBuilder& b) { return b.half_square(b.graph().sub(linear(b), b.target())); };
  return model;
}

/// -log p(y), p(1) = 1 / (1 + exp(-f)).
Model logistic_regression() {
  Model model;
  model.name = "logistic-regression";
  model.formula = "log(1 + exp(-y*f)), f = b + w1*x1 + ... + wF*xF, y = -1 or 1";
  model.coordinates = "b, w1 ... wF";
  model.description = "two classes; labels 0 and 1, or -1 and 1";
  model.target = Target::sign;
  model.defaults = {{"intercept", "1"}};
  model.build = [](ModelBuilder& b) { return b.softplus(b.graph().neg(b.graph().mul(b.target(), linear(b)))); };
  return model;
}

/// -log p(y), p(k) = exp(f_k) / sum_j exp(f_j). Adding a number to all scores changes nothing, so the first class has
/// score 0 and no coordinates; then the loss has one minimum and not a line of them.
Model softmax_regression() {
  Model model;
  model.name = "softmax-regression";
  model.formula = "log(1 + exp(f1) + ... + exp(fK)) - f_y, fk = bk + w.x with the k-th F of the weights";
  model.coordinates = "b1 ... bK, w1 ... wKF (class by class)";
  model.description = "K + 1 classes, one for each label, a whole number; the lowest label has score 0";
  model.target = Target::category;
  model.defaults = {{"intercept", "1"}};
  model.build = [](ModelBuilder& b) {
    Graph& graph = b.graph();
    const std::size_t others = b.classes() - 1, features = b.features().size();
    std::vector<NodeId> biases(others, graph.literal(0));
    if (b.option("intercept", 0, 1) == 1) biases = b.coordinates("b", others);
    const std::vector<NodeId> weights = b.weights("w", others * features);
    std::vector<NodeId> scores = {graph.literal(0)};
    NodeId log_sum = graph.literal(0);
    for (std::size_t k = 0; k < others; ++k) {
      const NodeId score = b.affine(biases[k], std::span(weights).subspan(k * features, features), b.features());
      scores.push_back(score);
      // log(e^a + e^s) = a + log(1 + e^(s - a))
      log_sum = graph.add(log_sum, b.softplus(graph.sub(score, log_sum)));
    }
    return graph.sub(log_sum, b.of_class(scores));
  };
  return model;
}

}  // namespace isotherm::loss
