#include "theory/line_law.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>

#include "theory/gauss_legendre.hpp"
#include "theory/text.hpp"

namespace isotherm::theory {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t nodes = 20;      // of one panel
constexpr double negligible = 80;      // exp(-80) = 2e-35
constexpr double normalizable = 60;    // exp(-60) = 9e-27 of the mass may be cut off
constexpr int largest_exponent = 346;  // of 2: squares and fourth powers of moments stay finite
constexpr std::size_t maximum_panels = 20000;

using Value = std::function<double(double)>;

// Far out, minus infinity is what an overflowing part of the expression leaves, as of x^3/(1 + x^2) beyond 1e102: it
// says nothing about the loss. A loss that truly falls shows it in its finite values.
double beyond_overflow(double x, double value) {
  return value == -infinity && std::abs(x) > 0x1p60 ? std::numeric_limits<double>::quiet_NaN() : value;
}

// The smallest loss at a distance of at least 2^exponent from 0, on one side.
struct Envelope {
  static constexpr int first_exponent = -10, near_exponent = 10, far_exponent = 200;
  std::vector<double> minimum;                               // by exponent - first_exponent
  double near_minimum = infinity, near_maximum = -infinity;  // of the two octaves from 2^near_exponent

  Envelope(const Value& loss, double side) {
    for (int e = first_exponent; e <= largest_exponent; ++e) {
      const bool near = e == near_exponent || e == near_exponent + 1;
      const int samples = near ? 1024 : 16;
      double least = infinity;
      for (int i = 0; i < samples; ++i) {
        const double value = loss(side * std::ldexp(std::exp2(static_cast<double>(i) / samples), e));
        least = std::min(least, value);
        if (near) near_maximum = std::max(near_maximum, value);
      }
      if (near) near_minimum = std::min(near_minimum, least);
      minimum.push_back(least);
    }
    for (std::size_t i = minimum.size() - 1; i-- > 0;) minimum[i] = std::min(minimum[i], minimum[i + 1]);
  }

  // Is |x|^order exp(-(L - bottom)/T), integrated from some distance on, negligible? `width` is the unit of length.
  bool normalizes(double bottom, double temperature, double width, double order) const {
    for (std::size_t i = 0; i < minimum.size(); ++i)
      if (decay(i, bottom, temperature, width, order) >= normalizable) return true;
    return false;
  }

  // Does the loss grow at all, oscillations apart?
  bool grows() const {
    const double far = minimum[far_exponent - first_exponent];
    return far == infinity ||
           far > near_maximum + 1e-3 * (near_maximum - near_minimum) + 1e-12 * std::abs(near_maximum);
  }

  // Does exp(-L/T), times the distance, fall from 2^100 to 2^300?
  bool decays(double temperature) const {
    return decay(300 - first_exponent, 0, temperature, 1, 0) > decay(100 - first_exponent, 0, temperature, 1, 0);
  }

 private:
  double decay(std::size_t i, double bottom, double temperature, double width, double order) const {
    const double log_distance = std::log(2.0) * (static_cast<double>(i) + first_exponent) - std::log(width);
    return (minimum[i] - bottom) / temperature - (1 + order) * std::max(0.0, log_distance);
  }
};

struct Panel {
  double begin, end, mass;
};

class LineLaw : public ComponentLaw {
 public:
  LineLaw(Value loss, double temperature, double bottom)
      : loss_(std::move(loss)), temperature_(temperature), bottom_(bottom) {}

  // Fills the law from panels laid out by the family; returns a reason where the integral does not converge.
  std::string integrate(const std::vector<Interval>& layout, double center, double scale, int moment_order) {
    center_ = center;
    scale_ = scale;
    moment_order_ = moment_order;
    Sums total{};
    for (const Interval& panel : layout) add(total, sums(panel.lower, panel.upper));
    double error = 0;
    for (int pass = 0; pass < 5; ++pass) {
      const Sums estimate = total;
      if (!refine(layout, estimate, total, error)) return "the integral of exp(-L/T) does not converge";
      // A first estimate that was far off gave wrong tolerances.
      if (total[0] > 0.5 * estimate[0] && total[2] > 0.5 * estimate[2]) break;
    }
    if (!(total[0] > 0) || !std::isfinite(total[0]) || !(error <= 1e-8 * total[0]))
      return "the integral of exp(-L/T) does not converge";
    normalization_ = total[0];
    finish();
    return "";
  }

