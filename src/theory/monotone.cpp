#include "theory/monotone.hpp"

#include <algorithm>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <deque>
#include <limits>
#include <numeric>

namespace isotherm::theory {
namespace {

constexpr int maximum_depth = 14;
constexpr std::size_t maximum_evaluations = 100000;

bool is_finite(const CurveSample& s) { return std::isfinite(s.value) && !std::isnan(s.slope); }

int sign(double v) { return (v > 0) - (v < 0); }

// The cubic with the slopes and curvatures of two samples: position t in [0, 1] to slope.
struct SlopeCubic {
  double a, b, ha, hb;
  SlopeCubic(const CurveSample& left, const CurveSample& right)
      : a(left.slope),
        b(right.slope),
        ha((right.x - left.x) * left.curvature),
        hb((right.x - left.x) * right.curvature) {}
  double operator()(double t) const {
    const double u = 1 - t;
    return u * u * ((1 + 2 * t) * a + t * ha) + t * t * ((1 + 2 * u) * b - u * hb);
  }
  // Where its derivative vanishes inside (0, 1).
  std::vector<double> extrema() const {
    const double q2 = 3 * (2 * (a - b) + ha + hb), q1 = 2 * (3 * (b - a) - 2 * ha - hb), q0 = ha;
    std::vector<double> roots;
    const double discriminant = q1 * q1 - 4 * q2 * q0;
    if (!(discriminant >= 0)) return roots;
    const double q = -0.5 * (q1 + std::copysign(std::sqrt(discriminant), q1));
    for (double root : {q / q2, q0 / q})
      if (root > 0 && root < 1) roots.push_back(root);
    return roots;
  }
};

bool needs_refinement(const CurveSample& a, const CurveSample& m, const CurveSample& b) {
  const int finite = is_finite(a) + is_finite(m) + is_finite(b);
  if (finite == 0) return false;
  if (finite < 3) return true;
  const SlopeCubic cubic(a, b);
  const double error = std::abs(m.slope - cubic(0.5));
  const double largest = std::max({std::abs(a.slope), std::abs(m.slope), std::abs(b.slope)});
  if (!(error <= 0.02 * largest)) return true;
  if (sign(a.slope) != sign(b.slope) || error <= 1e-7 * largest) return false;
  // Two turning points may hide between slopes of the same sign: the error must be small next to the slope itself.
  double smallest = std::min({std::abs(a.slope), std::abs(m.slope), std::abs(b.slope)});
  for (double t : cubic.extrema()) smallest = std::min(smallest, std::abs(cubic(t)));
  return error > 0.2 * smallest;
}

// Grid points, refined.
std::vector<CurveSample> sample(const Curve& curve, const std::vector<double>& grid) {
  struct Interval {
    CurveSample a, b;
    int depth;
    bool predicted;  // the cubic held on the interval of which this is a half
  };
  std::deque<Interval> queue;
  std::vector<CurveSample> samples;
  for (double x : grid) {
    samples.push_back(curve(x));
    if (samples.size() > 1) queue.push_back({samples[samples.size() - 2], samples.back(), 0, false});
  }
  while (!queue.empty() && samples.size() < maximum_evaluations) {
    const auto [a, b, depth, predicted] = queue.front();
    queue.pop_front();
    const double x = std::midpoint(a.x, b.x);
    if (!(a.x < x && x < b.x)) continue;
    const CurveSample m = curve(x);
    samples.push_back(m);
    // One midpoint may agree by chance where the grid is coarser than an oscillation: the halves must agree, too.
    const bool holds = !needs_refinement(a, m, b);
    if (depth < maximum_depth && !(holds && predicted)) {
      queue.push_back({a, m, depth + 1, holds});
      queue.push_back({m, b, depth + 1, holds});
    }
  }
  const auto by_position = [](const CurveSample& l, const CurveSample& r) { return l.x < r.x; };
  std::sort(samples.begin(), samples.end(), by_position);

  std::vector<CurveSample> extra;
  for (std::size_t i = 0; i + 1 < samples.size(); ++i) {
    const CurveSample &a = samples[i], &b = samples[i + 1];
    if (!is_finite(a) || !is_finite(b)) continue;
    const SlopeCubic cubic(a, b);
    for (double t : cubic.extrema())
      if (sign(cubic(t)) != sign(a.slope) || std::abs(cubic(t)) < 0.1 * std::max(std::abs(a.slope), std::abs(b.slope)))
        extra.push_back(curve(a.x + t * (b.x - a.x)));
  }
  samples.insert(samples.end(), extra.begin(), extra.end());
  std::sort(samples.begin(), samples.end(), by_position);
  samples.erase(std::unique(samples.begin(), samples.end(),
                            [](const CurveSample& l, const CurveSample& r) { return l.x == r.x; }),
                samples.end());
  return samples;
}

// Neighbouring doubles around the place in (a, b) where `holds`, true at a and false at b, ends.
template <class Holds>
std::pair<CurveSample, CurveSample> boundary(const Curve& curve, CurveSample a, CurveSample b, Holds holds) {
  for (;;) {
    const double x = std::midpoint(a.x, b.x);
    if (!(a.x < x && x < b.x)) return {a, b};
    const CurveSample m = curve(x);
    (holds(m) ? a : b) = m;
  }
}

// Where the slope changes its sign between a and b.
CurveSample turning_point(const Curve& curve, const CurveSample& a, const CurveSample& b) {
  if (std::isfinite(a.slope) && std::isfinite(b.slope) && sign(a.slope) * sign(b.slope) < 0) {
    bool smooth = true;
    const auto slope = [&](double x) {
      const CurveSample s = curve(x);
      smooth = smooth && is_finite(s) && std::isfinite(s.slope);
      return smooth ? s.slope : 0.0;
    };
    std::uintmax_t evaluations = 200;
    const auto bracket = boost::math::tools::toms748_solve(slope, a.x, b.x, a.slope, b.slope,
                                                           boost::math::tools::eps_tolerance<double>(53), evaluations);
    if (smooth) return curve(std::midpoint(bracket.first, bracket.second));
  }
  const int before = sign(a.slope);
  const auto [last, first] = boundary(curve, a, b, [&](const CurveSample& s) { return sign(s.slope) == before; });
  // Of a sample where the slope is exactly 0, that sample itself is the turning point on either side.
  return before == 0 ? last : first;
}

// At a pole of log|x| or -1/x^2 the function falls by as much, or more, in every octave of the distance. At a minimum,
// a kink or a cusp |x|^p it falls by less and less: here by half within 20 octaves, p > 1/20.
bool is_downward_pole(const Curve& curve, const CurveSample& bottom, double reach) {
  for (double side : {-1.0, 1.0}) {
    const auto fall_per_octave = [&](double distance) {
      return distance * side * curve(bottom.x + side * distance).slope;
    };
    const double outer = fall_per_octave(reach);
    if (!(outer > 0) || !(fall_per_octave(reach * 0x1p-10) > 0.5 * outer) ||
        !(fall_per_octave(reach * 0x1p-20) > 0.5 * outer))
      return false;
  }
  return true;
}

}  // namespace

MonotonePieces monotone_pieces(const Curve& curve, const std::vector<double>& grid) {
  const std::vector<CurveSample> samples = sample(curve, grid);
  MonotonePieces result;
  const auto note_pole = [&](const CurveSample& s) {
    if (s.value == -std::numeric_limits<double>::infinity()) {
      result.unbounded_below = true;
      result.pole = s.x;
    }
  };
  for (const CurveSample& s : samples) note_pole(s);

  const auto close = [&](const CurveSample& begin, const CurveSample& end) {
    if (begin.x < end.x) result.pieces.push_back({begin.x, end.x, begin.value, end.value});
  };
  bool open = false;
  CurveSample begin;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const CurveSample& b = samples[i];
    if (i == 0) {
      open = is_finite(b);
      begin = b;
      continue;
    }
    const CurveSample& a = samples[i - 1];
    if (open && !is_finite(b)) {
      const auto [inside, outside] = boundary(curve, a, b, is_finite);
      note_pole(outside);
      close(begin, inside);
      open = false;
    } else if (!open && is_finite(b)) {
      const auto [outside, inside] = boundary(curve, a, b, [](const CurveSample& s) { return !is_finite(s); });
      note_pole(outside);
      begin = inside;
      open = true;
      // The slope may change its sign between the edge of the domain and the sample.
      if (sign(inside.slope) != sign(b.slope)) {
        const CurveSample turn = turning_point(curve, inside, b);
        close(begin, turn);
        begin = turn;
      }
    } else if (open && sign(a.slope) != sign(b.slope)) {
      const CurveSample turn = turning_point(curve, a, b);
      if (!is_finite(turn)) {  // a pole between two finite samples
        note_pole(turn);
        const auto [inside, outside] = boundary(curve, a, turn, is_finite);
        close(begin, inside);
        begin = boundary(curve, turn, b, [](const CurveSample& s) { return !is_finite(s); }).second;
        continue;
      }
      if (a.slope < 0 && is_downward_pole(curve, turn, 0.5 * std::min(turn.x - a.x, b.x - turn.x))) {
        result.unbounded_below = true;
        result.pole = turn.x;
      }
      close(begin, turn);
      begin = turn;
    }
  }
  if (open && !samples.empty()) close(begin, samples.back());
  return result;
}

double invert(const Curve& curve, const MonotonePiece& piece, double level) {
  // Bisection in steps of Newton where they stay inside the bracket.
  double low = piece.begin, high = piece.end;
  const bool rises = piece.begin_value <= piece.end_value;
  double x = std::midpoint(low, high);
  double previous_width = high - low;
  for (int iteration = 0; iteration < 2200; ++iteration) {
    if (!(low < x && x < high)) return x <= low ? low : high;
    const CurveSample s = curve(x);
    if (s.value == level) return x;
    ((s.value < level) == rises ? low : high) = x;
    const double newton = x - (s.value - level) / s.slope;
    const double width = high - low;
    // Newton only while the bracket shrinks well, or the step is small already.
    const bool use_newton = newton > low && newton < high && (width <= 0.5 * previous_width || iteration % 3 != 2);
    previous_width = width;
    const double next = use_newton ? newton : std::midpoint(low, high);
    if (std::abs(next - x) <= 1e-16 * std::abs(x)) return next;
    x = next;
  }
  return x;
}

}  // namespace isotherm::theory
