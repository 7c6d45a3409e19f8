#include <algorithm>
#include <cmath>

#include "dynamics/dynamics.hpp"
#include "dynamics/frozen_rate.hpp"

namespace isotherm::dynamics {

/// RMSProp as PyTorch has it (torch.optim.RMSprop; TTIC 31230, "RMSProp", Winter 2018; Hinton 2012), each coordinate by
/// itself:
///     s' = beta2 s + (1 - beta2) ghat^2,   x' = x - eta ghat / (sqrt(s') + epsilon)
/// s starts at 0 without correction, is updated before it is used, and epsilon stands outside the root. So the first
/// step is eta / sqrt(1 - beta2), whatever the gradient.
/// For beta2 -> 1, s freezes at sigma^2 + <g^2>: SGD of rate eta_eff = eta / (sqrt(s) + epsilon), to leading order
/// eta / (sigma + epsilon), and T = eta_eff sigma^2 / 2. It follows the noise of each coordinate, so that coordinates
/// of different sigma have different temperatures. A finite 1 - beta2 well above eta_eff h lowers the variance by the
/// share 3 (1 - beta2) / 8. On curvature h, eta_eff h < 2 for every eta: where steps would grow, so does s.
/// With --epsilon 0, a gradient that has been exactly 0 from the start is 0/0, as in PyTorch: the particle is counted
/// as non-finite.
Descriptor rmsprop() {
  Descriptor rule;
  rule.name = "rmsprop";
  rule.formula = "s' = beta2 s + (1 - beta2) ghat^2, x' = x - eta ghat / (sqrt(s') + epsilon)";
  rule.source = "PyTorch, torch.optim.RMSprop; TTIC 31230, RMSProp";
  rule.temperature_formula = "eta sigma^2 / (2 (sigma + epsilon)), to leading order as beta2 -> 1";
  rule.stability_formula = "every eta: s grows until eta h / (sqrt(s) + epsilon) < 2";
  rule.rows = {{"s"}};
  rule.numbers = {{"beta2", Domain::fraction, 0.99}, {"epsilon", Domain::nonnegative, 1e-8}};
  rule.decouples = true;
  rule.temperature = [](const Parameters& p) { return p.sigma2 > 0 ? leading_rate(p) * p.sigma2 / 2 : 0.0; };
  rule.overdamped_step = leading_rate;
  // Decoupled, the gradient is multiplied by eta_eff and the decay by eta.
  rule.decay_share = [](const Parameters& p) { return std::sqrt(p.sigma2) + p.options.number("epsilon"); };
  rule.contraction = [](const Parameters& p, double h) {
    const double rate = h > 0 ? frozen_rate(p, h, 1) : leading_rate(p);
    return std::max(std::abs(1 - rate * h), p.options.number("beta2"));
  };
  rule.build = [](StepBuilder& b) {
    loss::Graph& graph = b.graph();
    const loss::NodeId beta2 = b.option("beta2"), epsilon = b.option("epsilon");
    const std::vector<loss::NodeId> ghat = b.stochastic_gradient();
    std::vector<loss::NodeId> positions, squares;
    for (std::size_t c = 0; c < b.dimension(); ++c) {
      const loss::NodeId s =
          graph.fma(graph.sub(graph.literal(1), beta2), graph.mul(ghat[c], ghat[c]), graph.mul(beta2, b.state(1, c)));
      squares.push_back(s);
      const loss::NodeId scale = graph.add(graph.unary(loss::Operation::sqrt, s), epsilon);
      positions.push_back(graph.fma(graph.neg(b.eta(c)), graph.div(ghat[c], scale), b.position(c)));
    }
    positions.insert(positions.end(), squares.begin(), squares.end());
    return positions;
  };
  return rule;
}

}  // namespace isotherm::dynamics