  double log_partition_function() const override { return std::log(normalization_) - bottom_ / temperature_; }
  double mean_loss() const override { return mean_loss_; }
  double variance_of_loss() const override { return variance_of_loss_; }
  CoordinateMoments moments(std::size_t) const override { return moments_; }
  std::optional<double> covariance(std::size_t, std::size_t) const override { return moments_.variance; }
  Interval support(std::size_t) const override { return {panels_.front().begin, panels_.back().end}; }

  double quantile(std::size_t, double probability, bool from_above) const override {
    if (even_ && probability == 0.5) return 0;
    double before = 0;
    for (std::size_t i = 0; i < panels_.size(); ++i) {
      const Panel& panel = panels_[from_above ? panels_.size() - 1 - i : i];
      if (before + panel.mass >= probability || i + 1 == panels_.size())
        return solve(panel, std::min(probability - before, panel.mass), from_above);
      before += panel.mass;
    }
    return center_;
  }

  std::vector<double> masses(std::size_t, std::span<const double> cuts) const override {
    std::vector<double> result;
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
      double mass = 0;
      auto panel =
          std::partition_point(panels_.begin(), panels_.end(), [&](const Panel& p) { return p.end <= cuts[i]; });
      for (; panel != panels_.end() && panel->begin < cuts[i + 1]; ++panel)
        mass += partial(*panel, std::max(panel->begin, cuts[i]), std::min(panel->end, cuts[i + 1]));
      result.push_back(mass);
    }
    return result;
  }

  std::vector<double> joint_masses(std::size_t, std::span<const double>, std::size_t,
                                   std::span<const double>) const override {
    throw std::logic_error("a component of one coordinate has no joint law");
  }

 private:
  // Integrals of w, w ((L - L_min)/T)^2 and w |x/scale|^order, w = exp(-(L - L_min)/T).
  using Sums = std::array<double, 3>;
  static void add(Sums& total, const Sums& part) {
    for (std::size_t k = 0; k < total.size(); ++k) total[k] += part[k];
  }

  double weight(double x) const { return std::exp(-(loss_(x) - bottom_) / temperature_); }

  Sums sums(double begin, double end) const {
    const auto& rule = GaussLegendre<nodes>::rule();
    const double half = 0.5 * (end - begin), middle = begin + half;
    Sums result{};
    for (std::size_t i = 0; i < nodes; ++i) {
      const double x = middle + half * rule.node[i];
      const double u = (loss_(x) - bottom_) / temperature_;
      if (!(u < 700)) continue;
      const double w = half * rule.weight[i] * std::exp(-u), y = (x - center_) / scale_;
      result[0] += w;
      result[1] += w * u * u;
      result[2] += w * (moment_order_ >= 4   ? y * y * y * y
                        : moment_order_ >= 2 ? y * y
                                             : std::abs(y) / (1 + std::abs(y)));
    }
    return result;
  }

  // Bisects each panel until its halves agree with it; false when there are too many.
  bool refine(const std::vector<Interval>& layout, const Sums& estimate, Sums& total, double& error) {
    struct Pending {
      double begin, end;
      Sums sums;
      int depth;
    };
    std::vector<Pending> stack;
    panels_.clear();
    total = {};
    error = 0;
    for (auto panel = layout.rbegin(); panel != layout.rend(); ++panel)
      stack.push_back({panel->lower, panel->upper, sums(panel->lower, panel->upper), 0});
    while (!stack.empty()) {
      const Pending panel = stack.back();
      stack.pop_back();
      const double middle = panel.begin + 0.5 * (panel.end - panel.begin);
      const Sums left = sums(panel.begin, middle), right = sums(middle, panel.end);
      bool accurate = true, nearly = true;
      for (std::size_t k = 0; k < total.size(); ++k) {
        const double difference = std::abs(panel.sums[k] - left[k] - right[k]);
        accurate = accurate && difference <= 1e-14 * estimate[k];
        nearly = nearly && difference <= 1e-12 * estimate[k];
      }
      const double difference = std::abs(panel.sums[0] - left[0] - right[0]);
      // Far tails are not worth more than a relative accuracy, but worth that: bins out there have probabilities too.
      if (panel.depth < 6) accurate = accurate && difference <= 1e-9 * panel.sums[0];
      const bool smallest = panel.end - panel.begin <= 16 * std::numeric_limits<double>::epsilon() *
                                                           std::max(std::abs(panel.begin), std::abs(panel.end)) ||
                            panel.depth > 1000;
      // Where rounding of L, divided by a small T, is all that is left, halving does not help.
      if (accurate || (nearly && panel.depth >= 8) || smallest) {
        panels_.push_back({panel.begin, middle, left[0]});
        panels_.push_back({middle, panel.end, right[0]});
        add(total, left);
        add(total, right);
        error += difference;
        if (panels_.size() > maximum_panels) return false;
      } else {
        stack.push_back({middle, panel.end, right, panel.depth + 1});
        stack.push_back({panel.begin, middle, left, panel.depth + 1});
      }
    }
    return true;
  }

