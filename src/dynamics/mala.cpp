#include <algorithm>
#include <cmath>

#include "dynamics/dynamics.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::dynamics {
namespace {

/// Two numbers a, b with a^2 + b^2 = -2 T log u, u uniform on (0, 1): Box and Muller's radius backwards. They are noise
/// of variance T each, in one draw where there are two coordinates, else in two.
std::pair<loss::NodeId, loss::NodeId> acceptance_noise(StepBuilder& b) {
  loss::Graph& graph = b.graph();
  const std::vector<loss::NodeId> none(b.dimension(), graph.literal(0));
  std::vector<loss::NodeId> factor;
  for (std::size_t c = 0; c < b.dimension(); ++c)
    factor.push_back(graph.unary(loss::Operation::sqrt, graph.mul(graph.literal(0.5), b.eta(c))));
  const std::vector<loss::NodeId> first = b.add_noise(none, factor, b.draw(1));
  return {first[0], b.dimension() > 1 ? first[1] : b.add_noise(none, factor, b.draw(2))[0]};
}

}  // namespace

/// The Metropolis-adjusted Langevin algorithm (Roberts and Tweedie, Bernoulli 2 (1996) 341): a step of Euler and
/// Maruyama is a proposal,
///     y = x - dt g(x) + sqrt(eta dt) sigma xi
/// accepted with probability min(1, pi(y) q(y -> x) / (pi(x) q(x -> y))), pi = exp(-L/T), T = eta sigma^2 / 2, q the
/// density of proposals; else x stays. The stationary law is Gibbs' at every dt, so there is no bound on dt: a long one
/// is rejected more often. On a quadratic the accepted share is 1 - (2 / pi) atan((dt h / 2)^(3/2)), half at dt h = 2.
/// A particle that starts where the proposal overshoots by far, on a steep slope away from equilibrium, may be rejected
/// for very long. `acceptance` is 1 after an accepted step and 0 after a rejected one. Two gradients, two losses and
/// three normal numbers per step in one dimension.
///
/// With d = y - x, T times the logarithm of the ratio is
///     L(x) - L(y) + d.(g(x) + g(y)) / 2 + dt (g(x) - g(y)).(g(x) + g(y)) / 4
/// the error of the trapezoidal rule, of third order in d, beside a term of order dt d: no squares of distances are
/// subtracted. d is the difference of the numbers as rounded, so that the test is of the move that is made. What is
/// left is the rounding of L: in float the logarithm of the ratio is off by about 1e-7 (|L(x)| + |L(y)|) / T, and the
/// density by as much, relative. That is far below what any run resolves unless L carries a constant large beside T;
/// then leave the constant out, or use --precision double. u is from two normal numbers, -log u = (a^2 + b^2) / 2,
/// which needs no logarithm; in float -log u may end at 22, where the probability is 2e-10.
///
/// A proposal at which L or g is not a number, or L is +infinity, fails the comparison and is rejected.
Descriptor mala() {
  Descriptor rule;
  rule.name = "mala";
  rule.formula = "y = x - dt g(x) + sqrt(eta dt) sigma xi, accepted by Metropolis and Hastings for exp(-L/T)";
  rule.source = "Roberts and Tweedie 1996";
  rule.temperature_formula = "eta sigma^2 / 2";
  rule.stability_formula = "every dt; it is accepted often where dt h < 1";
  rule.rows = {{"acceptance", true}};
  rule.gaussian_only = true;
  rule.uses_dt = true;
  rule.temperature = [](const Parameters& p) { return p.eta * p.sigma2 / 2; };
  rule.overdamped_step = [](const Parameters& p) { return p.dt; };
  // The proposal's own. One that overshoots is rejected instead, so that it never grows.
  rule.contraction = [](const Parameters& p, double h) {
    const double kept = 1 - p.dt * h;
    return kept >= 0 ? kept : std::min(-kept, 0.99);
  };
  rule.build = [](StepBuilder& b) {
    loss::Graph& graph = b.graph();
    const std::size_t dimension = b.dimension();
    const loss::NodeId dt = b.option("dt"), two = graph.literal(2);
    const std::vector<loss::NodeId> g = b.gradient();
    std::vector<loss::NodeId> drifted, factor;
    for (std::size_t c = 0; c < dimension; ++c) {
      if (b.eta(c) != b.eta(0))
        throw InputError("--eta: mala samples at one temperature; give one learning rate for all coordinates");
      drifted.push_back(graph.fma(graph.neg(dt), g[c], b.state(0, c)));
      factor.push_back(graph.unary(loss::Operation::sqrt, graph.mul(b.eta(c), dt)));
    }
    const std::vector<loss::NodeId> proposal = b.add_noise(drifted, factor, b.draw(0));
    const std::vector<loss::NodeId> there = b.gradient(proposal);

    // 2 T times the logarithm of the ratio.
    const loss::NodeId half = graph.mul(graph.literal(0.5), dt);
    loss::NodeId ratio = graph.mul(two, graph.sub(b.value(), b.value(proposal)));
    for (std::size_t c = 0; c < dimension; ++c) {
      const loss::NodeId moved = graph.sub(proposal[c], b.state(0, c));
      const loss::NodeId reach = graph.fma(half, graph.sub(g[c], there[c]), moved);
      ratio = graph.fma(graph.add(g[c], there[c]), reach, ratio);
    }
    const auto [a1, a2] = acceptance_noise(b);
    const loss::NodeId uniform = graph.neg(graph.fma(a1, a1, graph.mul(a2, a2)));  // 2 T log u
    std::vector<loss::NodeId> next;
    for (std::size_t c = 0; c < dimension; ++c)
      next.push_back(graph.less_select(uniform, ratio, proposal[c], b.state(0, c)));
    next.push_back(graph.less_select(uniform, ratio, graph.literal(1), graph.literal(0)));
    return next;
  };
  return rule;
}

}  // namespace isotherm::dynamics
