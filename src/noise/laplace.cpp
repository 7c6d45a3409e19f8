#include <numbers>

#include "noise/noise.hpp"

namespace isotherm::noise {

/// Laplace's two-sided exponential law of density exp(-sqrt(2) |z|) / sqrt(2), by inversion: z has the sign of u and
/// the size -log|u| / sqrt(2), u being uniform on (-1, 1).
///
/// |u| is an odd multiple of 2^-32 in float (2^-53 in double), so that |z| <= 32 log(2) / sqrt(2) = 15.7 (26.0 in
/// double). That loses 4e-9 (3e-15) of the variance.
Law laplace() {
  Law law;
  law.name = "laplace";
  law.example = "laplace";
  law.formula = "-sign(u) log|u| / sqrt(2), u uniform on (-1, 1)";
  law.raw = random::Law::uniform;
  law.build = [](loss::Graph& graph, std::span<const loss::NodeId> raw, loss::NodeId) {
    const loss::NodeId size =
        graph.mul(graph.literal(-1 / std::numbers::sqrt2), graph.unary(loss::Operation::log, graph.abs(raw[0])));
    return graph.less_select(raw[0], graph.literal(0), graph.neg(size), size);
  };
  law.has_variance = [](double) { return true; };
  law.skewness = [](double) { return std::optional(0.0); };
  law.excess_kurtosis = [](double) { return std::optional(3.0); };
  return law;
}

}  // namespace isotherm::noise
