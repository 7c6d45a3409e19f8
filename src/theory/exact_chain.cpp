#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <set>
#include <utility>

#include "loss/derivative.hpp"
#include "theory/bins.hpp"
#include "theory/collocation.hpp"
#include "theory/component.hpp"
#include "theory/line_chain.hpp"
#include "theory/line_law.hpp"
#include "theory/predictor.hpp"
#include "theory/text.hpp"

namespace isotherm::theory {
namespace {

constexpr std::size_t most_separate_coordinates = 64;
constexpr std::size_t most_quadrature_points = 1024;  // of one step, beyond one draw
constexpr std::size_t tensor_nodes = 24;              // of Gauss' rule, for each draw of several
constexpr double line_agreement = 1e-8;               // of averages on two sets of nodes, relative
constexpr double plane_agreement = 1e-6;

struct Moments {
  double mean = 0, second = 0, fourth = 0;
  Marginal marginal() const {
    Marginal result;
    result.mean = mean;
    result.second_moment = second;
    result.variance = second - mean * mean;
    result.fourth_moment = fourth;
    return result;
  }
};

struct LossAverages {
  double mean = 0, second = 0;
};

/// What is known of one coordinate of a loss that is a sum of such.
struct LinePart {
  std::string reason;
  std::shared_ptr<const ComponentLaw> law;  // null: averages only
  Marginal marginal;
  double mean_loss = 0, variance_of_loss = 0;
  double virial = 1;  // <x^2 - m^2> / <s^2>: 1 by stationarity
  std::optional<double> relaxation_rate;
};

bool gaussian(const Chain& chain) { return chain.law.law == nullptr || chain.law.law->name == "gaussian"; }

/// Places about the minima, at random, on the scale of the law.
std::vector<double> probes(const Interval& interval) {
  std::mt19937_64 bits(1);
  std::vector<double> places;
  for (int i = 0; i < 12; ++i)
    places.push_back(interval.lower + (interval.upper - interval.lower) * 0x1p-64 * static_cast<double>(bits()));
  return places;
}

/// Where the derivative of a loss of one coordinate may have a kink: branches change sides there.
std::vector<double> kinks(loss::Problem& problem, loss::NodeId root, std::size_t coordinate, const Interval& interval) {
  loss::Graph& graph = problem.graph();
  std::vector<loss::NodeId> conditions, stack = {root};
  std::set<loss::NodeId> seen;
  while (!stack.empty()) {
    const loss::NodeId id = stack.back();
    stack.pop_back();
    if (!seen.insert(id).second) continue;
    const loss::Node node = graph.node(id);
    for (const loss::NodeId operand : node.operands)
      if (operand >= 0) stack.push_back(operand);
    if (node.operation == loss::Operation::abs) conditions.push_back(node.operands[0]);
    if (node.operation == loss::Operation::min || node.operation == loss::Operation::max ||
        node.operation == loss::Operation::less_select)
      conditions.push_back(graph.sub(node.operands[0], node.operands[1]));
  }
  std::vector<double> places;
  for (const loss::NodeId condition : conditions) {
    if (graph.node(condition).level < loss::Level::particle) continue;
    const ComponentFunction function(problem, {&coordinate, 1}, {&condition, 1});
    const auto sign = [&](double x) {
      double value = 0;
      function({&x, 1}, {&value, 1});
      return value > 0;
    };
    constexpr int samples = 4096;
    double low = interval.lower;
    for (int i = 1; i <= samples; ++i) {
      const double high = interval.lower + (interval.upper - interval.lower) * i / samples;
      if (sign(low) != sign(high)) {
        double a = low, b = high;
        for (double x = std::midpoint(a, b); a < x && x < b; x = std::midpoint(a, b))
          (sign(x) == sign(low) ? a : b) = x;
        places.push_back(b);
      }
      low = high;
    }
  }
  std::sort(places.begin(), places.end());
  return places;
}

/// A first interval for coordinate c: Gibbs' own where there is one, else the wells and twelve steps of noise.
Interval first_interval(const Chain& chain, const CoordinateStep& step, std::size_t c) {
  Interval interval{chain.minima.front().point[c], chain.minima.front().point[c]};
  for (const Minimum& minimum : chain.minima) {
    interval.lower = std::min(interval.lower, minimum.point[c]);
    interval.upper = std::max(interval.upper, minimum.point[c]);
  }
  double noise = 0;
  for (const Minimum& minimum : chain.minima) noise = std::max(noise, step.deviation(minimum.point[c], 1));
  interval.lower -= 12 * noise;
  interval.upper += 12 * noise;
  if (chain.family != nullptr && chain.temperature > 0 && chain.family->not_applicable(chain.temperature).empty()) {
    const auto [lower, upper] = chain.family->coordinate_range(chain.temperature, c, 6e-16);
    interval.lower = std::min(interval.lower, lower);
    interval.upper = std::max(interval.upper, upper);
  }
  return interval;
}

class LinePredictor {
 public:
  LinePredictor(const Chain& chain, const Component& component)
      : chain_(chain),
        component_(component),
        coordinate_(component.coordinates[0]),
        step_(chain.map, coordinate_, chain.minima.front().point),
        loss_curve_(component_curve(*chain.problem, component)) {}

