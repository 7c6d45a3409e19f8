#include <algorithm>
#include <cmath>

#include "dynamics/dynamics.hpp"
#include "dynamics/frozen_rate.hpp"

namespace isotherm::dynamics {

/// Adam as PyTorch has it (torch.optim.Adam; Kingma and Ba 2015; TTIC 31230, "Adam", Winter 2018), each coordinate by
/// itself, t = 1, 2, ...:
///     m' = beta1 m + (1 - beta1) ghat,   s' = beta2 s + (1 - beta2) ghat^2
///     x' = x - eta m' / (1 - beta1^t) / (sqrt(s') / sqrt(1 - beta2^t) + epsilon)
/// m and s start at 0, and the divisors undo that; --no-bias-correction leaves them out. Decoupled weight decay makes
/// it AdamW: x' = (1 - eta lambda) x - ... For beta2 -> 1, s freezes at sigma^2 + <g^2>: averaged momentum of rate
/// eta_eff = eta / (sqrt(s) + epsilon), to leading order eta / (sigma + epsilon), and T = eta_eff sigma^2 / 2, whatever
/// beta1. It follows the noise of each coordinate, so that coordinates of different sigma have different temperatures.
/// On curvature h, eta_eff h < 2 (1 + beta1) / (1 - beta1) for every eta: where steps would grow, so does s. With
/// --epsilon 0, a gradient that has been exactly 0 from the start is 0/0, as in PyTorch: the particle is counted as
/// non-finite.
Descriptor adam() {
  Descriptor rule;
  rule.name = "adam";
  rule.formula =
      "m' = beta1 m + (1 - beta1) ghat, s' = beta2 s + (1 - beta2) ghat^2, "
      "x' = x - eta m' / (1 - beta1^t) / (sqrt(s') / sqrt(1 - beta2^t) + epsilon)";
  rule.source = "PyTorch, torch.optim.Adam and AdamW; Kingma and Ba 2015; TTIC 31230, Adam";
  rule.temperature_formula = "eta sigma^2 / (2 (sigma + epsilon)), to leading order as beta2 -> 1";
  rule.stability_formula = "every eta: s grows until eta h / (sqrt(s) + epsilon) < 2 (1 + beta1) / (1 - beta1)";
  rule.rows = {{"m"}, {"s"}};
  rule.numbers = {
      {"beta1", Domain::fraction, 0.9}, {"beta2", Domain::fraction, 0.999}, {"epsilon", Domain::nonnegative, 1e-8}};
  rule.flags = {"no-bias-correction"};
  rule.decouples = true;
  rule.temperature = [](const Parameters& p) { return p.sigma2 > 0 ? leading_rate(p) * p.sigma2 / 2 : 0.0; };
  rule.overdamped_step = leading_rate;
  // Decoupled, the gradient is multiplied by eta_eff and the decay by eta.
  rule.decay_share = [](const Parameters& p) { return std::sqrt(p.sigma2) + p.options.number("epsilon"); };
  rule.contraction = [](const Parameters& p, double h) {
    // Averaged momentum: lambda^2 - (1 + beta1 - eta_eff h (1 - beta1)) lambda + beta1 = 0.
    const double beta1 = p.options.number("beta1");
    const double rate = h > 0 ? frozen_rate(p, h, (1 - beta1) / (1 + beta1)) : leading_rate(p);
    const double trace = 1 + beta1 - rate * h * (1 - beta1), discriminant = trace * trace - 4 * beta1;
    const double radius = discriminant < 0 ? std::sqrt(beta1) : (std::abs(trace) + std::sqrt(discriminant)) / 2;
    return std::max(radius, p.options.number("beta2"));
  };
  rule.build = [](StepBuilder& b) {
    loss::Graph& graph = b.graph();
    const bool corrected = !b.flag("no-bias-correction");
    const loss::NodeId beta1 = b.option("beta1"), beta2 = b.option("beta2"), epsilon = b.option("epsilon");
    const loss::NodeId one = graph.literal(1), rest1 = graph.sub(one, beta1), rest2 = graph.sub(one, beta2);
    // What the averages have of their full weight after t steps.
    const auto weight = [&](loss::NodeId beta) {
      return corrected ? graph.sub(one, graph.pow(beta, b.step_number())) : one;
    };
    const loss::NodeId weight1 = weight(beta1), root2 = graph.unary(loss::Operation::sqrt, weight(beta2));
    const std::vector<loss::NodeId> ghat = b.stochastic_gradient();
    std::vector<loss::NodeId> positions, means, squares;
    for (std::size_t c = 0; c < b.dimension(); ++c) {
      const loss::NodeId m = graph.fma(rest1, ghat[c], graph.mul(beta1, b.state(1, c)));
      const loss::NodeId s = graph.fma(rest2, graph.mul(ghat[c], ghat[c]), graph.mul(beta2, b.state(2, c)));
      const loss::NodeId scale = graph.add(graph.div(graph.unary(loss::Operation::sqrt, s), root2), epsilon);
      const loss::NodeId rate = graph.div(b.eta(c), weight1);
      means.push_back(m);
      squares.push_back(s);
      positions.push_back(graph.fma(graph.neg(rate), graph.div(m, scale), b.position(c)));
    }
    positions.insert(positions.end(), means.begin(), means.end());
    positions.insert(positions.end(), squares.begin(), squares.end());
    return positions;
  };
  return rule;
}

}  // namespace isotherm::dynamics
