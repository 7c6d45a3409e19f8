#include "theory/line_chain.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "theory/gaussian_law.hpp"
#include "theory/text.hpp"

namespace isotherm::theory {
namespace {

constexpr double nodes_per_deviation = 1.5;
constexpr double most_nodes = 6000;
constexpr double most_operations = 2e9;       // of one elimination, about a second
constexpr double negligible_density = 1e-16;  // at the ends, over the greatest
constexpr double negligible_ends = 1e-12;     // of the fourth central moment, beyond the ends
constexpr double negligible_leak = 1e-12;     // per step, out of an interval beyond which steps run away
constexpr double largest_residual = 1e-11;    // of the law, integrated on other nodes
constexpr int samples = 256;

double sample_of(const Interval& interval, int i) {
  return interval.lower + (interval.upper - interval.lower) * i / samples;
}

// What the law on an interval would take.
struct Demand {
  double nodes = 0, operations = 0;
  std::string reason;
  bool noise_vanishes = false;
  bool bearable() const { return reason.empty() && nodes <= most_nodes && operations <= most_operations; }
};

Demand demand(const NormalStep& step, const Interval& interval) {
  double least = std::numeric_limits<double>::infinity(), largest = 0, stretch = 1, below = 0, above = 0;
  double before_mean = 0, before_deviation = 0;
  Demand result;
  for (int i = 0; i <= samples; ++i) {
    const double x = sample_of(interval, i), m = step.mean(x), s = step.deviation(x);
    if (!std::isfinite(m) || !std::isfinite(s)) {
      result.reason = "the step from " + text(x) + " is not finite";
      return result;
    }
    least = std::min(least, s);
    largest = std::max(largest, s);
    below = std::max(below, std::min(x - m + 12 * s, x - interval.lower));
    above = std::max(above, std::min(m - x + 12 * s, interval.upper - x));
    if (i > 0) {
      // As a function of the place it came from, the kernel is as narrow as s over how fast m and s change.
      const double length = (interval.upper - interval.lower) / samples;
      stretch = std::max(stretch, (std::abs(m - before_mean) + 3 * std::abs(s - before_deviation)) / length);
    }
    before_mean = m;
    before_deviation = s;
  }
  if (!(least > 1e-6 * largest)) {
    result.noise_vanishes = true;
    result.reason = "the noise vanishes at some places, where the law need not be smooth";
    return result;
  }
  // Jumps of m are for the panels and their cuts, not for more nodes everywhere.
  const double spacing = least / (nodes_per_deviation * std::min(stretch, 8.0));
  result.nodes = std::ceil((interval.upper - interval.lower) / spacing) + 1;
  result.operations = result.nodes * (below / spacing) * (above / spacing);
  return result;
}

std::size_t panels_for(double nodes) { return static_cast<std::size_t>(std::ceil(nodes / 10)) + 1; }

/// What the density at the ends contributes to a central moment, about |x|^(order + 1) p(x), over that moment.
double ends_of_moment(const TransferOperator& chain, double mean, int order) {
  const auto& nodes = chain.rule().nodes;
  double sum = 0;
  for (const double end : {nodes.front(), nodes.back()})
    sum += std::pow(std::abs(end - mean), order + 1) * chain.density(end);
  return sum / chain.average([&](double x) { return std::pow(std::abs(x - mean), order); });
}

/// Do steps from everywhere in the interval come back to it, with some probability?
bool holds(const NormalStep& step, const Interval& interval) {
  for (int i = 0; i <= samples; ++i) {
    const double x = sample_of(interval, i), m = step.mean(x), s = step.deviation(x);
    if (!(normal_mass((interval.lower - m) / s, (interval.upper - m) / s) > 0.01)) return false;
  }
  return true;
}

class ChainLaw : public ComponentLaw {
 public:
  ChainLaw(std::shared_ptr<const TransferOperator> chain, bool even, const std::function<double(double)>& loss)
      : chain_(std::move(chain)), even_(even) {
    mean_loss_ = chain_->average(loss);
    variance_of_loss_ = chain_->average([&](double x) { return (loss(x) - mean_loss_) * (loss(x) - mean_loss_); });
    const auto power = [&](double center, int n) {
      return chain_->average([&](double x) { return std::pow(x - center, n); });
    };
    const double mean = even ? 0.0 : power(0, 1), variance = power(mean, 2), fourth = power(0, 4);
    moments_.mean = mean;
    // Of a power law, what lies beyond the nodes may count.
    if (ends_of_moment(*chain_, mean, 2) < 1e-10) {
      moments_.variance = variance;
      moments_.second_moment = variance + mean * mean;
    }
    if (ends_of_moment(*chain_, mean, 4) < 1e-10) moments_.fourth_moment = fourth;
  }