  LinePart operator()() {
    interval_ = first_interval(chain_, step_, coordinate_);
    const double half = std::max(std::abs(interval_.lower), std::abs(interval_.upper));
    const std::vector<double> places = probes(interval_), about_zero = probes({-half, half});
    even_ = step_.odd(about_zero) && std::all_of(about_zero.begin(), about_zero.end(), [&](double x) {
              const double a = loss(x), b = loss(-x);
              return std::abs(a - b) <= 1e-13 * (std::abs(a) + std::abs(b));
            });
    const bool affine = step_.affine(places);
    if (gaussian(chain_) && affine) return by_transfer_operator();
    return by_collocation(affine);
  }

 private:
  double loss(double x) const { return loss_curve_(x).value; }
  NormalStep normal_step() const {
    return {[this](double x) { return step_.mean(x); }, [this](double x) { return step_.deviation(x); }};
  }

  LineChain solve() {
    const double length = interval_.upper - interval_.lower;
    const std::vector<double> cuts = kinks(*chain_.problem, component_.gradient[0], coordinate_,
                                           {interval_.lower - 2 * length, interval_.upper + 2 * length});
    return solve_line_chain(normal_step(), interval_, even_, cuts);
  }

  LinePart by_transfer_operator() {
    LinePart part;
    const LineChain solved = solve();
    if (!solved.chain) {
      part.reason = solved.reason;
      return part;
    }
    const TransferOperator& chain = *solved.chain;
    auto law = make_chain_law(solved.chain, even_, [this](double x) { return loss(x); });
    const CoordinateMoments moments = law->moments(0);
    part.marginal = {moments.mean, moments.second_moment, moments.variance, moments.fourth_moment, {}};
    for (const auto& [key, level] : quantile_levels())
      part.marginal.quantiles[key] = level > 0.5 ? law->quantile(0, 1 - level, true) : law->quantile(0, level, false);
    part.mean_loss = law->mean_loss();
    part.variance_of_loss = law->variance_of_loss();
    double lost = 0, gained = 0;
    for (std::size_t i = 0; i < chain.masses().size(); ++i) {
      const double x = chain.rule().nodes[i], m = chain.mean(i), s = chain.deviation(i);
      lost += chain.masses()[i] * (x - m) * (x + m);
      gained += chain.masses()[i] * s * s;
    }
    part.virial = lost / gained;
    part.relaxation_rate = chain.relaxation_rate();
    part.law = std::move(law);
    return part;
  }

