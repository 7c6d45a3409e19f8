#include "noise/noise.hpp"

namespace isotherm::noise {

/// No noise: every particle follows the mean gradient.
Law none() {
  Law law;
  law.name = "none";
  law.example = "none";
  law.formula = "no noise: every particle follows the mean gradient";
  law.raw = random::Law::none;
  law.build = [](loss::Graph& graph, std::span<const loss::NodeId>, loss::NodeId) { return graph.literal(0); };
  law.has_variance = [](double) { return true; };
  law.skewness = law.excess_kurtosis = [](double) { return std::optional<double>(); };
  return law;
}

}  // namespace isotherm::noise
