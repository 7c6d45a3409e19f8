#include "theory/gibbs.hpp"

#include <algorithm>
#include <cmath>

#include "isotherm/core/error.hpp"
#include "theory/bins.hpp"
#include "theory/component.hpp"
#include "theory/gaussian_law.hpp"
#include "theory/law.hpp"
#include "theory/line_law.hpp"
#include "theory/plane_law.hpp"
#include "theory/text.hpp"

namespace isotherm::theory {
namespace {

// A component for which there is no rule.
class UnavailableFamily : public ComponentFamily {
 public:
  explicit UnavailableFamily(std::string reason) : reason_(std::move(reason)) {}

 private:
  LawOrReason make(double) const override { return {nullptr, reason_}; }
  std::string reason_;
};

std::string names(const loss::Problem& problem, const std::vector<std::size_t>& coordinates) {
  std::string list;
  for (std::size_t i = 0; i < coordinates.size() && i < 4; ++i)
    list += (i == 0 ? "" : ", ") + problem.coordinates()[coordinates[i]];
  return coordinates.size() > 4 ? list + ", ..." : list;
}

std::unique_ptr<ComponentFamily> make_family(loss::Problem& problem, const Component& component) {
  if (component.quadratic) return make_gaussian_family(problem, component);
  if (component.dimension() == 1 && component.hessian.empty())
    return std::make_unique<UnavailableFamily>("the second derivative of the loss in " +
                                               names(problem, component.coordinates) +
                                               " has too many operations; exp(-L/T) is integrated between its zeros");
  if (component.dimension() == 1) return make_line_family(problem, component);
  if (component.dimension() == 2) return make_plane_family(problem, component);
  return std::make_unique<UnavailableFamily>(
      "the loss couples " + std::to_string(component.dimension()) + " coordinates (" +
      names(problem, component.coordinates) +
      ") and is not quadratic; exp(-L/T) is integrated for sums of parts of one or two coordinates, and quadratics");
}

void require_positive(double temperature) {
  if (!(temperature > 0) || !std::isfinite(temperature))
    throw InputError("gibbs: temperature " + text(temperature) + " is not a positive number");
}

}  // namespace

struct GibbsFamily::Implementation {
  loss::Problem& problem;
  Separation separation;
  std::vector<std::unique_ptr<ComponentFamily>> families;
  struct Place {
    std::size_t component = 0, coordinate = 0;
  };
  std::vector<Place> places;  // by coordinate of the problem

  explicit Implementation(loss::Problem& p) : problem(p), separation(separate(p)), places(p.dimension()) {
    for (std::size_t k = 0; k < separation.components.size(); ++k) {
      const Component& component = separation.components[k];
      families.push_back(make_family(problem, component));
      for (std::size_t i = 0; i < component.dimension(); ++i) places[component.coordinates[i]] = {k, i};
    }
  }

  // The law at T, or why there is none.
  std::string solve(double temperature, ProductLaw& law) const {
    if (!separation.flat.empty())
      return "L does not depend on " + names(problem, separation.flat) + ", so exp(-L/T) cannot be normalized";
    law.temperature = temperature;
    law.components = separation.components;
    law.factors.clear();
    for (const auto& family : families) {
      LawOrReason factor = family->at(temperature);
      if (!factor.law) return factor.reason;
      law.factors.push_back(std::move(factor.law));
    }
    return "";
  }