  LinePart by_collocation(bool affine) {
    LinePart part;
    const NoiseRule rule = noise_rule(chain_.law, gaussian(chain_) ? 1 : chain_.batch_size);
    if (!rule.not_available.empty()) {
      part.reason = rule.not_available;
      return part;
    }
    const std::size_t draws = step_.draws();
    const StepQuadrature quadrature =
        draws == 1 ? product_rule(rule, 1) : product_rule(gauss_rule(rule, tensor_nodes), draws);
    if (draws > 1 && quadrature.weights.size() > most_quadrature_points) {
      part.reason = "the noise of one step is a sum of " + std::to_string(draws) + " draws, too many to tabulate";
      return part;
    }
    // Where the same noise, if it were normal, would lead.
    if (affine) {
      const LineChain normal = solve();
      if (!normal.chain) {
        part.reason = normal.reason;
        return part;
      }
      interval_ = {normal.chain->rule().nodes.front(), normal.chain->rule().nodes.back()};
    }
    const bool odd = even_ && symmetric(rule);
    if (odd) {
      interval_.upper = std::max(-interval_.lower, interval_.upper);
      interval_.lower = -interval_.upper;
    }
    struct Attempt {
      std::size_t nodes;
      double widening;
    };
    std::optional<Collocation> before, earlier;
    Moments moments_before;
    LossAverages loss_before;
    double difference = INFINITY;
    for (const Attempt& attempt : {Attempt{120, 1}, Attempt{160, 1.1}, Attempt{200, 1.25}, Attempt{260, 1.5}}) {
      const double more = 0.5 * (attempt.widening - 1) * (interval_.upper - interval_.lower);
      const CollocationAxis axis{{interval_.lower - more, interval_.upper + more}, attempt.nodes};
      const Collocation now([this](std::span<const double> x, std::span<const double> xi,
                                   std::span<double> next) { next[0] = step_(x[0], xi); },
                            {&axis, 1}, quadrature, odd);
      const auto power = [&](int n) { return now.average([&](auto x) { return std::pow(x[0], n); }); };
      const Moments moments{odd ? 0.0 : power(1), power(2), power(4)};
      const LossAverages averages{now.average([&](auto x) { return loss(x[0]); }),
                                  now.average([&](auto x) { return loss(x[0]) * loss(x[0]); })};
      if (before) {
        const double sd = std::sqrt(moments.second);
        difference = std::max(
            {std::abs(moments.mean - moments_before.mean) / sd, std::abs(moments.second / moments_before.second - 1),
             std::abs(moments.fourth / moments_before.fourth - 1), std::abs(averages.mean / loss_before.mean - 1)});
      }
      earlier = std::move(before);
      before.emplace(now);
      moments_before = moments;
      loss_before = averages;
      if (difference < 0.1 * line_agreement) break;
    }
    if (!(difference < line_agreement)) {
      part.reason = "collocation on up to 260 nodes is not converged: averages differ by " + text(difference) +
                    " of themselves between two sets of nodes";
      return part;
    }
    part.marginal = moments_before.marginal();
    part.mean_loss = loss_before.mean;
    part.variance_of_loss = loss_before.second - loss_before.mean * loss_before.mean;
    if (affine) {
      const auto m = [&](double x) { return step_.mean(x); };
      const double lost = before->average([&](auto x) { return (x[0] - m(x[0])) * (x[0] + m(x[0])); });
      const double gained = before->average([&](auto x) { return std::pow(step_.deviation(x[0]), 2); });
      part.virial = lost / gained;
    }
    // Eigenvalues beyond the first few belong to the nodes, not to the chain.
    const double rate = before->relaxation_rate();
    if (rate > 0 && std::abs(earlier->relaxation_rate() / rate - 1) < 1e-6) part.relaxation_rate = rate;
    return part;
  }

