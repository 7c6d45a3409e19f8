#include "theory/chain_parts.hpp"

namespace isotherm::theory {

bool is_gaussian(const Chain& chain) { return chain.law.law == nullptr || chain.law.law->name == "gaussian"; }

Marginal marginal_of(double mean, double second_moment, double fourth_moment) {
  return {mean, second_moment, second_moment - mean * mean, fourth_moment, {}};
}

std::vector<BinProbabilities> no_density(std::span<const std::vector<Axis>> axes, const std::string& because) {
  std::vector<BinProbabilities> bins;
  for (const std::vector<Axis>& set : axes) bins.push_back({set, {}, "averages only: " + because});
  return bins;
}

std::optional<double> alpha_of_mean_loss(const Chain& chain, double mean_loss) {
  if (!(chain.temperature > 0) || !(chain.alpha_unit > 0) || chain.family == nullptr ||
      !chain.family->not_applicable(chain.temperature).empty())
    return std::nullopt;
  const std::optional<double> t = chain.family->temperature_of_mean_loss(mean_loss, chain.temperature);
  if (!t) return std::nullopt;
  return *t / chain.alpha_unit;
}

}  // namespace isotherm::theory
