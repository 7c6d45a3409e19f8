#include "dynamics/dynamics.hpp"

namespace isotherm::dynamics {

/// "Statistical intuitions for learning rates" (TTIC 31230, Winter 2018): a mean of N gradients has the right sign,
/// with a confidence of two standard deviations, from N = 4 sigma^2 / g^2 on, so a rate should be proportional to 1/N,
///     eta_t = eta g_t^2 / sigma_t^2,   x' = x - eta_t ghat
/// The lecture calls this "not (yet) directly implementable", for g_t and sigma_t are those of the true gradient. Here
/// they are its running averages over N values, --window, of each coordinate, from 0:
///     g' = (1 - 1/N) g + ghat/N,   s' = (1 - 1/N) s + ghat^2/N,   sigma_t^2 = s' - g'^2
/// and the rate is at most 1 / (2 Lip), --lipschitz, since the estimate of sigma^2 can be 0, and without noise that is
/// the best rate. The cap also stands in for 0/0, where all gradients so far were 0: min is a select on <, and so its
/// second operand where the first is NaN.
/// The lecture expects eta_t -> 0 as g_t -> 0. A running average of fixed length does not get there: where g = 0, g'
/// has the variance sigma^2 / (2N - 1), and the rate stays about eta / (2N - 1) in the mean, at random. The positions
/// settle in a stationary law, whose width no temperature describes, for rate and gradient share their noise.
Descriptor statistical_rate() {
  Descriptor rule;
  rule.name = "statistical-rate";
  rule.formula =
      "g' = (1 - 1/N) g + ghat/N, s' = (1 - 1/N) s + ghat^2/N, "
      "x' = x - min(eta g'^2 / (s' - g'^2), 1/(2 Lip)) ghat";
  rule.source = "TTIC 31230, statistical intuitions for learning rates";
  rule.temperature_formula = "none; near a minimum the rate is random, eta / (2N - 1) in the mean";
  rule.stability_formula = "h < 4 Lip";
  rule.rows = {{"g"}, {"s"}};
  rule.numbers = {{"window", Domain::whole, 100}, {"lipschitz", Domain::of_coordinate, 1}};
  rule.stationary = Stationary::own;
  rule.build = [](StepBuilder& b) {
    loss::Graph& graph = b.graph();
    const loss::NodeId zero = graph.literal(0), one = graph.literal(1);
    const loss::NodeId weight = graph.div(one, b.option("window"));
    const std::vector<loss::NodeId> ghat = b.stochastic_gradient();
    std::vector<loss::NodeId> positions, means, squares;
    for (std::size_t c = 0; c < b.dimension(); ++c) {
      const auto average = [&](loss::NodeId value, loss::NodeId sample) {
        return graph.fma(weight, graph.sub(sample, value), value);
      };
      const loss::NodeId g = average(b.state(1, c), ghat[c]);
      const loss::NodeId s = average(b.state(2, c), graph.mul(ghat[c], ghat[c]));
      const loss::NodeId square = graph.mul(g, g);
      const loss::NodeId variance = graph.binary(loss::Operation::max, graph.sub(s, square), zero);
      const loss::NodeId largest = graph.div(graph.literal(0.5), b.option("lipschitz", c));
      const loss::NodeId rate =
          graph.binary(loss::Operation::min, graph.div(graph.mul(b.eta(c), square), variance), largest);
      means.push_back(g);
      squares.push_back(s);
      positions.push_back(graph.fma(graph.neg(rate), ghat[c], b.position(c)));
    }
    positions.insert(positions.end(), means.begin(), means.end());
    positions.insert(positions.end(), squares.begin(), squares.end());
    return positions;
  };
  return rule;
}

}  // namespace isotherm::dynamics
