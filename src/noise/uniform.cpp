#include <cmath>

#include "noise/noise.hpp"

namespace isotherm::noise {

/// sqrt(3) u with u uniform on (-1, 1). The largest value is sqrt(3), rounded. In float neighbouring values are 2^-31
/// sqrt(3) apart next to 0 and, by rounding, 2^-24 sqrt(3) next to the ends; the variance is 1 to 2^-31.
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