  const Chain& chain_;
  const Component& component_;
  std::size_t coordinate_;
  CoordinateStep step_;
  Curve loss_curve_;
  Interval interval_;
  bool even_ = false;
};

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

/// Bins of averages without a density.
std::vector<BinProbabilities> no_bins(std::span<const std::vector<Axis>> axes, const std::string& reason) {
  std::vector<BinProbabilities> bins;
  for (const std::vector<Axis>& set : axes) bins.push_back({set, {}, reason});
  return bins;
}

void set_alphas(const Chain& chain, double virial, bool has_virial, Prediction& prediction) {
  if (!(chain.temperature > 0) || !(chain.alpha_unit > 0)) return;
  if (chain.family != nullptr && chain.family->not_applicable(chain.temperature).empty() && prediction.loss.mean)
    if (const auto t = chain.family->temperature_of_mean_loss(*prediction.loss.mean, chain.temperature))
      prediction.alpha_maximum_likelihood = *t / chain.alpha_unit;
  if (has_virial && chain.rule->corrected_virial)
    prediction.alpha_corrected_virial = virial * chain.temperature / chain.alpha_unit;
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
    LinePart part = LinePredictor(chain, component)();
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
    law.factors.push_back(std::move(part.law));
  }
  if (!all_variances) prediction.covariance.clear();
  if (all_rates) prediction.relaxation_rate = rate;
  prediction.loss.mean = mean;
  prediction.loss.variance = variance;
  prediction.loss.second_moment = variance + mean * mean;
  set_alphas(chain, virial, true, prediction);
  if (!all_laws) {
    prediction.bins = no_bins(axes, "collocation gives averages, no density");
    return prediction;
  }
  law.components = components;
  for (const auto& [key, level] : quantile_levels())
    if (const auto quantile = loss_quantile(problem, law, level)) prediction.loss.quantiles[key] = *quantile;
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

/// Two state rows: two coordinates, or one and a row of the rule's own.
Prediction predict_plane(const Chain& chain, std::span<const std::vector<Axis>> axes) {
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
  NoiseRule rule = noise_rule(chain.law, gaussian(chain) ? 1 : chain.batch_size);
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
  double mean_loss = 0, difference = INFINITY;
  for (std::size_t i = 0; i < attempts.size() && !(difference < 0.1 * plane_agreement); ++i) {
    // Another interval, too: what is cut off must not matter.
    solved.emplace(solve(attempts[i].first, attempts[i].second, i % 2 == 0 ? 1 : 1.04));
    std::vector<Moments> before = std::move(moments);
    moments.clear();
    const double loss_before = std::exchange(mean_loss, solved->average(loss_of));
    for (std::size_t r = 0; r < 2; ++r) {
      const auto power = [&](int n) { return solved->average([&](auto state) { return std::pow(state[r], n); }); };
      moments.push_back({odd ? 0.0 : power(1), power(2), power(4)});
    }
    if (i == 0) continue;
    difference = std::abs(loss_before / mean_loss - 1);
    for (std::size_t r = 0; r < 2; ++r)
      difference = std::max({difference, std::abs(before[r].second / moments[r].second - 1),
                             std::abs(before[r].mean - moments[r].mean) / std::sqrt(std::abs(moments[r].second))});
    if (!(difference < 0.1)) break;  // hopeless
  }
  if (!(difference < plane_agreement))
    return refuse("collocation of two rows does not converge on the " + std::to_string(solved->unknowns()) +
                  " nodes that are tried" +
                  (std::isfinite(difference) ? ": averages differ by " + text(difference) + " of themselves" : ""));
  const Collocation& fine = *solved;

  prediction.coordinates = problem.coordinates();
  for (std::size_t c = 0; c < d; ++c) prediction.marginals.push_back(moments[c].marginal());
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
    prediction.own_rows[row.shared ? row.name : row.name + "." + problem.coordinates()[0]] = moments[1].marginal();
  }
  prediction.loss.mean = mean_loss;
  const double second = fine.average([&](auto state) { return loss_of(state) * loss_of(state); });
  prediction.loss.second_moment = second;
  prediction.loss.variance = second - mean_loss * mean_loss;
  set_alphas(chain, 1, false, prediction);
  prediction.bins = no_bins(axes, "collocation gives averages, no density");
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
  if (!gaussian(chain) && !chain.law.has_variance()) return refuse("the noise has no variance");
  if (chain.minima.empty()) return refuse("the loss has no minimum");

  if (map.rows() == map.dimension() && map.dimension() <= most_separate_coordinates) {
    Separation separation = separate(*chain.problem);
    if (!separation.flat.empty())
      return refuse("the loss does not depend on " + chain.problem->coordinates()[separation.flat.front()] +
                    ": there is no stationary law");
    const bool lines = std::all_of(separation.components.begin(), separation.components.end(),
                                   [](const Component& component) { return component.dimension() == 1; });
    if (lines && steps_separately(map, chain)) return predict_separate(chain, std::move(separation.components), axes);
  }
  if (map.rows() == 2) return predict_plane(chain, axes);
  return refuse(
      "the chain has " + std::to_string(map.rows()) +
      " state rows that act on each other; at most two are treated, or any number of independent coordinates");
}

}  // namespace

/// The stationary law of the discrete chain itself, at whatever step: what a simulation should agree with to the last
/// digit. Independent coordinates under Gaussian noise: the transfer operator, with densities. Other noise, steps that
/// are not affine in it, and two coupled rows: averages by collocation.
Predictor exact_chain() {
  return {"exact-chain", "the stationary law of the discrete chain itself, by its transfer operator or collocation",
          predict};
}

}  // namespace isotherm::theory