  void finish() {
    const auto& rule = GaussLegendre<nodes>::rule();
    for (Panel& panel : panels_) panel.mass /= normalization_;
    // First moments about the deepest minimum, then central ones about them.
    const auto expectation = [&](auto&& f) {
      double sum = 0;
      for (const Panel& panel : panels_) {
        const double half = 0.5 * (panel.end - panel.begin), middle = panel.begin + half;
        double part = 0;
        for (std::size_t i = 0; i < nodes; ++i) {
          const double x = middle + half * rule.node[i], loss = loss_(x);
          const double u = (loss - bottom_) / temperature_;
          if (u < 700) part += rule.weight[i] * std::exp(-u) * f(x, loss);
        }
        sum += half * part;
      }
      return sum / normalization_;
    };
    even_ = true;
    const double above = expectation([&](double x, double loss) {
      const double mirrored = loss_(-x);
      even_ = even_ && std::abs(mirrored - loss) <= 1e-13 * (std::abs(loss) + temperature_);
      return loss - bottom_;
    });
    mean_loss_ = bottom_ + above;
    variance_of_loss_ = expectation([&](double, double loss) { return (loss - mean_loss_) * (loss - mean_loss_); });
    if (moment_order_ >= 1)
      moments_.mean = even_ ? 0.0 : center_ + expectation([&](double x, double) { return x - center_; });
    if (moment_order_ >= 2) {
      const double mean = *moments_.mean;
      moments_.variance = expectation([&](double x, double) { return (x - mean) * (x - mean); });
      moments_.second_moment = mean * mean + *moments_.variance;
    }
    if (moment_order_ >= 4) moments_.fourth_moment = expectation([](double x, double) { return x * x * x * x; });
  }

  double partial(const Panel& panel, double begin, double end) const {
    if (!(begin < end)) return 0;
    if (begin == panel.begin && end == panel.end) return panel.mass;
    const auto& rule = GaussLegendre<nodes>::rule();
    const double half = 0.5 * (end - begin), middle = begin + half;
    double sum = 0;
    for (std::size_t i = 0; i < nodes; ++i) sum += rule.weight[i] * weight(middle + half * rule.node[i]);
    return half * sum / normalization_;
  }

  // The point of a panel beyond which, seen from its begin (or end), `mass` is reached.
  double solve(const Panel& panel, double mass, bool from_above) const {
    double low = panel.begin, high = panel.end;
    double x = from_above ? high - (high - low) * mass / panel.mass : low + (high - low) * mass / panel.mass;
    for (int iteration = 0; iteration < 200; ++iteration) {
      if (!(low < x && x < high)) x = low + 0.5 * (high - low);
      if (!(low < x && x < high)) break;
      const double excess = from_above ? mass - partial(panel, x, panel.end) : partial(panel, panel.begin, x) - mass;
      (excess > 0 ? high : low) = x;
      const double next = x - excess * normalization_ / weight(x);
      if (std::abs(next - x) <= 4e-16 * std::abs(x) || excess == 0) return x;
      // Every fourth step bisects, so that a flat stretch of the density cannot stall Newton's iteration.
      x = iteration % 4 == 3 ? low + 0.5 * (high - low) : next;
    }
    return x;
  }

