#include "noise/noise.hpp"

namespace isotherm::noise {

/// -1 or 1, equally likely: the noise of one coin, whose law is exact in every precision. One random bit each.
Law rademacher() {
  Law law;
  law.name = "rademacher";
  law.example = "rademacher";
  law.formula = "-1 or 1, equally likely";
  law.raw = random::Law::sign;
  law.build = [](loss::Graph&, std::span<const loss::NodeId> raw, loss::NodeId) { return raw[0]; };
  law.has_variance = [](double) { return true; };
  law.skewness = [](double) { return std::optional(0.0); };
  law.excess_kurtosis = [](double) { return std::optional(-2.0); };
  return law;
}

}  // namespace isotherm::noise
