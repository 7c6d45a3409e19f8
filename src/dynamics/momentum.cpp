#include <array>

#include "dynamics/dynamics.hpp"

namespace isotherm::dynamics {
namespace {

bool averaged(const Parameters& p) { return p.options.choice("parameterization") == "averaged"; }

/// Learning rate of the averaged form: eta' = eta / (1 - mu).
double averaged_rate(const Parameters& p) { return averaged(p) ? p.eta : p.eta / (1 - p.options.number("mu")); }

}  // namespace

/// Heavy-ball momentum (TTIC 31230, "Momentum", Winter 2018 and 2020; Polyak 1964), in both parameterizations:
///     standard    v' = mu v + eta ghat,        x' = x - v'
///     averaged    v' = mu v + (1 - mu) ghat,   x' = x - eta v'
/// The same process with eta_averaged = eta_standard / (1 - mu), v_standard = eta_averaged v_averaged. As the step goes
/// to 0 the positions follow exp(-L/T), T = eta sigma^2 / (2 (1 - mu)) (standard), eta sigma^2 / 2 (averaged). On
/// curvature h the standard form is stable for eta h < 2 (1 + mu).
/// For any loss and zero-mean noise the stationary chain has exactly
///     <x.g> - (eta <|g|^2> / 2 + mu <v.g>) / (1 - mu) = D T        (standard)
/// and so coordinate by coordinate: z = x - mu v / (1 - mu) makes plain steps, z' = z - eta ghat / (1 - mu).
Descriptor momentum() {
  Descriptor rule;
  rule.name = "momentum";
  rule.formula = "v' = mu v + eta ghat, x' = x - v'; averaged: v' = mu v + (1 - mu) ghat, x' = x - eta v'";
  rule.source = "TTIC 31230, momentum; Polyak 1964";
  rule.temperature_formula = "eta sigma^2 / (2 (1 - mu)); averaged: eta sigma^2 / 2";
  rule.stability_formula = "eta h < 2 (1 + mu); averaged: eta h < 2 (1 + mu) / (1 - mu)";
  rule.rows = {{"v"}};
  rule.numbers = {{"mu", Domain::fraction, 0.9}};
  rule.choices = {{"parameterization", {"standard", "averaged"}}};
  rule.preconditioned = true;
  rule.decouples = true;
  rule.temperature = [](const Parameters& p) { return averaged_rate(p) * p.sigma2 / 2; };
  // Var v = eta^2 sigma^2 / (1 - mu^2) as eta h -> 0, and the averaged v is that over eta'.
  rule.mass = [](const Parameters& p) {
    const double mu = p.options.number("mu"), rate = averaged_rate(p);
    return (1 + mu) / (2 * (1 - mu)) * (averaged(p) ? rate / (p.gain * p.gain) : 1 / rate);
  };
  rule.overdamped_step = averaged_rate;
  rule.decay_share = [](const Parameters& p) { return averaged(p) ? 1.0 : 1 - p.options.number("mu"); };
  rule.corrected_virial = [](StepBuilder& b) {
    loss::Graph& graph = b.graph();
    const bool averages = b.choice("parameterization") == "averaged";
    const loss::NodeId mu = b.option("mu"), one = graph.literal(1), rest = graph.sub(one, mu);
    const std::vector<loss::NodeId> g = b.gradient(), mean = b.mean_gradient();
    std::vector<loss::NodeId> temperatures;
    for (std::size_t c = 0; c < b.dimension(); ++c) {
      const loss::NodeId eta = averages ? graph.mul(rest, b.eta(c)) : b.eta(c);
      const loss::NodeId v = averages ? graph.mul(b.eta(c), b.state(1, c)) : b.state(1, c);
      temperatures.push_back(graph.sum(
          std::array{graph.mul(b.state(0, c), g[c]),
                     graph.mul(graph.div(graph.mul(graph.literal(-0.5), eta), rest), graph.mul(g[c], mean[c])),
                     graph.mul(graph.div(graph.neg(mu), rest), graph.mul(v, g[c]))}));
    }
    return temperatures;
  };
  rule.build = [](StepBuilder& b) {
    loss::Graph& graph = b.graph();
    const bool averages = b.choice("parameterization") == "averaged";
    const loss::NodeId mu = b.option("mu");
    const std::vector<loss::NodeId> ghat = b.stochastic_gradient();
    std::vector<loss::NodeId> positions, velocities;
    for (std::size_t c = 0; c < b.dimension(); ++c) {
      const loss::NodeId kept = graph.mul(mu, b.state(1, c));
      const loss::NodeId weight = averages ? graph.sub(graph.literal(1), mu) : b.eta(c);
      const loss::NodeId v = graph.fma(weight, ghat[c], kept);
      velocities.push_back(v);
      positions.push_back(averages ? graph.fma(graph.neg(b.eta(c)), v, b.position(c)) : graph.sub(b.position(c), v));
    }
    positions.insert(positions.end(), velocities.begin(), velocities.end());
    return positions;
  };
  return rule;
}

}  // namespace isotherm::dynamics
