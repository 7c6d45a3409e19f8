#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include "isotherm/core/error.hpp"
#include "theory/bins.hpp"
#include "theory/chain_parts.hpp"
#include "theory/collocation.hpp"
#include "theory/plane_chain.hpp"
#include "theory/text.hpp"

namespace isotherm::theory {
namespace {

constexpr std::size_t most_quadrature_points = 1024;  // of one step
constexpr std::size_t tensor_nodes = 24;              // of Gauss' rule, for each draw
constexpr double agreement = 1e-6;                    // of averages on two sets of nodes, relative

struct Moments {
  double mean = 0, second = 0, fourth = 0;
};

/// Deterministic particles, to see how far each row of the state spreads.
std::vector<double> spreads(const Chain& chain) {
  const StepMap& map = *chain.map;
  std::mt19937_64 bits(3);
  std::normal_distribution<double> normal;
  std::vector<double> sum(map.rows()), squares(map.rows()), state(map.rows()), xi(map.draws());
  std::size_t count = 0;
  for (int particle = 0; particle < 40; ++particle) {
    std::fill(state.begin(), state.end(), 0.0);
    const auto& start = chain.minima[static_cast<std::size_t>(particle) % chain.minima.size()].point;
    std::copy(start.begin(), start.end(), state.begin());
    for (int step = 0; step < 3000; ++step) {
      for (double& z : xi) z = normal(bits);
      map(state, xi, state);
      if (step < 1000) continue;
      ++count;
      for (std::size_t r = 0; r < state.size(); ++r) {
        sum[r] += state[r];
        squares[r] += state[r] * state[r];
      }
    }
  }
  for (std::size_t r = 0; r < sum.size(); ++r) {
    const double mean = sum[r] / static_cast<double>(count);
    squares[r] = std::sqrt(squares[r] / static_cast<double>(count) - mean * mean);
  }
  return squares;
}

/// The chain, where its law lies, and its symmetry.
struct Plane {
  const Chain& chain;
  std::vector<double> spread;
  std::array<Interval, 2> intervals;
  bool odd = false;  ///< z -> -z, with the noise, leaves map, noise and loss as they are
  loss::Function loss;

