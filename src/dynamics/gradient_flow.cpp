#include "dynamics/dynamics.hpp"

namespace isotherm::dynamics {

/// Gradient flow dx/dt = -g(x) (TTIC 31230, "Gradient Flow", Winter 2020), by the classical Runge-Kutta method of order
/// 4: no noise, no temperature. Each particle follows the flow from its own start.
Descriptor gradient_flow() {
  Descriptor rule;
  rule.name = "gradient-flow";
  rule.formula = "dx/dt = -g(x), Runge-Kutta of order 4";
  rule.source = "TTIC 31230, gradient flow";
  rule.temperature_formula = "0";
  rule.stability_formula = "dt h < 2.785";
  rule.stochastic = false;
  rule.uses_dt = true;
  rule.stationary = Stationary::none;
  rule.temperature = [](const Parameters&) { return 0.0; };
  rule.build = [](StepBuilder& b) {
    loss::Graph& graph = b.graph();
    const std::size_t dimension = b.dimension();
    const loss::NodeId dt = b.option("dt");
    const auto scaled = [&](double factor) { return graph.mul(graph.literal(-factor), dt); };
    const auto moved = [&](loss::NodeId step, const std::vector<loss::NodeId>& slope) {
      std::vector<loss::NodeId> at;
      for (std::size_t c = 0; c < dimension; ++c) at.push_back(graph.fma(step, slope[c], b.state(0, c)));
      return at;
    };
    const std::vector<loss::NodeId> k1 = b.gradient();
    const std::vector<loss::NodeId> k2 = b.gradient(moved(scaled(0.5), k1));
    const std::vector<loss::NodeId> k3 = b.gradient(moved(scaled(0.5), k2));
    const std::vector<loss::NodeId> k4 = b.gradient(moved(scaled(1), k3));
    std::vector<loss::NodeId> next;
    for (std::size_t c = 0; c < dimension; ++c) {
      const loss::NodeId ends = graph.fma(scaled(1.0 / 6), graph.add(k1[c], k4[c]), b.state(0, c));
      next.push_back(graph.fma(scaled(1.0 / 3), graph.add(k2[c], k3[c]), ends));
    }
    return next;
  };
  return rule;
}

}  // namespace isotherm::dynamics
