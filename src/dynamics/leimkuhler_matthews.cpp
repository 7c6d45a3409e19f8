#include "dynamics/dynamics.hpp"

namespace isotherm::dynamics {

/// The overdamped Langevin equation by the method of Leimkuhler and Matthews (Appl. Math. Res. eXpress 2013, 34;
/// arXiv:1203.5428), the limit of BAOAB at high friction:
///     x' = x - dt g(x) + sqrt(eta dt) sigma (R_n + R_{n+1}) / 2
/// Each number serves two steps. That makes the stationary law of second order in dt, at one gradient per step, and
/// exact on a quadratic, where Var x = T / h for every stable dt (the noise may have any law of variance 1). Stable for
/// dt h < 2. The noise is meant to be constant: where sigma depends on the place, the order is lost.
///
/// The row R holds the number as drawn, before sigma or the factor of a covariance, so that it needs no more than one
/// addition a step.
Descriptor leimkuhler_matthews() {
  Descriptor rule;
  rule.name = "leimkuhler-matthews";
  rule.formula = "x' = x - dt g(x) + sqrt(eta dt) sigma (R_n + R_{n+1}) / 2";
  rule.source = "Leimkuhler and Matthews 2013";
  rule.temperature_formula = "eta sigma^2 / 2";
  rule.stability_formula = "dt h < 2";
  rule.rows = {{"R"}};
  rule.uses_dt = true;
  rule.temperature = [](const Parameters& p) { return p.eta * p.sigma2 / 2; };
  rule.overdamped_step = [](const Parameters& p) { return p.dt; };
  rule.start = [](StepBuilder& b) { return b.draw(0); };
  rule.build = [](StepBuilder& b) {
    loss::Graph& graph = b.graph();
    const loss::NodeId dt = b.option("dt");
    const std::vector<loss::NodeId> g = b.gradient(), fresh = b.draw(0);
    std::vector<loss::NodeId> drifted, factor, both;
    for (std::size_t c = 0; c < b.dimension(); ++c) {
      drifted.push_back(graph.fma(graph.neg(dt), g[c], b.state(0, c)));
      const loss::NodeId half = graph.literal(0.5);
      factor.push_back(graph.mul(half, graph.unary(loss::Operation::sqrt, graph.mul(b.eta(c), dt))));
      both.push_back(graph.add(b.state(1, c), fresh[c]));
    }
    std::vector<loss::NodeId> next = b.add_noise(drifted, factor, both);
    // Without noise there are no draws to keep.
    const bool noisy = next != drifted;
    for (std::size_t c = 0; c < b.dimension(); ++c) next.push_back(noisy ? fresh[c] : graph.literal(0));
    return next;
  };
  return rule;
}

}  // namespace isotherm::dynamics
