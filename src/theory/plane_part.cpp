#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include "theory/chain_parts.hpp"
#include "theory/collocation.hpp"
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

}  // namespace

Prediction predict_plane_chain(const Chain& chain, std::span<const std::vector<Axis>> axes) {
  Prediction prediction;
  const auto refuse = [&](const std::string& reason) {
    Prediction refused;
    refused.not_applicable = reason;
    return refused;
  };
  loss::Problem& problem = *chain.problem;
  const StepMap& map = *chain.map;
  const std::size_t d = map.dimension();
  if (chain.family == nullptr || !(chain.temperature > 0))
    return refuse("two state rows need a temperature, to know how far the law reaches");
  if (const std::string reason = chain.family->not_applicable(chain.temperature); !reason.empty())
    return refuse(reason);
  NoiseRule rule = noise_rule(chain.law, is_gaussian(chain) ? 1 : chain.batch_size);
  if (!rule.not_available.empty()) return refuse(rule.not_available);
  rule = gauss_rule(rule, tensor_nodes);
  const StepQuadrature quadrature = product_rule(rule, map.draws());
  if (quadrature.weights.size() > most_quadrature_points)
    return refuse("a step takes " + std::to_string(map.draws()) + " random numbers, too many to tabulate");

  const std::vector<double> spread = spreads(chain);
  std::vector<Interval> intervals;
  for (std::size_t r = 0; r < 2; ++r) {
    if (!(spread[r] > 0) || !std::isfinite(spread[r])) return refuse("particles run away, or do not move at all");
    if (r < d) {
      const auto [lower, upper] = chain.family->coordinate_range(chain.temperature, r, 1e-15);
      intervals.push_back({lower, upper});
    } else {
      intervals.push_back({-8 * spread[r], 8 * spread[r]});
    }
  }

  const loss::NodeId value[] = {problem.value()};
  const loss::Function loss(problem, value);
  // Odd symmetry of the map, and of the noise by its rule.
  bool odd = symmetric(rule);
  std::vector<double> a(2), b(2), next_a(2), next_b(2), xi(map.draws()), minus(map.draws());
  std::mt19937_64 bits(4);
  const auto random = [&] { return 2 * 0x1p-64 * static_cast<double>(bits()) - 1; };
  for (int trial = 0; trial < 12; ++trial) {
    for (std::size_t r = 0; r < 2; ++r) b[r] = -(a[r] = random() * std::max(-intervals[r].lower, intervals[r].upper));
    for (std::size_t k = 0; k < xi.size(); ++k) minus[k] = -(xi[k] = 2 * random());
    map(a, xi, next_a);
    map(b, minus, next_b);
    for (std::size_t r = 0; r < 2; ++r)
      odd = odd && std::abs(next_a[r] + next_b[r]) <= 1e-13 * (std::abs(next_a[r]) + std::abs(a[0]) + std::abs(a[1]));
    const double here = loss(std::span(a).first(d)), there = loss(std::span(b).first(d));
    odd = odd && std::abs(here - there) <= 1e-13 * (std::abs(here) + std::abs(there));
  }
  if (odd)
    for (Interval& interval : intervals) {
      interval.upper = std::max(-interval.lower, interval.upper);
      interval.lower = -interval.upper;
    }

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
  const auto loss_of = [&](std::span<const double> state) { return loss(state.first(d)); };
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
    const dynamics::Row& row = chain.rule->rows.front();
    prediction.own_rows[row.shared ? row.name : row.name + "." + problem.coordinates()[0]] =
        marginal_of(moments[1].mean, moments[1].second, moments[1].fourth);
  }
  prediction.loss.mean = mean_loss;
  prediction.loss.second_moment = second_of_loss;
  prediction.loss.variance = second_of_loss - mean_loss * mean_loss;
  prediction.alpha_maximum_likelihood = alpha_of_mean_loss(chain, mean_loss);
  prediction.bins = no_density(axes);
  return prediction;
}

}  // namespace isotherm::theory
