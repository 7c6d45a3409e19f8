#include <array>

#include "dynamics/dynamics.hpp"

namespace isotherm::dynamics {

/// Stochastic gradient descent (TTIC 31230, "Stochastic Gradient Descent", Winter 2020).
///     x' = x - eta ghat,   ghat = g(x) + sigma xi
/// As eta -> 0 at fixed T = eta sigma^2 / 2 the chain follows dx = -g dt + sqrt(2T) dW, whose stationary law is
/// exp(-L/T). On curvature h it is stable for eta h < 2, with variance eta sigma^2 / (h (2 - eta h)).
Descriptor sgd() {
  Descriptor rule;
  rule.name = "sgd";
  rule.formula = "x' = x - eta (g(x) + sigma xi)";
  rule.source = "TTIC 31230, SGD as a Markov process";
  rule.temperature_formula = "eta sigma^2 / 2";
  rule.stability_formula = "eta h < 2";
  rule.preconditioned = true;
  rule.decouples = true;
  rule.temperature = [](const Parameters& p) { return p.eta * p.sigma2 / 2; };
  rule.overdamped_step = [](const Parameters& p) { return p.eta; };
  rule.corrected_virial = [](StepBuilder& b) {
    // E|x'|^2 = E|x|^2, weighed by the inverse of the preconditioner: <x.g> - eta <g.Pg> / 2 = sum of T_eff. Where P is
    // diagonal E x_c'^2 = E x_c^2 is the same for each coordinate.
    loss::Graph& graph = b.graph();
    const std::vector<loss::NodeId> g = b.gradient(), mean = b.mean_gradient();
    std::vector<loss::NodeId> temperatures;
    for (std::size_t c = 0; c < b.dimension(); ++c) {
      const loss::NodeId correction = graph.mul(graph.mul(graph.literal(-0.5), b.eta(c)), graph.mul(g[c], mean[c]));
      temperatures.push_back(graph.sum(std::array{graph.mul(b.state(0, c), g[c]), correction}));
    }
    return temperatures;
  };
  rule.build = [](StepBuilder& b) {
    const std::vector<loss::NodeId> ghat = b.stochastic_gradient();
    std::vector<loss::NodeId> next;
    for (std::size_t c = 0; c < b.dimension(); ++c)
      next.push_back(b.graph().fma(b.graph().neg(b.eta(c)), ghat[c], b.position(c)));
    return next;
  };
  return rule;
}

}  // namespace isotherm::dynamics
