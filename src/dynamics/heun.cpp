#include "dynamics/dynamics.hpp"

namespace isotherm::dynamics {

/// The overdamped Langevin equation by the stochastic Heun method (Kloeden and Platen 1992, section 15.1), for noise
/// that does not depend on the place:
///     y  = x - dt g(x) + n,     x' = x - dt (g(x) + g(y)) / 2 + n,     n = sqrt(eta dt) sigma xi
/// Weak order 2 at two gradients per step. On a quadratic Var x = 2T (2 - a) / (h (4 - 2a + a^2)) with a = dt h, stable
/// for a < 2. The second line is computed as x' = y + dt (g(x) - g(y)) / 2, the same with one rounding of the noise.
/// Where sigma depends on the place it is that of x in both lines: Ito's equation, of weak order 1.
Descriptor heun() {
  Descriptor rule;
  rule.name = "heun";
  rule.formula = "y = x - dt g(x) + n, x' = x - dt (g(x) + g(y)) / 2 + n, n = sqrt(eta dt) sigma xi";
  rule.source = "stochastic Heun; Kloeden and Platen 1992";
  rule.temperature_formula = "eta sigma^2 / 2";
  rule.stability_formula = "dt h < 2";
  rule.uses_dt = true;
  rule.temperature = [](const Parameters& p) { return p.eta * p.sigma2 / 2; };
  rule.overdamped_step = [](const Parameters& p) { return p.dt; };
  rule.build = [](StepBuilder& b) {
    loss::Graph& graph = b.graph();
    const loss::NodeId dt = b.option("dt");
    const std::vector<loss::NodeId> g = b.gradient();
    std::vector<loss::NodeId> drifted, factor, next;
    for (std::size_t c = 0; c < b.dimension(); ++c) {
      drifted.push_back(graph.fma(graph.neg(dt), g[c], b.state(0, c)));
      factor.push_back(graph.unary(loss::Operation::sqrt, graph.mul(b.eta(c), dt)));
    }
    const std::vector<loss::NodeId> predicted = b.add_noise(drifted, factor, b.draw(0));
    const std::vector<loss::NodeId> there = b.gradient(predicted);
    const loss::NodeId half = graph.mul(graph.literal(0.5), dt);
    for (std::size_t c = 0; c < b.dimension(); ++c)
      next.push_back(graph.fma(half, graph.sub(g[c], there[c]), predicted[c]));
    return next;
  };
  return rule;
}

}  // namespace isotherm::dynamics
