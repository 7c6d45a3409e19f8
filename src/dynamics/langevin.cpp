#include <array>

#include "dynamics/dynamics.hpp"

namespace isotherm::dynamics {

/// The overdamped Langevin equation that SGD approaches, by Euler and Maruyama (TTIC 31230, "The Langevin random walk
/// model"):
///     dx = -g dt + sqrt(eta) sigma dW,     x' = x - dt g(x) + sqrt(eta dt) sigma xi
/// dt is a numerical step, not the learning rate: eta enters only through the noise, eta sigma^2 per unit time. The
/// step's own bias is of order dt h; weak order 1. On batches of examples it is SGLD (Welling and Teh 2011), whose
/// temperature is eta sigma^2 / 2 + dt Sigma / 2, Sigma the variance of the batch's gradient.
Descriptor langevin() {
  Descriptor rule;
  rule.name = "langevin";
  rule.on_examples = "SGLD, stochastic gradient Langevin dynamics";
  rule.formula = "x' = x - dt g(x) + sqrt(eta dt) sigma xi";
  rule.source = "Euler-Maruyama; TTIC 31230, Langevin dynamics";
  rule.temperature_formula = "eta sigma^2 / 2";
  rule.stability_formula = "dt h < 2";
  rule.uses_dt = true;
  rule.temperature = [](const Parameters& p) { return p.eta * p.sigma2 / 2; };
  rule.overdamped_step = [](const Parameters& p) { return p.dt; };
  rule.corrected_virial = [](StepBuilder& b) {
    // As sgd's, with dt in place of eta in the discretization.
    loss::Graph& graph = b.graph();
    const std::vector<loss::NodeId> g = b.gradient();
    std::vector<loss::NodeId> temperatures;
    for (std::size_t c = 0; c < b.dimension(); ++c) {
      const loss::NodeId correction = graph.mul(graph.mul(graph.literal(-0.5), b.option("dt")), graph.mul(g[c], g[c]));
      temperatures.push_back(graph.sum(std::array{graph.mul(b.state(0, c), g[c]), correction}));
    }
    return temperatures;
  };
  rule.build = [](StepBuilder& b) {
    loss::Graph& graph = b.graph();
    const loss::NodeId dt = b.option("dt");
    const std::vector<loss::NodeId> g = b.gradient();
    std::vector<loss::NodeId> drifted, factor;
    for (std::size_t c = 0; c < b.dimension(); ++c) {
      drifted.push_back(graph.fma(graph.neg(dt), g[c], b.state(0, c)));
      factor.push_back(graph.unary(loss::Operation::sqrt, graph.mul(b.eta(c), dt)));
    }
    return b.add_noise(drifted, factor, b.draw(0));
  };
  return rule;
}

}  // namespace isotherm::dynamics
