#include <algorithm>
#include <cmath>
#include <random>

#include "theory/bins.hpp"
#include "theory/chain_parts.hpp"
#include "theory/minima.hpp"
#include "theory/predictor.hpp"

namespace isotherm::theory {
namespace {

constexpr std::size_t most_separate_coordinates = 64;

/// Does each coordinate step by itself: by its own value, draws and nothing else?
bool steps_separately(const StepMap& map, const Chain& chain) {
  const std::size_t d = map.dimension();
  if (map.rows() != d) return false;
  std::mt19937_64 bits(2);
  const auto random = [&] { return 2 * 0x1p-64 * static_cast<double>(bits()) - 1; };
  std::vector<double> base = chain.minima.front().point, xi(map.draws()), next(d), moved(d);
  for (double& x : base) x += 0.3 * random();
  for (double& z : xi) z = random();
  map(base, xi, next);
  for (std::size_t c = 0; c < d; ++c)
    for (int trial = 0; trial < 2; ++trial) {
      std::vector<double> state = base, other = xi;
      state[c] += random();
      for (std::size_t k = c; k < other.size(); k += d) other[k] = 3 * random();
      map(state, other, moved);
      for (std::size_t e = 0; e < d; ++e)
        if (e != c && moved[e] != next[e]) return false;
    }
  return true;
}

Prediction predict_separate(const Chain& chain, std::vector<Component> components,
                            std::span<const std::vector<Axis>> axes) {
  loss::Problem& problem = *chain.problem;
  Prediction prediction;
  const std::size_t d = problem.dimension();
  prediction.coordinates = problem.coordinates();
  prediction.marginals.resize(d);
  prediction.covariance.assign(d * d, 0.0);
  ProductLaw law;
  double mean = 0, variance = 0, virial = 0;
  bool all_laws = true, all_variances = true, all_rates = true;
  double rate = INFINITY;
  for (Component& component : components) {
    component.quadratic = false;  // of the chain's law that says nothing
    const std::size_t c = component.coordinates[0];
    LinePart part = solve_line_part(chain, component);
    if (!part.reason.empty()) {
      Prediction refused;
      refused.not_applicable = (d > 1 ? problem.coordinates()[c] + ": " : "") + part.reason;
      return refused;
    }
    mean += part.mean_loss;
    variance += part.variance_of_loss;
    virial += part.virial / static_cast<double>(d);
    all_variances = all_variances && part.marginal.variance;
    prediction.covariance[c * d + c] = part.marginal.variance.value_or(0);
    prediction.marginals[c] = std::move(part.marginal);
    all_laws = all_laws && part.law;
    all_rates = all_rates && part.relaxation_rate;
    rate = std::min(rate, part.relaxation_rate.value_or(INFINITY));
    if (d == 1 && part.first_passage_steps)
      prediction.mean_first_passage_time = *part.first_passage_steps * chain.time_per_step;
    law.factors.push_back(std::move(part.law));
  }
  if (!all_variances) prediction.covariance.clear();
  if (all_rates) prediction.relaxation_rate = rate;
  prediction.loss.mean = mean;
  prediction.loss.variance = variance;
  prediction.loss.second_moment = variance + mean * mean;
  prediction.alpha_maximum_likelihood = alpha_of_mean_loss(chain, mean);
  if (chain.rule->corrected_virial && chain.temperature > 0 && chain.alpha_unit > 0)
    prediction.alpha_corrected_virial = virial * chain.temperature / chain.alpha_unit;
  if (!all_laws) {
    prediction.bins = no_density(axes, "the noise is not Gaussian, or the step is not affine in it");
    return prediction;
  }
  law.components = components;
  prediction.loss.quantiles = loss_quantiles(problem, law);
  for (const std::vector<Axis>& set : axes) {
    prediction.bins.push_back(integrate_bins(problem, law, set));
    const bool has_loss = std::any_of(set.begin(), set.end(), [&](const Axis& axis) {
      return problem.parse(axis.expression, "axis") == problem.value();
    });
    if (d > 1 && has_loss && !prediction.bins.back().not_applicable.empty())
      prediction.bins.back().not_applicable = "the exact chain has the law of the loss in one dimension only";
  }
  return prediction;
}

Prediction predict(const Chain& chain, std::span<const std::vector<Axis>> axes) {
  const auto refuse = [](const std::string& reason) {
    Prediction refused;
    refused.not_applicable = reason;
    return refused;
  };
  if (!chain.map) return refuse(chain.not_applicable.empty() ? "there is no stationary chain" : chain.not_applicable);
  const StepMap& map = *chain.map;
  if (map.changes()) return refuse("the step changes with its number, so that there is no stationary law");
  if (map.draws() == 0) return refuse("there is no noise");
  if (!is_gaussian(chain) && !chain.law.has_variance()) return refuse("the noise has no variance");
  if (chain.minima.empty()) return refuse(why_no_minimum(*chain.problem));

  if (map.rows() == map.dimension() && map.dimension() <= most_separate_coordinates) {
    Separation separation = separate(*chain.problem);
    if (!separation.flat.empty())
      return refuse("the loss does not depend on " + chain.problem->coordinates()[separation.flat.front()] +
                    ": there is no stationary law");
    const bool lines = std::all_of(separation.components.begin(), separation.components.end(),
                                   [](const Component& component) { return component.dimension() == 1; });
    if (lines && steps_separately(map, chain)) return predict_separate(chain, std::move(separation.components), axes);
  }
  if (map.rows() == 2) return predict_plane_chain(chain, axes);
  return refuse(
      "the chain has " + std::to_string(map.rows()) +
      " state rows that act on each other; at most two are treated, or any number of independent coordinates");
}

}  // namespace

/// The stationary law of the discrete chain itself, at whatever step: what a simulation should agree with to the last
/// digit. Independent coordinates under Gaussian noise: the transfer operator, with densities. Two coupled rows under
/// Gaussian noise: Fourier series, with densities. Other noise, and in one row steps that are not affine in it:
/// averages by collocation.
Predictor exact_chain() {
  return {"exact-chain", "the stationary law of the discrete chain itself, by its transfer operator or collocation",
          predict};
}

}  // namespace isotherm::theory
