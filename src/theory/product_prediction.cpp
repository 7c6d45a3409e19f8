#include "theory/product_prediction.hpp"

#include "isotherm/core/error.hpp"

namespace isotherm::theory {

void fill_from_product(loss::Problem& problem, const ProductLaw& law, std::span<const std::vector<Axis>> axes,
                       Prediction& prediction) {
  const std::size_t dimension = problem.dimension();
  prediction.coordinates = problem.coordinates();
  prediction.marginals.resize(dimension);
  bool all_covariances = dimension <= maximum_covariance_dimension;
  if (all_covariances) prediction.covariance.assign(dimension * dimension, 0);
  double mean = 0, variance = 0;
  for (std::size_t k = 0; k < law.components.size(); ++k) {
    const ComponentLaw& factor = *law.factors[k];
    const std::vector<std::size_t>& own = law.components[k].coordinates;
    mean += factor.mean_loss();
    variance += factor.variance_of_loss();
    for (std::size_t i = 0; i < own.size(); ++i) {
      const CoordinateMoments moments = factor.moments(i);
      Marginal& marginal = prediction.marginals[own[i]];
      marginal = {moments.mean, moments.second_moment, moments.variance, moments.fourth_moment, {}};
      for (const auto& [key, level] : quantile_levels())
        marginal.quantiles[key] = level > 0.5 ? factor.quantile(i, 1 - level, true) : factor.quantile(i, level, false);
      for (std::size_t j = 0; j < own.size() && all_covariances; ++j) {
        const auto covariance = factor.covariance(i, j);
        all_covariances = all_covariances && covariance;
        prediction.covariance[own[i] * dimension + own[j]] = covariance.value_or(0);
      }
    }
  }
  if (!all_covariances) prediction.covariance.clear();
  prediction.loss.mean = mean;
  prediction.loss.variance = variance;
  prediction.loss.second_moment = variance + mean * mean;
  prediction.loss.quantiles = loss_quantiles(problem, law);
  for (const std::vector<Axis>& set : axes) {
    try {
      prediction.bins.push_back(integrate_bins(problem, law, set));
    } catch (const InputError&) {
      prediction.bins.push_back({set, {}, "only the coordinates and functions of them have a predicted law"});
    }
  }
}

}  // namespace isotherm::theory