  Value loss_;
  double temperature_, bottom_;
  bool even_ = false;  // then the mean and the median are 0, also where a high barrier leaves the median to rounding
  double center_ = 0, scale_ = 1;
  int moment_order_ = 0;
  std::vector<Panel> panels_;
  double normalization_ = 1;  // of exp(-(L - L_min)/T)
  double mean_loss_ = 0, variance_of_loss_ = 0;
  CoordinateMoments moments_;
};

class LineFamily : public ComponentFamily {
 public:
  LineFamily(loss::Problem& problem, const Component& component)
      : name_(problem.coordinates()[component.coordinates[0]]),
        loss_([function = ComponentFunction(problem, component.coordinates, {&component.value, 1})](double x) {
          double value = 0;
          function({&x, 1}, {&value, 1});
          value = beyond_overflow(x, value);
          return std::isnan(value) ? infinity : value;
        }),
        below_(loss_, -1),
        above_(loss_, +1) {
    for (const auto& [envelope, where] : sides())
      if (!envelope->grows()) {
        reason_ = "L does not grow as " + name_ + " -> " + where + ", so exp(-L/T) cannot be normalized";
        return;
      }
    const Curve curve = component_curve(problem, component);
    MonotonePieces found = landscape(curve);
    pieces_ = std::move(found.pieces);
    if (found.unbounded_below) {
      reason_ = "L has no lower bound " +
                (std::abs(found.pole) > 1e6 ? "as " + name_ + " -> " + (found.pole < 0 ? "-" : "+") + "infinity"
                                            : "near " + name_ + " = " + text(found.pole)) +
                ", so exp(-L/T) cannot be normalized";
      return;
    }
    if (pieces_.empty()) {
      reason_ = "L is not finite anywhere";
      return;
    }
    bottom_ = infinity;
    for (const MonotonePiece& piece : pieces_)
      for (const auto& [x, value] : {std::pair(piece.begin, piece.begin_value), std::pair(piece.end, piece.end_value)})
        if (value < bottom_) {
          bottom_ = value;
          bottom_at_ = x;
        }
    const double edge = std::ldexp(1.0, largest_exponent);
    for (double side : {-1.0, 1.0}) {
      const MonotonePiece& outer = side < 0 ? pieces_.front() : pieces_.back();
      const double x = side < 0 ? outer.begin : outer.end, value = side < 0 ? outer.begin_value : outer.end_value;
      const double inner = side < 0 ? outer.end_value : outer.begin_value;
      if (value < inner && std::abs(x) > 1e6) {
        reason_ = "L has no lower bound as " + name_ + " -> " + (side < 0 ? "-" : "+") +
                  "infinity, so exp(-L/T) cannot be normalized";
        return;
      }
      // Overflow of a part of the expression, as in -log(exp(-x^2)): beyond it L is unknown, not infinite.
      // Where the domain of the expression ends, it is not a number instead.
      if (std::abs(x) < edge && value < 1e100 &&
          !std::isnan(curve(x + side * std::max(2 * std::abs(x), 1e-300)).value)) {
        ceiling_ = std::min(ceiling_, value);
        ceiling_at_ = x;
      }
    }
  }

 private:
  std::array<std::pair<const Envelope*, const char*>, 2> sides() const {
    return {{{&below_, "-infinity"}, {&above_, "+infinity"}}};
  }

  LawOrReason make(double temperature) const override {
    if (!reason_.empty()) return {nullptr, reason_};
    const double width = width_at(bottom_at_, bottom_, temperature);
    for (const auto& [envelope, where] : sides())
      if (!envelope->normalizes(bottom_, temperature, width, 0))
        return {nullptr, envelope->decays(temperature)
                             ? "exp(-L/T) falls off too slowly as " + name_ + " -> " + where +
                                   " to be integrated at T = " + text(temperature)
                             : "L grows too slowly as " + name_ + " -> " + where +
                                   " for exp(-L/T) to be normalized at T = " + text(temperature)};
    if ((ceiling_ - bottom_) / temperature < normalizable)
      return {nullptr, "L overflows beyond " + name_ + " = " + text(ceiling_at_) +
                           ", where exp(-L/T) is not negligible yet at T = " + text(temperature)};
    int order = 4;
    while (order > 0 && !(below_.normalizes(bottom_, temperature, width, order) &&
                          above_.normalizes(bottom_, temperature, width, order)))
      order = order == 4 ? 2 : order - 1;
    auto law = std::make_shared<LineLaw>(loss_, temperature, bottom_);
    const std::vector<Interval> layout = lay_out(temperature, order);
    std::string reason = layout.size() > maximum_panels ? "exp(-L/T) has too many wells to be integrated"
                                                        : law->integrate(layout, bottom_at_, width, order);
    if (!reason.empty()) return {nullptr, reason + " at T = " + text(temperature)};
    return {law, ""};
  }