  double log_partition_function() const override { throw std::logic_error("a chain has no partition function"); }
  double mean_loss() const override { return mean_loss_; }
  double variance_of_loss() const override { return variance_of_loss_; }
  CoordinateMoments moments(std::size_t) const override { return moments_; }
  std::optional<double> covariance(std::size_t, std::size_t) const override { return moments_.variance; }
  Interval support(std::size_t) const override { return {chain_->rule().nodes.front(), chain_->rule().nodes.back()}; }

  double quantile(std::size_t, double probability, bool from_above) const override {
    if (even_ && probability == 0.5) return 0;
    auto [low, high] = support(0);
    double x = 0.5 * (low + high);
    for (int iteration = 0; iteration < 200; ++iteration) {
      const double excess = from_above ? probability - chain_->above(x) : chain_->below(x) - probability;
      (excess > 0 ? high : low) = x;
      double next = x - excess / chain_->density(x);
      // Bisection where Newton's step leaves the bracket, and now and then, for flat stretches of the density.
      if (!(next > low && next < high) || iteration % 4 == 3) next = 0.5 * (low + high);
      if (std::abs(next - x) <= 1e-15 * std::abs(x) || !(low < next && next < high)) return next;
      x = next;
    }
    return x;
  }

  std::vector<double> masses(std::size_t, std::span<const double> cuts) const override { return chain_->between(cuts); }
  std::vector<double> joint_masses(std::size_t, std::span<const double>, std::size_t,
                                   std::span<const double>) const override {
    throw std::logic_error("a chain of one coordinate has no joint law");
  }

