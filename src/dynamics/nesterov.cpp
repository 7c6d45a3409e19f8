#include <array>

#include "dynamics/dynamics.hpp"

namespace isotherm::dynamics {

/// Nesterov's accelerated gradient in PyTorch's form (torch.optim.SGD, nesterov=True; Sutskever et al. 2013), where the
/// position is the look-ahead point at which the gradient is taken:
///     v' = mu v + ghat(x),   x' = x - eta (ghat(x) + mu v')
/// As eta -> 0 the positions follow exp(-L/T), T = eta sigma^2 / (2 (1 - mu)). On curvature h it is stable for
/// eta h < 2 (1 + mu) / (1 + 2 mu), with
///     Var x = eta sigma^2 (1 + mu + eta h mu (1 + 2 mu)) / (h (1 - mu + eta h mu) (2 (1 + mu) - eta h (1 + 2 mu)))
/// z = x - eta mu^2 v / (1 - mu) makes plain steps, z' = z - eta ghat(x) / (1 - mu), so that E|z'|^2 = E|z|^2 gives,
/// for any loss and zero-mean noise, exactly
///     <x.g> - (eta <|g|^2> / 2 + eta mu^2 <v.g>) / (1 - mu) = D T
/// and so for each coordinate.
Descriptor nesterov() {
  Descriptor rule;
  rule.name = "nesterov";
  rule.formula = "v' = mu v + ghat, x' = x - eta (ghat + mu v')";
  rule.source = "PyTorch, torch.optim.SGD with nesterov=True; Sutskever et al. 2013";
  rule.temperature_formula = "eta sigma^2 / (2 (1 - mu))";
  rule.stability_formula = "eta h < 2 (1 + mu) / (1 + 2 mu)";
  rule.rows = {{"v"}};
  rule.numbers = {{"mu", Domain::fraction, 0.9}};
  rule.preconditioned = true;
  rule.decouples = true;
  rule.temperature = [](const Parameters& p) { return p.eta * p.sigma2 / (2 * (1 - p.options.number("mu"))); };
  // Var v = sigma^2 / (1 - mu^2) as eta h -> 0.
  rule.mass = [](const Parameters& p) { return p.eta * (1 + p.options.number("mu")) / (2 * p.gain * p.gain); };
  rule.overdamped_step = [](const Parameters& p) { return p.eta / (1 - p.options.number("mu")); };
  rule.decay_share = [](const Parameters& p) { return 1 - p.options.number("mu"); };
  rule.corrected_virial = [](StepBuilder& b) {
    loss::Graph& graph = b.graph();
    const loss::NodeId mu = b.option("mu"), rest = graph.sub(graph.literal(1), mu);
    const std::vector<loss::NodeId> g = b.gradient(), mean = b.mean_gradient();
    std::vector<loss::NodeId> temperatures;
    for (std::size_t c = 0; c < b.dimension(); ++c) {
      const loss::NodeId rate = graph.div(b.eta(c), rest);
      temperatures.push_back(graph.sum(std::array{
          graph.mul(b.state(0, c), g[c]), graph.mul(graph.mul(graph.literal(-0.5), rate), graph.mul(g[c], mean[c])),
          graph.mul(graph.neg(graph.mul(rate, graph.mul(mu, mu))), graph.mul(b.state(1, c), g[c]))}));
    }
    return temperatures;
  };
  rule.build = [](StepBuilder& b) {
    loss::Graph& graph = b.graph();
    const loss::NodeId mu = b.option("mu");
    const std::vector<loss::NodeId> ghat = b.stochastic_gradient();
    std::vector<loss::NodeId> positions, velocities;
    for (std::size_t c = 0; c < b.dimension(); ++c) {
      const loss::NodeId v = graph.fma(mu, b.state(1, c), ghat[c]);
      velocities.push_back(v);
      positions.push_back(graph.fma(graph.neg(b.eta(c)), graph.fma(mu, v, ghat[c]), b.position(c)));
    }
    positions.insert(positions.end(), velocities.begin(), velocities.end());
    return positions;
  };
  return rule;
}

}  // namespace isotherm::dynamics
