#include <cmath>

#include "noise/noise.hpp"

namespace isotherm::noise {

/// Two values, sqrt((1-q)/q) with probability q and -sqrt(q/(1-q)) otherwise: mean 0, variance 1, and the skewness
/// (1-2q)/sqrt(q(1-q)), for noise that is not symmetric. q = 1/2 is the law rademacher, which costs less.
///
/// The rarer value is taken where |u| <= min(q, 1-q), u being uniform on (-1, 1) with |u| an odd multiple of 2^-32,
/// rounded, in float and of 2^-53 in double. So in float the rarer value has its probability to 2^-25 of it or to
/// 2^-32, whichever is more: it should not be below 1e-7 there.
Law two_point() {
  Law law;
  law.name = "two-point";
  law.parameter = "Q";
  law.example = "two-point:0.1";
  law.formula = "sqrt((1-Q)/Q) with probability Q, else -sqrt(Q/(1-Q))";
  law.raw = random::Law::uniform;
  law.build = [](loss::Graph& graph, std::span<const loss::NodeId> raw, loss::NodeId q) {
    const loss::NodeId rest = graph.sub(graph.literal(1), q);
    const loss::NodeId odds = graph.div(rest, q);
    const loss::NodeId upper = graph.unary(loss::Operation::sqrt, odds);
    const loss::NodeId lower = graph.neg(graph.unary(loss::Operation::sqrt, graph.div(q, rest)));
    const loss::NodeId rare = graph.less_select(rest, q, lower, upper);
    const loss::NodeId usual = graph.less_select(rest, q, upper, lower);
    const loss::NodeId share = graph.less_select(rest, q, rest, q);
    return graph.less_select(share, graph.abs(raw[0]), usual, rare);
  };
  law.check = [](double q) {
    return q >= 1e-6 && q <= 1 - 1e-6 ? "" : "the probability must be between 1e-6 and 1 - 1e-6";
  };
  law.has_variance = [](double) { return true; };
  law.skewness = [](double q) { return std::optional((1 - 2 * q) / std::sqrt(q * (1 - q))); };
  law.excess_kurtosis = [](double q) { return std::optional((1 - 6 * q * (1 - q)) / (q * (1 - q))); };
  return law;
}

}  // namespace isotherm::noise
