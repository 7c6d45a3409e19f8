#include "noise/noise.hpp"

namespace isotherm::noise {

/// Standard normal numbers, by Box and Muller's transform.
Law gaussian() {
  Law law;
  law.name = "gaussian";
  law.example = "gaussian";
  law.formula = "standard normal";
  law.raw = random::Law::normal;
  law.build = [](loss::Graph&, std::span<const loss::NodeId> raw, loss::NodeId) { return raw[0]; };
  law.has_variance = [](double) { return true; };
  law.skewness = law.excess_kurtosis = [](double) { return std::optional(0.0); };
  return law;
}

}  // namespace isotherm::noise
