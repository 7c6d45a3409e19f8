#include "dynamics/dynamics.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::dynamics {

/// "An original SGD algorithm" (TTIC 31230, Winter 2018): the learning rate and the batch size that maximize a lower
/// bound on the decrease of the loss per sample, scaled to the batches at hand. For each coordinate, t = 1, 2, ...:
///     s2 = max(s - g^2, 0)
///     w = 1/t                                       for t <= k, --window
///         min((g^2 + epsilon) / (16 s2), W)         after; W = 1/k, or --largest-weight
///     g' = g + w (ghat - g),   s' = s + w (ghat^2 - s),   s2' = max(s' - g'^2, 0)
///     eta_t = 0                                     for t <= k
///             min(g'^2 / (32 s2' Lip), 1/(2 Lip))   after; Lip = --lipschitz, a bound on the curvature
///     x' = x - eta_t ghat
/// On the slides sigma is that of one example in B* = 16 sigma^2 / g^2, and that of a batch in s - g^2: written for the
/// batch, 1/w = B*/B = 16 s2 / g^2 updates, and eta_t has no B, as on the slides.
/// The slides have no cap on w, which the running averages need: a weight above 1 is none, and at w = 1 the averages
/// are their last sample, s2 = 0, and w = 1 for ever (with --largest-weight 1 most particles end so, at the largest
/// rate). At most 1/k keeps the window that the warm-up has. They have no cap on eta_t either, nor 1/t, but 1/k from
/// zero averages. --literal does all that as they have it, and loses particles to division by zero. Where s2 is 0 the
/// quotients are infinite, or NaN for 0/0. min is a select on <, so that min(NaN, cap) is the cap; the order of its
/// operands is chosen for that. The rule sets its own rates: there is no --eta, and time counts steps. With g = 0 and
/// as t -> infinity 4 Lip t eta_t has the law of 32 / chi^2 with 35 degrees of freedom: it anneals like 1 / (4 Lip t).
Descriptor mcallester() {
  Descriptor rule;
  rule.name = "mcallester";
  rule.formula =
      "w = min((g^2 + epsilon) / (16 (s - g^2)), 1/k), g' = g + w (ghat - g), s' = s + w (ghat^2 - s), "
      "x' = x - min(g'^2 / (32 (s' - g'^2) Lip), 1/(2 Lip)) ghat; for t <= k: w = 1/t, x' = x";
  rule.source = "TTIC 31230, an original SGD algorithm";
  rule.temperature_formula = "none; the rate falls with the gradient, and the rule anneals itself";
  rule.stability_formula = "h < 4 Lip";
  rule.rows = {{"g"}, {"s"}};
  rule.numbers = {{"window", Domain::whole, 20},
                  {"epsilon", Domain::nonnegative, 1e-12},
                  {"lipschitz", Domain::of_coordinate, 1},
                  {"largest-weight", Domain::share, {}}};
  rule.flags = {"literal"};
  rule.uses_eta = false;
  rule.stationary = Stationary::none;
  rule.build = [](StepBuilder& b) {
    loss::Graph& graph = b.graph();
    using loss::NodeId;
    using loss::Operation;
    const NodeId zero = graph.literal(0), one = graph.literal(1);
    const NodeId k = b.option("window"), t = b.step_number(), epsilon = b.option("epsilon");
    const bool literal = b.flag("literal");
    NodeId largest_weight = b.option("largest-weight");
    if (graph.is_literal(largest_weight, 0))
      largest_weight = graph.div(one, k);
    else if (literal)
      throw InputError("--largest-weight: --literal has no largest weight; drop one of them");
    // k < t ? after : before, that is, whether the warm-up is over.
    const auto later = [&](NodeId after, NodeId before) { return graph.less_select(k, t, after, before); };
    const NodeId first_weight = graph.div(one, literal ? k : t);

    const std::vector<NodeId> ghat = b.stochastic_gradient();
    std::vector<NodeId> positions, means, squares;
    for (std::size_t c = 0; c < b.dimension(); ++c) {
      const auto variance = [&](NodeId mean, NodeId square) {
        return graph.binary(Operation::max, graph.sub(square, graph.mul(mean, mean)), zero);
      };
      const NodeId old_g = b.state(1, c), old_s = b.state(2, c);
      NodeId weight =
          graph.div(graph.add(graph.mul(old_g, old_g), epsilon), graph.mul(graph.literal(16), variance(old_g, old_s)));
      if (!literal) weight = graph.binary(Operation::min, weight, largest_weight);
      weight = later(weight, first_weight);
      const NodeId g = graph.fma(weight, graph.sub(ghat[c], old_g), old_g);
      const NodeId s = graph.fma(weight, graph.sub(graph.mul(ghat[c], ghat[c]), old_s), old_s);
      const NodeId lipschitz = b.option("lipschitz", c);
      NodeId rate = graph.div(graph.mul(g, g), graph.mul(graph.mul(graph.literal(32), lipschitz), variance(g, s)));
      if (literal) {
        rate = later(rate, zero);
      } else {
        // During the warm-up the cap is 0, and so is the smaller of the two.
        rate = graph.binary(Operation::min, rate, later(graph.div(graph.literal(0.5), lipschitz), zero));
      }
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
