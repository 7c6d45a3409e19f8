#include <algorithm>
#include <cmath>
#include <limits>

#include "theory/antiderivative.hpp"
#include "theory/line_density.hpp"
#include "theory/minima.hpp"
#include "theory/predictor.hpp"
#include "theory/product_prediction.hpp"
#include "theory/text.hpp"

namespace isotherm::theory {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double negligible = 100;  // exp(-100) of the greatest density
constexpr std::size_t maximum_panels = 20000;

/// x' = x + drift(x) + s(x) xi.
class Step {
 public:
  explicit Step(std::shared_ptr<const StepMap> map) : map_(std::move(map)) {}
  double drift(double x) const { return at(x, 0) - x; }
  double variance(double x) const {
    const double s = at(x, 1) - at(x, 0);
    return s * s;
  }
  bool affine(double x) const {
    const double quiet = at(x, 0), s = at(x, 1) - quiet;
    return std::abs(at(x, -2.5) - quiet + 2.5 * s) <= 1e-9 * (std::abs(s) + 1e-6 * std::abs(quiet));
  }
  /// d log p / dx but for the variance's own share: 2 drift / s^2.
  double force(double x) const { return 2 * drift(x) / variance(x); }

 private:
  double at(double x, double xi) const {
    double next = 0;
    (*map_)({&x, 1}, {&xi, 1}, {&next, 1});
    return next;
  }
  std::shared_ptr<const StepMap> map_;
};

std::string solve(const Chain& chain, std::shared_ptr<const ComponentLaw>& law) {
  if (!chain.map) return chain.not_applicable;
  if (!chain.state_dependent_noise) return "the noise does not depend on the state: Ito's density is Gibbs'";
  if (chain.map->changes()) return "the step changes with its number";
  if (chain.map->dimension() != 1)
    return "noise that depends on the state has a stationary density in closed form in one dimension only";
  if (chain.map->rows() != 1 || chain.map->draws() != 1)
    return "the step of " + chain.rule->name + " is not x' = x - eta L'(x) + noise";
  if (chain.law.law != nullptr && !chain.law.has_variance()) return "the noise has no variance";
  if (chain.minima.empty()) return why_no_minimum(*chain.problem);

  const auto step = std::make_shared<Step>(chain.map);
  std::vector<double> wells;
  double width = infinity;
  for (const Minimum& minimum : chain.minima) {
    const double x = minimum.point[0];
    wells.push_back(x);
    const double s = std::sqrt(step->variance(x));
    if (!(s > 0)) return "the noise vanishes at the minimum " + text(x) + ": particles stay there";
    const double slope = (step->drift(x - s) - step->drift(x + s)) / (2 * s);
    width = std::min(width, slope > 1e-4 ? s / std::sqrt(2 * slope) : 50 * s);
  }
  const auto [left, right] = std::minmax_element(wells.begin(), wells.end());

  // Panels from the wells outwards, longer as they are farther away, until the density is negligible.
  std::vector<double> edges = {*left};
  while (edges.back() < *right) {
    edges.push_back(std::min(*right, edges.back() + 0.5 * width));
    if (edges.size() > maximum_panels) return "the wells are too narrow beside their distance";
  }
  double level = 0, peak = 0;  // log p along the way, from the left well
  const auto extend = [&](double from, double to) {
    const auto& rule = GaussLegendre<20>::rule();
    const double half = 0.5 * (to - from);
    double sum = 0;
    for (std::size_t i = 0; i < 20; ++i) sum += rule.weight[i] * step->force(from + half * (1 + rule.node[i]));
    return half * sum;
  };
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    level += extend(edges[i], edges[i + 1]);
    peak = std::max(peak, level - std::log(step->variance(edges[i + 1]) / step->variance(*left)));
  }
  for (const int direction : {1, -1}) {
    double x = direction > 0 ? *right : *left, sum = direction > 0 ? level : 0;
    std::vector<double> added;
    for (;;) {
      const double distance = direction > 0 ? x - *right : *left - x;
      const double next = x + direction * std::max(0.5 * width, 0.25 * distance);
      sum += extend(x, next);
      x = next;
      added.push_back(x);
      const double value = sum - std::log(step->variance(x) / step->variance(*left));
      if (!std::isfinite(value)) return "the noise vanishes, or the loss is not finite, near " + text(x);
      peak = std::max(peak, value);
      if (value < peak - negligible) break;
      if (std::abs(x) > 1e100 || added.size() > maximum_panels)
        return "the density falls off too slowly to be normalized: the noise grows too fast with the distance";
    }
    if (direction < 0) {
      std::reverse(added.begin(), added.end());
      edges.insert(edges.begin(), added.begin(), added.end());
    } else {
      edges.insert(edges.end(), added.begin(), added.end());
    }
  }
  for (std::size_t i = 0; i < edges.size(); i += std::max<std::size_t>(1, edges.size() / 16))
    if (!step->affine(edges[i])) return "the step of " + chain.rule->name + " is not x' = x - eta L'(x) + noise";

  const auto integral =
      std::make_shared<Antiderivative>([&](double x) { return step->force(x); }, edges, wells.front());
  const loss::NodeId node = chain.problem->value();
  auto density =
      std::make_shared<LineDensity>([step, integral](double x) { return (*integral)(x)-std::log(step->variance(x)); },
                                    edges, [loss = loss::Function(*chain.problem, node)](double x) { return loss(x); });
  if (!density->valid()) return "the density is not finite";
  law = std::move(density);
  return "";
}

}  // namespace

/// The stationary law of dx = -g dt + sqrt(2 D(x)) dW, D = eta sigma(x)^2 / 2, with Ito's meaning of the noise, which
/// is what SGD does as eta -> 0 at fixed D:
///     p is proportional to exp(-integral of g / D) / D
/// (D^(-1/2) would be Stratonovich's, D^0 the anti-Ito one.) In terms of the step, x' = x + b(x) + s(x) xi, it is
/// exp(integral of 2 b / s^2) / s^2. The chain differs from it by O(eta).
Predictor ito() {
  return {"ito", "stationary density of the SDE where the noise depends on the state, exp(-integral of g / D) / D",
          [](const Chain& chain, std::span<const std::vector<Axis>> axes) {
            Prediction prediction;
            std::shared_ptr<const ComponentLaw> factor;
            prediction.not_applicable = solve(chain, factor);
            if (prediction.not_applicable.empty()) {
              Separation separation = separate(*chain.problem);
              for (Component& component : separation.components) component.quadratic = false;
              fill_from_product(*chain.problem, {1, separation.components, {factor}}, axes, prediction);
            }
            prediction.name = "ito";
            return prediction;
          }};
}

}  // namespace isotherm::theory