  ProductLaw require(double temperature) const {
    require_positive(temperature);
    ProductLaw law;
    const std::string reason = solve(temperature, law);
    if (!reason.empty()) throw InputError("gibbs: " + reason);
    return law;
  }
};

namespace {

GibbsFamily::LossMoments moments_of(const ProductLaw& law) {
  GibbsFamily::LossMoments sum;
  for (const auto& factor : law.factors) {
    sum.log_partition_function += factor->log_partition_function();
    sum.mean += factor->mean_loss();
    sum.variance += factor->variance_of_loss();
  }
  return sum;
}

Marginal marginal_of(const ComponentLaw& factor, std::size_t coordinate) {
  const CoordinateMoments moments = factor.moments(coordinate);
  return {moments.mean, moments.second_moment, moments.variance, moments.fourth_moment, {}};
}

}  // namespace

GibbsFamily::GibbsFamily(loss::Problem& problem) : implementation_(std::make_unique<Implementation>(problem)) {}

GibbsFamily::~GibbsFamily() = default;

std::string GibbsFamily::not_applicable(double temperature) const {
  require_positive(temperature);
  ProductLaw law;
  return implementation_->solve(temperature, law);
}

GibbsFamily::LossMoments GibbsFamily::loss_moments(double temperature) const {
  return moments_of(implementation_->require(temperature));
}

std::optional<double> GibbsFamily::temperature_of_mean_loss(double mean_loss, double guess) const {
  require_positive(guess);
  if (!std::isfinite(mean_loss)) return std::nullopt;
  // d<L>/d ln T = Var L / T: Newton's iteration in ln T inside a bracket. Where the law does not exist T is too large.
  double low = std::log(guess) + std::log(1e-6), high = std::log(guess) + std::log(1e6);
  double x = std::log(guess);
  for (int iteration = 0; iteration < 200; ++iteration) {
    const double temperature = std::exp(x);
    ProductLaw law;
    double next = low - 1;  // outside: bisect
    if (implementation_->solve(temperature, law).empty()) {
      const LossMoments moments = moments_of(law);
      const double excess = moments.mean - mean_loss;
      (excess > 0 ? high : low) = x;
      if (excess == 0) return temperature;
      const double step = -excess * temperature / moments.variance;
      next = x + step;
      if (std::abs(step) < 1e-13) return std::exp(next);
      // Steps of more than a factor 100 say that the local slope means little.
      if (std::abs(step) > 4.6) next = x + std::copysign(4.6, step);
    } else {
      high = x;
    }
    if (high - low < 1e-13) break;
    if (!(next > low && next < high)) {
      // Beyond the bracket: look at its end once, then bisect.
      next = 0.5 * (low + high);
    }
    x = next;
  }
  // Converged onto an end of the range, or onto the temperature above which no law exists.
  ProductLaw law;
  const double temperature = std::exp(x);
  if (!implementation_->solve(temperature, law).empty()) return std::nullopt;
  const LossMoments moments = moments_of(law);
  const double miss = std::abs(moments.mean - mean_loss);
  if (miss <= 1e-9 * std::sqrt(moments.variance)) return temperature;
  return std::nullopt;
}

Prediction GibbsFamily::predict(double temperature, std::span<const std::vector<Axis>> axes) const {
  require_positive(temperature);
  loss::Problem& problem = implementation_->problem;
  Prediction prediction;
  prediction.name = "gibbs";
  ProductLaw law;
  prediction.not_applicable = implementation_->solve(temperature, law);
  if (!prediction.not_applicable.empty()) return prediction;

  prediction.temperature = temperature;
  prediction.coordinates = problem.coordinates();
  const LossMoments loss = moments_of(law);
  prediction.log_partition_function = loss.log_partition_function;
  prediction.loss.mean = loss.mean;
  prediction.loss.variance = loss.variance;
  prediction.loss.second_moment = loss.variance + loss.mean * loss.mean;
  prediction.loss.quantiles = loss_quantiles(problem, law);

  const std::size_t dimension = problem.dimension();
  bool all_covariances = dimension <= maximum_covariance_dimension;
  if (all_covariances) prediction.covariance.resize(dimension * dimension);
  for (std::size_t c = 0; c < dimension; ++c) {
    const auto [component, coordinate] = implementation_->places[c];
    const ComponentLaw& factor = *law.factors[component];
    Marginal marginal = marginal_of(factor, coordinate);
    for (const auto& [key, level] : quantile_levels())
      marginal.quantiles[key] =
          level > 0.5 ? factor.quantile(coordinate, 1 - level, true) : factor.quantile(coordinate, level);
    prediction.marginals.push_back(std::move(marginal));
    const auto& own = implementation_->separation.components[component].coordinates;
    for (std::size_t d = 0; d < own.size() && all_covariances; ++d) {
      const auto covariance = factor.covariance(coordinate, d);
      all_covariances = all_covariances && covariance;
      prediction.covariance[c * dimension + own[d]] = covariance.value_or(0);
    }
  }
  if (!all_covariances) prediction.covariance.clear();
  for (const std::vector<Axis>& set : axes) prediction.bins.push_back(integrate_bins(problem, law, set));
  return prediction;
}

std::vector<Marginal> GibbsFamily::marginals(double temperature) const {
  const ProductLaw law = implementation_->require(temperature);
  std::vector<Marginal> all;
  for (const auto& [component, coordinate] : implementation_->places)
    all.push_back(marginal_of(*law.factors[component], coordinate));
  return all;
}

std::pair<double, double> GibbsFamily::coordinate_range(double temperature, std::size_t c, double tail) const {
  const ProductLaw law = implementation_->require(temperature);
  const auto [component, coordinate] = implementation_->places.at(c);
  const ComponentLaw& factor = *law.factors[component];
  return {factor.quantile(coordinate, tail), factor.quantile(coordinate, tail, true)};
}

}  // namespace isotherm::theory
