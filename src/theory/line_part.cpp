#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <set>
#include <utility>

#include "theory/chain_parts.hpp"
#include "theory/collocation.hpp"
#include "theory/first_passage.hpp"
#include "theory/line_chain.hpp"
#include "theory/line_law.hpp"
#include "theory/text.hpp"

namespace isotherm::theory {
namespace {

constexpr std::size_t most_quadrature_points = 1024;  // of one step of several draws
constexpr std::size_t tensor_nodes = 24;              // of Gauss' rule, for each of several draws
constexpr double agreement = 1e-8;                    // of averages on two sets of nodes, relative

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
    if (is_gaussian(chain_) && affine) return by_transfer_operator();
    return by_collocation(affine);
  }

 private:
  double loss(double x) const { return loss_curve_(x).value; }
  NormalStep normal_step() const {
    return {[this](double x) { return step_.mean(x); }, [this](double x) { return step_.deviation(x); }};
  }

  LineChain solve() {
    const double length = interval_.upper - interval_.lower;
    cuts_ = kinks(*chain_.problem, component_.gradient[0], coordinate_,
                  {interval_.lower - 2 * length, interval_.upper + 2 * length});
    return solve_line_chain(normal_step(), interval_, even_, cuts_);
  }

  std::optional<double> first_passage(const LineRule& rule) const {
    if (chain_.problem->dimension() > 1) return std::nullopt;
    const auto barrier = barrier_beside_lowest(*chain_.problem, chain_.minima);
    if (!barrier) return std::nullopt;
    const double from = chain_.minima.front().point[0];
    return mean_first_passage_steps(normal_step(), from, barrier->place,
                                    from < barrier->place ? rule.nodes.front() : rule.nodes.back(), cuts_);
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
    part.first_passage_steps = first_passage(chain.rule());
    part.law = std::move(law);
    return part;
  }

  LinePart by_collocation(bool affine) {
    LinePart part;
    const NoiseRule rule = noise_rule(chain_.law, is_gaussian(chain_) ? 1 : chain_.batch_size);
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
    struct Averages {
      double mean, second, fourth, loss, loss_second;
    };
    std::optional<Collocation> now, before;
    Averages averages{}, averages_before{};
    double difference = INFINITY;
    for (const Attempt& attempt : {Attempt{120, 1}, Attempt{160, 1.1}, Attempt{200, 1.25}, Attempt{260, 1.5}}) {
      const double more = 0.5 * (attempt.widening - 1) * (interval_.upper - interval_.lower);
      const CollocationAxis axis{{interval_.lower - more, interval_.upper + more}, attempt.nodes};
      before = std::exchange(now, Collocation([this](std::span<const double> x, std::span<const double> xi,
                                                     std::span<double> next) { next[0] = step_(x[0], xi); },
                                              {&axis, 1}, quadrature, odd));
      const auto power = [&](int n) { return now->average([&](auto x) { return std::pow(x[0], n); }); };
      averages_before = std::exchange(
          averages, Averages{odd ? 0.0 : power(1), power(2), power(4), now->average([&](auto x) { return loss(x[0]); }),
                             now->average([&](auto x) { return loss(x[0]) * loss(x[0]); })});
      if (!before) continue;
      difference =
          std::max({std::abs(averages.mean - averages_before.mean) / std::sqrt(std::abs(averages.second)),
                    std::abs(averages.second / averages_before.second - 1),
                    std::abs(averages.fourth / averages_before.fourth - 1),
                    std::abs(averages.loss - averages_before.loss) / std::sqrt(std::abs(averages.loss_second))});
      if (difference < 0.1 * agreement) break;
    }
    if (!(difference < agreement)) {
      part.reason = "collocation on up to 260 nodes does not converge: averages differ by " + text(difference) +
                    " of themselves between two sets of nodes";
      return part;
    }
    part.marginal = marginal_of(averages.mean, averages.second, averages.fourth);
    part.mean_loss = averages.loss;
    part.variance_of_loss = averages.loss_second - averages.loss * averages.loss;
    if (affine) {
      const auto m = [&](double x) { return step_.mean(x); };
      const double lost = now->average([&](auto x) { return (x[0] - m(x[0])) * (x[0] + m(x[0])); });
      const double gained = now->average([&](auto x) { return std::pow(step_.deviation(x[0]), 2); });
      part.virial = lost / gained;
    }
    // Eigenvalues beyond the first few belong to the nodes, not to the chain.
    const double rate = now->relaxation_rate();
    if (rate > 0 && std::abs(before->relaxation_rate() / rate - 1) < 1e-6) part.relaxation_rate = rate;
    return part;
  }

  const Chain& chain_;
  const Component& component_;
  std::size_t coordinate_;
  CoordinateStep step_;
  Curve loss_curve_;
  Interval interval_;
  std::vector<double> cuts_;
  bool even_ = false;
};

}  // namespace

LinePart solve_line_part(const Chain& chain, const Component& component) { return LinePredictor(chain, component)(); }

}  // namespace isotherm::theory