  // The distance from x, a power of two, on which the loss rises from `value` by about T, on its flatter side.
  double width_at(double x, double value, double temperature) const {
    return std::max(rise(x, +1, infinity, value, temperature), rise(x, -1, infinity, value, temperature));
  }

  // The largest power of two below `length` at which the loss has not yet risen by T; at least one spacing of doubles.
  double rise(double x, double direction, double length, double value, double temperature) const {
    int low = std::max(-1070, std::ilogb(std::max(std::abs(x), 1e-300)) - 50), high = largest_exponent + 1;
    while (high - low > 1) {
      const int middle = (low + high) / 2;
      const double step = std::ldexp(1.0, middle);
      (step < length && loss_(x + direction * step) - value < temperature ? low : high) = middle;
    }
    return std::ldexp(1.0, low);
  }

  // Panels that double in length from the lower end of each piece outwards.
  std::vector<Interval> lay_out(double temperature, int order) const {
    std::vector<Interval> layout;
    for (const MonotonePiece& piece : pieces_) {
      const bool rises = piece.begin_value <= piece.end_value;
      const double foot = rises ? piece.begin : piece.end, top = rises ? piece.end : piece.begin;
      const double value = std::min(piece.begin_value, piece.end_value), length = piece.end - piece.begin;
      if ((value - bottom_) / temperature > negligible) continue;
      const double direction = rises ? 1 : -1;
      const double width = rise(foot, direction, length, value, temperature);
      double from = foot;
      for (double distance = width;; distance *= 2) {
        const double to = distance < length ? foot + direction * distance : top;
        if (from != to) layout.push_back({std::min(from, to), std::max(from, to)});
        if (distance >= length) break;
        const double decay = (loss_(to) - bottom_) / temperature - (1 + order) * std::log(distance / width);
        if (decay > negligible) break;
        from = to;
      }
    }
    std::sort(layout.begin(), layout.end(), [](const Interval& a, const Interval& b) { return a.lower < b.lower; });
    return layout;
  }

  std::string name_;
  Value loss_;
  Envelope below_, above_;
  std::vector<MonotonePiece> pieces_;
  double bottom_ = 0, bottom_at_ = 0;
  double ceiling_ = infinity, ceiling_at_ = 0;
  std::string reason_;
};

}  // namespace

Curve component_curve(loss::Problem& problem, const Component& component) {
  const loss::NodeId nodes[] = {component.value, component.gradient.at(0), component.hessian.at(0)};
  return [function = ComponentFunction(problem, component.coordinates, nodes)](double x) {
    double out[3];
    function({&x, 1}, out);
    return CurveSample{x, beyond_overflow(x, out[0]), out[1], out[2]};
  };
}

MonotonePieces landscape(const Curve& curve) {
  std::vector<double> positive;
  for (int e = -40; e < -4; ++e) positive.push_back(std::ldexp(1.0, e));
  for (int i = 1; i <= 128; ++i) positive.push_back(i / 16.0);
  for (double x = 8.4; x < 1e6; x *= 1.05) positive.push_back(x);
  for (int e = 20; e <= largest_exponent; ++e) positive.push_back(std::ldexp(1.0, e));
  std::vector<double> grid = {0};
  for (double x : positive) {
    grid.push_back(x);
    grid.push_back(-x);
  }
  std::sort(grid.begin(), grid.end());
  return monotone_pieces(curve, grid);
}

std::unique_ptr<ComponentFamily> make_line_family(loss::Problem& problem, const Component& component) {
  return std::make_unique<LineFamily>(problem, component);
}

}  // namespace isotherm::theory
