#include <cmath>

#include "noise/noise.hpp"

namespace isotherm::noise {

/// sqrt(3) u with u uniform on (-1, 1): values up to sqrt(3), which float reaches by rounding. In float neighbours are
/// 2^-31 sqrt(3) apart next to 0 and 2^-24 sqrt(3) next to the ends, in double 2^-52 sqrt(3) everywhere.
Law uniform() {
  Law law;
  law.name = "uniform";
  law.example = "uniform";
  law.formula = "sqrt(3) u, u uniform on (-1, 1)";
  law.raw = random::Law::uniform;
  law.build = [](loss::Graph& graph, std::span<const loss::NodeId> raw, loss::NodeId) {
    return graph.mul(graph.literal(std::sqrt(3.0)), raw[0]);
  };
  law.has_variance = [](double) { return true; };
  law.skewness = [](double) { return std::optional(0.0); };
  law.excess_kurtosis = [](double) { return std::optional(-1.2); };
  return law;
}

}  // namespace isotherm::noise