 private:
  std::shared_ptr<const TransferOperator> chain_;
  bool even_;
  double mean_loss_ = 0, variance_of_loss_ = 0;
  CoordinateMoments moments_;
};

}  // namespace

CoordinateStep::CoordinateStep(std::shared_ptr<const StepMap> map, std::size_t c, std::vector<double> point)
    : map_(std::move(map)), coordinate_(c), state_(std::move(point)), xi_(map_->draws()), next_(map_->rows()) {}

double CoordinateStep::operator()(double x, std::span<const double> xi) const {
  state_[coordinate_] = x;
  for (std::size_t k = 0; k < xi.size(); ++k) xi_[k * map_->dimension() + coordinate_] = xi[k];
  (*map_)(state_, xi_, next_);
  return next_[coordinate_];
}

double CoordinateStep::mean(double x) const { return (*this)(x, std::vector<double>(draws())); }

double CoordinateStep::deviation(double x, double size) const {
  // F(x, size) - F(x, -size) cancels the less the larger the size.
  double variance = 0;
  std::vector<double> xi(draws());
  for (double& z : xi) {
    z = size;
    const double up = (*this)(x, xi);
    z = -size;
    const double slope = (up - (*this)(x, xi)) / (2 * size);
    z = 0;
    variance += slope * slope;
  }
  return std::sqrt(variance);
}

bool CoordinateStep::affine(std::span<const double> places) const {
  std::vector<double> xi(draws());
  for (const double x : places) {
    const double m = mean(x);
    for (double& z : xi) {
      z = 1024;
      const double slope = ((*this)(x, xi) - m) / z;
      for (const double size : {1.0, -3.0}) {
        z = size;
        const double tolerance = 1e-11 * (std::abs(x) + std::abs(m) + std::abs(slope * size));
        if (!(std::abs((*this)(x, xi) - m - slope * size) <= tolerance)) return false;
      }
      z = 0;
    }
  }
  return true;
}

bool CoordinateStep::odd(std::span<const double> places) const {
  std::vector<double> xi(draws());
  for (const double x : places)
    for (const double z : {0.0, 0.7, -1.9}) {
      std::fill(xi.begin(), xi.end(), z);
      const double there = (*this)(x, xi);
      for (double& minus : xi) minus = -minus;
      if (!(std::abs((*this)(-x, xi) + there) <= 1e-13 * (std::abs(there) + std::abs(x)))) return false;
    }
  return true;
}

LineChain solve_line_chain(const NormalStep& step, Interval guess, bool even, std::span<const double> cuts) {
  const auto refuse = [](const std::string& reason) { return LineChain{nullptr, reason}; };
  Interval interval = guess;
  if (even) {
    interval.upper = std::max(-interval.lower, interval.upper);
    interval.lower = -interval.upper;
  }
  if (const Demand first = demand(step, interval); first.noise_vanishes) return refuse(first.reason);
  // A first interval from which steps run away is too large.
  bool limited = false;
  for (int shrinkings = 0; !holds(step, interval); ++shrinkings) {
    const double tenth = 0.05 * (interval.upper - interval.lower);
    if (shrinkings == 60) return refuse("steps run away from every interval: there is no stationary law");
    interval = {interval.lower + tenth, interval.upper - tenth};
    limited = true;
  }
  std::shared_ptr<TransferOperator> chain;
  Demand needed;
  for (int growths = 0;; ++growths) {
    needed = demand(step, interval);
    if (!needed.reason.empty()) return refuse(needed.reason);
    if (needed.nodes <= most_nodes && !needed.bearable())
      return refuse("its " + text(needed.nodes) + " nodes all lead to each other, which would take too long");
    if (!needed.bearable())
      return refuse("it would take " + text(needed.nodes) + " nodes, more than " + text(most_nodes) +
                    ": the law reaches from " + text(interval.lower) + " to " + text(interval.upper) +
                    " or farther, in steps as short as " + text(step.deviation(0.5 * (guess.lower + guess.upper))));
    const auto n = static_cast<std::size_t>(std::max(needed.nodes, 24.0));
    chain = std::make_shared<TransferOperator>(step, trapezoid_rule(interval, n));
    if (!chain->solved()) return refuse("steps run away from the wells: there is no stationary law");
    const auto masses = chain->masses();
    const double most = *std::max_element(masses.begin(), masses.end());
    const double below = masses.front() / most, above = masses.back() / most;
    const bool reached = below < negligible_density && above < negligible_density;
    if (reached && ends_of_moment(*chain, chain->average([](double x) { return x; }), 4) < negligible_ends) break;
    Interval larger = interval;
    const double length = interval.upper - interval.lower;
    const double growth = std::max(0.1, std::min(0.4, std::log10(std::max(below, above) / negligible_density) / 20));
    if (even || reached || !(below < negligible_density)) larger.lower -= growth * length;
    if (even || reached || !(above < negligible_density)) larger.upper += growth * length;
    const bool possible = !limited && holds(step, larger);
    // A power law may need more nodes than its moments are worth: then those are left out.
    if (reached && (!possible || growths >= 60 || !demand(step, larger).bearable())) break;
    if (growths == 60) return refuse("the law falls off too slowly, or there is none");
    if (!possible && chain->leak() < negligible_leak) break;
    if (!possible)
      return refuse("there is no stationary law: with a probability of about " + text(chain->leak()) +
                    " per step a particle leaves " + text(interval.lower) + " ... " + text(interval.upper) +
                    ", and beyond it steps run away");
    interval = larger;
  }

  // The same integral on other nodes must give the same law. Where it does not, m or s have kinks, or vary within less
  // than s.
  const double spacing = chain->rule().weights.front();
  const Interval shifted{interval.lower + 0.5 * spacing, interval.upper - 0.5 * spacing};
  double residual = chain->residual(trapezoid_rule(shifted, chain->rule().nodes.size() - 1));
  for (double nodes = needed.nodes; !(residual < largest_residual); nodes *= 1.5) {
    const std::size_t panels = panels_for(nodes);
    const LineRule rule = panel_rule(interval, cuts, panels);
    if (static_cast<double>(rule.nodes.size()) > most_nodes || nodes > 12 * needed.nodes)
      return refuse("the step is not smooth enough to be integrated on " + std::to_string(chain->rule().nodes.size()) +
                    " nodes");
    chain = std::make_shared<TransferOperator>(step, rule);
    if (!chain->solved()) return refuse("steps run away from the wells: there is no stationary law");
    const double before = std::exchange(residual, chain->residual(panel_rule(interval, cuts, panels * 4 / 3 + 1)));
    // Smooth steps gain digits with every node, others do not.
    if (nodes > needed.nodes && !(residual < 0.3 * before))
      return refuse("the step is not smooth enough to be integrated");
  }
  if (even) chain->symmetrize();

  // Stationarity of E x^2, in the law as solved.
  const double before = chain->average([](double x) { return x * x; });
  double after = 0;
  for (std::size_t i = 0; i < chain->masses().size(); ++i)
    after += chain->masses()[i] * (chain->mean(i) * chain->mean(i) + chain->deviation(i) * chain->deviation(i));
  if (!(std::abs(after / before - 1) < 1e-10))
    return refuse("E x^2 changes by " + text(after / before - 1) + " of itself in a step: the law is not stationary");
  return {chain, ""};
}

std::unique_ptr<ComponentLaw> make_chain_law(std::shared_ptr<const TransferOperator> chain, bool even,
                                             const std::function<double(double)>& loss) {
  return std::make_unique<ChainLaw>(std::move(chain), even, loss);
}

}  // namespace isotherm::theory
