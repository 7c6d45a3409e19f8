#include "theory/gradient_step.hpp"

#include <algorithm>
#include <cmath>

#include "theory/minima.hpp"
#include "theory/scatter.hpp"

namespace isotherm::theory {

std::string read_gradient_step(const Chain& chain, GradientStep& step) {
  if (!chain.map) return chain.not_applicable;
  const StepMap& map = *chain.map;
  const std::size_t dimension = map.dimension();
  std::string form = "the step of " + chain.rule->name + " is not x' = x - eta L'(x) + noise of constant size";
  if (map.changes()) return "the step changes with its number";
  if (chain.state_dependent_noise) return "the noise depends on the state";
  if (map.rows() != dimension || map.draws() != dimension) return form;
  if (chain.minima.empty()) return why_no_minimum(*chain.problem);

  // Far enough from the minimum for the slope to be seen, and where the law is.
  const std::vector<double>& origin = chain.minima.front().point;
  const double curvature = chain.minima.front().curvatures.empty() ? 0 : chain.minima.front().curvatures.back();
  const double reach = chain.temperature > 0 && curvature > 0 ? std::sqrt(chain.temperature / curvature) : 0.1;
  const loss::Function gradient(*chain.problem, chain.problem->gradient());
  std::vector<double> place(dimension), slope(dimension), quiet(dimension), next(dimension), still(dimension);
  step.rate.assign(dimension, 0);
  step.noise.assign(dimension, 0);
  for (int trial = 0; trial < 8; ++trial) {
    const Eigen::VectorXd moved = reach * scatter(static_cast<Eigen::Index>(dimension), trial);
    const Eigen::VectorXd xi = scatter(static_cast<Eigen::Index>(dimension), trial + 30);
    for (std::size_t c = 0; c < dimension; ++c) place[c] = origin[c] + moved[static_cast<Eigen::Index>(c)];
    gradient(place, slope);
    map(place, still, quiet);
    map(place, {xi.data(), dimension}, next);
    for (std::size_t c = 0; c < dimension; ++c) {
      const double number = xi[static_cast<Eigen::Index>(c)];
      if (trial == 0) {
        step.rate[c] = (place[c] - quiet[c]) / slope[c];
        std::vector<double> one(dimension);
        one[c] = 1;
        std::vector<double> with(dimension);
        map(place, one, with);
        step.noise[c] = with[c] - quiet[c];
      }
      const double size =
          1e-9 * (std::abs(step.rate[c] * slope[c]) + std::abs(step.noise[c])) + 1e-14 * std::abs(place[c]);
      if (!(std::abs(quiet[c] - place[c] + step.rate[c] * slope[c]) <= size)) return form;
      if (!(std::abs(next[c] - quiet[c] - step.noise[c] * number) <= size)) return form;
    }
  }
  for (std::size_t c = 0; c < dimension; ++c)
    if (!(step.rate[c] > 0) || step.noise[c] == 0) return form;
  return "";
}

}  // namespace isotherm::theory