  std::size_t dimension() const { return chain.map->dimension(); }
  double loss_at(std::span<const double> state) const { return loss(state.first(dimension())); }
};

bool is_odd(const Plane& plane) {
  const StepMap& map = *plane.chain.map;
  std::vector<double> a(2), b(2), next_a(2), next_b(2), xi(map.draws()), minus(map.draws());
  std::mt19937_64 bits(4);
  const auto random = [&] { return 2 * 0x1p-64 * static_cast<double>(bits()) - 1; };
  for (int trial = 0; trial < 12; ++trial) {
    for (std::size_t r = 0; r < 2; ++r)
      b[r] = -(a[r] = random() * std::max(-plane.intervals[r].lower, plane.intervals[r].upper));
    for (std::size_t k = 0; k < xi.size(); ++k) minus[k] = -(xi[k] = 2 * random());
    map(a, xi, next_a);
    map(b, minus, next_b);
    for (std::size_t r = 0; r < 2; ++r)
      if (!(std::abs(next_a[r] + next_b[r]) <= 1e-13 * (std::abs(next_a[r]) + std::abs(a[0]) + std::abs(a[1]))))
        return false;
    const double here = plane.loss_at(a), there = plane.loss_at(b);
    if (!(std::abs(here - there) <= 1e-13 * (std::abs(here) + std::abs(there)))) return false;
  }
  return true;
}

/// The name that observables have for the row beyond a coordinate.
std::string own_row(const Chain& chain) {
  const dynamics::Row& row = chain.rule->rows.front();
  return row.shared ? row.name : row.name + "." + chain.problem->coordinates()[0];
}

void fill_loss(const Chain& chain, double mean, double variance, Prediction& prediction) {
  prediction.loss.mean = mean;
  prediction.loss.variance = variance;
  prediction.loss.second_moment = variance + mean * mean;
  prediction.alpha_maximum_likelihood = alpha_of_mean_loss(chain, mean);
}

std::vector<BinProbabilities> bins_of(const Plane& plane, std::shared_ptr<const ComponentLaw> law,
                                      std::span<const std::vector<Axis>> axes) {
  loss::Problem& problem = *plane.chain.problem;
  ProductLaw both;
  const Component state{{0, 1}, problem.value(), {}, {}, false};
  both.components = {&state, 1};
  both.factors = {law};
  std::vector<BinProbabilities> bins;
  if (plane.dimension() == 2) {
    for (const std::vector<Axis>& set : axes) {
      bins.push_back(integrate_bins(problem, both, set));
      if (!bins.back().not_applicable.empty())
        bins.back().not_applicable = "with two coordinates the exact chain has the laws of the coordinates only";
    }
    return bins;
  }
  // The position by itself, with functions of it, or both rows.
  const Separation separation = separate(problem);
  std::vector<Component> line = separation.components;
  line[0].quadratic = false;
  const ProductLaw position{0, line, {law}};
  loss::Problem::Vocabulary vocabulary;
  vocabulary.names[own_row(plane.chain)] = problem.graph().state(1);
  for (const std::vector<Axis>& set : axes) {
    try {
      bins.push_back(integrate_bins(problem, position, set));
      continue;
    } catch (const InputError&) {
    }
    try {
      bins.push_back(integrate_bins(problem, both, set, vocabulary));
      if (!bins.back().not_applicable.empty())
        bins.back().not_applicable = "with " + own_row(plane.chain) +
                                     " the exact chain has the laws of the two rows of " +
                                     "the state only, not of functions of them";
    } catch (const InputError&) {
      bins.push_back({set, {}, "only functions of the coordinates and rows of the rule have a predicted law"});
    }
  }
  return bins;
}

Prediction by_density(const Plane& plane, const PlaneChain& solved, std::span<const std::vector<Axis>> axes) {
  const Chain& chain = plane.chain;
  loss::Problem& problem = *chain.problem;
  const auto loss = [&](std::span<const double> z) { return plane.loss_at(z); };
  const double mean = solved.density->average(loss);
  const double variance = solved.density->average([&](auto z) { return std::pow(loss(z) - mean, 2); });
  const auto law = make_plane_chain_law(solved.density, plane.odd, {mean, variance});
  Prediction prediction;
  prediction.coordinates = problem.coordinates();
  for (std::size_t r = 0; r < 2; ++r) {
    const CoordinateMoments moments = law->moments(r);
    Marginal marginal{moments.mean, moments.second_moment, moments.variance, moments.fourth_moment, {}};
    for (const auto& [key, level] : quantile_levels()) marginal.quantiles[key] = law->quantile(r, level);
    if (r < plane.dimension())
      prediction.marginals.push_back(std::move(marginal));
    else
      prediction.own_rows[own_row(chain)] = std::move(marginal);
  }
  for (std::size_t c = 0; c < plane.dimension(); ++c)
    for (std::size_t d = 0; d < plane.dimension(); ++d) prediction.covariance.push_back(*law->covariance(c, d));
  if (plane.dimension() == 2) prediction.circulation = solved.circulation;
  fill_loss(chain, mean, variance, prediction);
  prediction.relaxation_rate = solved.relaxation_rate;
  if (plane.dimension() == 1) {
    std::vector<Component> line = separate(problem).components;
    line[0].quadratic = false;
    const ProductLaw position{0, line, {law}};
    prediction.loss.quantiles = loss_quantiles(problem, position);
  }
  prediction.bins = bins_of(plane, law, axes);
  return prediction;
}

/// Averages alone.
Prediction by_collocation(const Plane& plane, std::span<const std::vector<Axis>> axes,
                          const std::string& no_density_because) {
  const Chain& chain = plane.chain;
  Prediction prediction;
  const auto refuse = [&](const std::string& reason) {
    Prediction refused;
    refused.not_applicable = reason;
    return refused;
  };
  loss::Problem& problem = *chain.problem;
  const StepMap& map = *chain.map;
  const std::size_t d = map.dimension();
  NoiseRule rule = noise_rule(chain.law, is_gaussian(chain) ? 1 : chain.batch_size);
  if (!rule.not_available.empty()) return refuse(rule.not_available);
  rule = gauss_rule(rule, tensor_nodes);
  const StepQuadrature quadrature = product_rule(rule, map.draws());
  if (quadrature.weights.size() > most_quadrature_points)
    return refuse("a step takes " + std::to_string(map.draws()) + " random numbers, too many to tabulate");
  const bool odd = plane.odd && symmetric(rule);
  const std::array<Interval, 2>& intervals = plane.intervals;

  const auto solve = [&](std::size_t first, std::size_t second, double widening) {
    std::vector<CollocationAxis> both;
    for (std::size_t r = 0; r < 2; ++r) {
      const double more = 0.5 * (widening - 1) * (intervals[r].upper - intervals[r].lower);
      both.push_back({{intervals[r].lower - more, intervals[r].upper + more}, r == 0 ? first : second});
    }
    return Collocation([&](std::span<const double> state, std::span<const double> draw,
                           std::span<double> next) { map(state, draw, next); },
                       both, quadrature, odd);
  };
  const bool coordinates = d == 2;
  const auto loss_of = [&](std::span<const double> state) { return plane.loss_at(state); };
  using Sizes = std::pair<std::size_t, std::size_t>;
  std::vector<Sizes> attempts = coordinates ? std::vector<Sizes>{{28, 28}, {36, 36}, {44, 44}}
                                            : std::vector<Sizes>{{38, 26}, {46, 30}, {54, 34}, {62, 38}};
  if (odd) attempts.push_back(coordinates ? Sizes{52, 52} : Sizes{72, 44});
  std::optional<Collocation> solved;
  std::vector<Moments> moments;
  double mean_loss = 0, second_of_loss = 0, difference = INFINITY;
  for (std::size_t i = 0; i < attempts.size() && !(difference < 0.1 * agreement); ++i) {
    // Another interval, too: what is cut off must not matter.
    solved.emplace(solve(attempts[i].first, attempts[i].second, i % 2 == 0 ? 1 : 1.04));
    std::vector<Moments> before = std::move(moments);
    moments.clear();
    const double loss_before = std::exchange(mean_loss, solved->average(loss_of));
    second_of_loss = solved->average([&](auto state) { return std::pow(loss_of(state), 2); });
    for (std::size_t r = 0; r < 2; ++r) {
      const auto power = [&](int n) { return solved->average([&](auto state) { return std::pow(state[r], n); }); };
      moments.push_back({odd ? 0.0 : power(1), power(2), power(4)});
    }
    if (i == 0) continue;
    difference = std::abs(loss_before - mean_loss) / std::sqrt(std::abs(second_of_loss));
    for (std::size_t r = 0; r < 2; ++r)
      difference = std::max({difference, std::abs(before[r].second / moments[r].second - 1),
                             std::abs(before[r].mean - moments[r].mean) / std::sqrt(std::abs(moments[r].second))});
    if (!(difference < 0.1)) break;  // hopeless
  }
  if (!(difference < agreement))
    return refuse("collocation of two rows does not converge on the " + std::to_string(solved->unknowns()) +
                  " nodes that are tried" +
                  (std::isfinite(difference) ? ": averages differ by " + text(difference) + " of themselves" : ""));
  const Collocation& fine = *solved;

  prediction.coordinates = problem.coordinates();
  for (std::size_t c = 0; c < d; ++c)
    prediction.marginals.push_back(marginal_of(moments[c].mean, moments[c].second, moments[c].fourth));
  if (coordinates) {
    const double mixed = fine.average([](auto state) { return state[0] * state[1]; });
    const double covariance = mixed - moments[0].mean * moments[1].mean;
    prediction.covariance = {*prediction.marginals[0].variance, covariance, covariance,
                             *prediction.marginals[1].variance};
    // E[x1(n+1) x2(n) - x2(n+1) x1(n)], over the noise of the step first.
    std::vector<double> next(2);
    prediction.circulation = fine.average([&](std::span<const double> state) {
      double sum = 0;
      for (std::size_t p = 0; p < quadrature.weights.size(); ++p) {
        map(state, {quadrature.xi.data() + p * quadrature.draws, quadrature.draws}, next);
        sum += quadrature.weights[p] * (next[0] * state[1] - next[1] * state[0]);
      }
      return sum;
    });
  } else {
    prediction.covariance = {*prediction.marginals[0].variance};
    prediction.own_rows[own_row(chain)] = marginal_of(moments[1].mean, moments[1].second, moments[1].fourth);
  }
  fill_loss(chain, mean_loss, second_of_loss - mean_loss * mean_loss, prediction);
  prediction.bins = no_density(axes, no_density_because);
  return prediction;
}

}  // namespace

Prediction predict_plane_chain(const Chain& chain, std::span<const std::vector<Axis>> axes) {
  const auto refuse = [](const std::string& reason) {
    Prediction refused;
    refused.not_applicable = reason;
    return refused;
  };
  const StepMap& map = *chain.map;
  const double temperature = chain.temperature;
  if (chain.family == nullptr || !(temperature > 0))
    return refuse("two state rows need a temperature, to know how far the law reaches");
  if (const std::string reason = chain.family->not_applicable(temperature); !reason.empty()) return refuse(reason);
  const loss::NodeId value[] = {chain.problem->value()};
  Plane plane{chain, spreads(chain), {}, false, loss::Function(*chain.problem, value)};
  for (std::size_t r = 0; r < 2; ++r) {
    if (!(plane.spread[r] > 0) || !std::isfinite(plane.spread[r]))
      return refuse("particles run away, or do not move at all");
    if (r < map.dimension()) {
      const auto [lower, upper] = chain.family->coordinate_range(temperature, r, 1e-15);
      plane.intervals[r] = {lower, upper};
    } else {
      plane.intervals[r] = {-8 * plane.spread[r], 8 * plane.spread[r]};
    }
  }
  plane.odd = is_odd(plane);
  if (plane.odd)
    for (Interval& interval : plane.intervals) {
      interval.upper = std::max(-interval.lower, interval.upper);
      interval.lower = -interval.upper;
    }
  if (!is_gaussian(chain)) return by_collocation(plane, axes, "the noise is not Gaussian");

  const double bottom = chain.minima.front().value;
  const auto gibbs = [&](std::span<const double> z) {
    const double v = map.dimension() == 2 ? 0 : z[1] / plane.spread[1];
    const double density = std::exp(-(plane.loss_at(z) - bottom) / temperature - 0.5 * v * v);
    return std::isfinite(density) ? density : 0;
  };
  // Somewhat farther out: the chain is wider than Gibbs.
  std::array<Interval, 2> sides = plane.intervals;
  for (std::size_t r = 0; r < map.dimension(); ++r) {
    const double more = 0.04 * (sides[r].upper - sides[r].lower);
    sides[r] = {sides[r].lower - more, sides[r].upper + more};
  }
  const PlaneChain solved = solve_plane_chain(chain, {gibbs, sides, plane.odd});
  if (solved.density) return by_density(plane, solved, axes);
  if (solved.runs_away) return refuse(solved.reason);
  Prediction averages = by_collocation(plane, axes, solved.reason);
  if (!averages.not_applicable.empty()) averages.not_applicable = solved.reason;
  return averages;
}

}  // namespace isotherm::theory
