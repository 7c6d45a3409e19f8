#include "theory/minima.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "theory/line_law.hpp"

namespace isotherm::theory {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double largest_distance = 1e9;  // a descent that goes further has no minimum
constexpr std::size_t maximum_minima = 4096;
/// Operations on rows of data that a search may take, and starts in turn that lead to no new minimum.
constexpr double most_row_operations = 5e7;
constexpr int most_vain_starts = 8;

std::vector<double> to_vector(const Eigen::VectorXd& v) { return {v.data(), v.data() + v.size()}; }

class Descent {
 public:
  Descent(loss::Problem& problem, const Component& component)
      : dimension_(static_cast<Eigen::Index>(component.dimension())),
        value_(problem, component.coordinates, {&component.value, 1}),
        derivatives_(problem, component.coordinates, derivative_nodes(component)),
        is_smooth_(component.is_sum_over_data && !component.has_branches) {
    if (!component.is_sum_over_data) return;
    const auto cost = [&](std::span<const loss::NodeId> nodes) {
      return static_cast<double>(problem.graph().reachable(nodes, loss::Level::particle).size()) *
             static_cast<double>(problem.examples()->rows);
    };
    value_cost_ = cost({&component.value, 1});
    derivatives_cost_ = cost(derivative_nodes(component));
  }

  /// A search that has used up what it may take finds nothing more.
  bool exhausted() const { return spent_ > most_row_operations; }

  double value(const Eigen::VectorXd& x) const {
    double result = 0;
    spent_ += value_cost_;
    value_({x.data(), static_cast<std::size_t>(dimension_)}, {&result, 1});
    return std::isnan(result) ? infinity : result;
  }

  // Gradient and Hessian; false where they are not finite.
  bool differentiate(const Eigen::VectorXd& x, Eigen::VectorXd& gradient, Eigen::MatrixXd& hessian) const {
    std::vector<double> out(derivatives_.outputs());
    spent_ += derivatives_cost_;
    derivatives_({x.data(), static_cast<std::size_t>(dimension_)}, out);
    gradient = Eigen::Map<Eigen::VectorXd>(out.data(), dimension_);
    hessian = Eigen::Map<Eigen::MatrixXd>(out.data() + dimension_, dimension_, dimension_);
    return gradient.allFinite() && hessian.allFinite();
  }

  // Goes down from x; false if there is no minimum within reach.
  bool operator()(Eigen::VectorXd& x, double scale) const {
    double current = value(x);
    if (!std::isfinite(current)) return false;
    for (int cycle = 0; cycle < 20; ++cycle) {
      newton(x, current, scale);
      if (!(current > -infinity) || !(x.norm() < largest_distance) || exhausted()) return false;
      if (is_smooth_) break;
      const double before = current;
      compass(x, current, 1e-2 * scale);
      if (!(before - current > 1e-13 * (std::abs(before) + std::abs(current)))) break;
    }
    return x.norm() < largest_distance && is_minimum(x, scale);
  }

 private:
  static std::vector<loss::NodeId> derivative_nodes(const Component& component) {
    std::vector<loss::NodeId> nodes = component.gradient;
    nodes.insert(nodes.end(), component.hessian.begin(), component.hessian.end());
    return nodes;
  }

  void newton(Eigen::VectorXd& x, double& current, double scale) const {
    Eigen::VectorXd gradient;
    Eigen::MatrixXd hessian;
    double damping = 1e-3;
    for (int iteration = 0; iteration < 500 && !exhausted(); ++iteration) {
      if (!differentiate(x, gradient, hessian) || gradient.norm() == 0) return;
      const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(hessian);
      const Eigen::ArrayXd curvature = eigen.eigenvalues().array().abs();
      const double largest = std::max(curvature.maxCoeff(), 1e-300);
      bool moved = false;
      for (int attempt = 0; attempt < 60 && !moved; ++attempt) {
        const Eigen::VectorXd step =
            -eigen.eigenvectors() *
            ((eigen.eigenvectors().transpose() * gradient).array() / (curvature + damping * largest)).matrix();
        if (!(step.norm() > 1e-15 * (x.norm() + 1e-6 * scale))) return;
        const double next = value(x + step);
        if (next < current) {
          x += step;
          current = next;
          moved = true;
          damping = std::max(damping / 10, 1e-15);
        } else {
          damping = std::max(damping * 8, 1e-12);
        }
      }
      if (!moved || !(x.norm() < largest_distance)) return;
    }
  }

  void compass(Eigen::VectorXd& x, double& current, double step) const {
    for (int evaluations = 0; step > 1e-13 * (x.norm() + step) && step > 1e-14 && evaluations < 2000; step *= 0.25)
      for (Eigen::Index c = 0; c < dimension_; ++c)
        for (double direction : {step, -step}) {
          Eigen::VectorXd trial = x;
          for (;;) {
            trial[c] += direction;
            const double next = value(trial);
            ++evaluations;
            if (!(next < current) || evaluations > 2000) break;
            x = trial;
            current = next;
          }
        }
  }

  // No point nearby is lower by more than rounding.
  bool is_minimum(const Eigen::VectorXd& x, double scale) const {
    const double here = value(x);
    for (double step : {1e-4 * scale, 1e-6 * scale})
      for (Eigen::Index c = 0; c < dimension_; ++c)
        for (double direction : {step, -step}) {
          Eigen::VectorXd near = x;
          near[c] += direction;
          if (value(near) < here - 1e-12 * std::max(1.0, std::abs(here))) return false;
        }
    Eigen::VectorXd gradient;
    Eigen::MatrixXd hessian;
    if (!differentiate(x, gradient, hessian)) return true;  // a kink or the edge of the domain
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(hessian);
    return eigen.eigenvalues()[0] >= -1e-7 * eigen.eigenvalues().cwiseAbs().maxCoeff();
  }

  Eigen::Index dimension_;
  ComponentFunction value_, derivatives_;
  bool is_smooth_;
  double value_cost_ = 0, derivatives_cost_ = 0;  ///< of sums over data
  mutable double spent_ = 0;
};

struct Start {
  Eigen::VectorXd point;
  double value, scale;
};

// Lowest points of square grids around 0, of half-widths 1/16 ... 2^10.
std::vector<Start> plane_starts(const Descent& descent) {
  constexpr int half = 20, points = 2 * half + 1;
  std::vector<Start> starts;
  for (int exponent = -4; exponent <= 10; ++exponent) {
    const double spacing = std::ldexp(1.0, exponent) / half;
    std::vector<double> values;
    const auto point = [&](int i, int j) { return Eigen::VectorXd{{spacing * (i - half), spacing * (j - half)}}; };
    for (int i = 0; i < points; ++i)
      for (int j = 0; j < points; ++j) values.push_back(descent.value(point(i, j)));
    const auto at = [&](int i, int j) { return values[static_cast<std::size_t>(i * points + j)]; };
    std::vector<Start> here;
    for (int i = 1; i + 1 < points; ++i)
      for (int j = 1; j + 1 < points; ++j) {
        bool lowest = std::isfinite(at(i, j));
        for (int a = i - 1; a <= i + 1 && lowest; ++a)
          for (int b = j - 1; b <= j + 1 && lowest; ++b) lowest = !(at(a, b) < at(i, j));
        if (lowest) here.push_back({point(i, j), at(i, j), spacing});
      }
    std::sort(here.begin(), here.end(), [](const Start& a, const Start& b) { return a.value < b.value; });
    if (here.size() > 48) here.resize(48);
    starts.insert(starts.end(), here.begin(), here.end());
  }
  return starts;
}

// The origin and points of a Kronecker sequence in cubes of half-widths 1/2 ... 16.
std::vector<Start> scattered_starts(const Descent& descent, std::size_t dimension) {
  std::vector<Start> starts;
  const auto add = [&](const Eigen::VectorXd& point, double scale) {
    const double value = descent.value(point);
    if (std::isfinite(value)) starts.push_back({point, value, scale});
  };
  const auto d = static_cast<Eigen::Index>(dimension);
  add(Eigen::VectorXd::Zero(d), 1);
  const int count = dimension <= 16 ? 16 : 4;
  for (double half : {0.5, 1.0, 2.0, 4.0, 16.0})
    for (int k = 1; k <= count; ++k) {
      Eigen::VectorXd point(d);
      for (Eigen::Index c = 0; c < d; ++c) {
        const double turn = k * std::sqrt(static_cast<double>(c) + 2) * std::numbers::phi;
        point[c] = half * (2 * (turn - std::floor(turn)) - 1);
      }
      add(point, half);
    }
  return starts;
}

std::vector<Minimum> quadratic_minimum(loss::Problem& problem, const Component& component) {
  const Descent descent(problem, component);
  const auto d = static_cast<Eigen::Index>(component.dimension());
  Eigen::VectorXd gradient;
  Eigen::MatrixXd hessian;
  if (!descent.differentiate(Eigen::VectorXd::Zero(d), gradient, hessian)) return {};
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(hessian);
  if (!(eigen.eigenvalues()[0] > static_cast<double>(d) * 1e-15 * eigen.eigenvalues()[d - 1])) return {};
  const Eigen::VectorXd point = -eigen.eigenvectors() * eigen.eigenvalues().cwiseInverse().asDiagonal() *
                                eigen.eigenvectors().transpose() * gradient;
  return {{to_vector(point), descent.value(point), to_vector(eigen.eigenvalues())}};
}

std::vector<Minimum> line_minima(loss::Problem& problem, const Component& component) {
  const Curve curve = component_curve(problem, component);
  const MonotonePieces found = landscape(curve);
  if (found.unbounded_below) return {};
  std::vector<Minimum> minima;
  const auto& pieces = found.pieces;
  for (std::size_t i = 0; i < pieces.size() && minima.size() < maximum_minima; ++i) {
    // Falling (or flat, or the edge of the domain) on the left, rising on the right; a flat bottom counts once.
    const bool rises = pieces[i].end_value > pieces[i].begin_value;
    std::size_t left = i;
    while (left > 0 && pieces[left - 1].end == pieces[left].begin &&
           pieces[left - 1].begin_value == pieces[left - 1].end_value)
      --left;
    const bool inner = left > 0 && pieces[left - 1].end == pieces[left].begin;
    const bool fell = inner && pieces[left - 1].begin_value > pieces[left - 1].end_value;
    const bool edge = !inner && std::abs(pieces[left].begin) < 1e100;
    if (!rises || !(fell || edge)) continue;
    const double x = pieces[left].begin + 0.5 * (pieces[i].begin - pieces[left].begin);
    const CurveSample sample = curve(x);
    minima.push_back({{x}, sample.value, {std::isfinite(sample.curvature) ? sample.curvature : 0.0}});
  }
  // Rising all the way from the domain's lower edge is the mirror image of falling all the way to its upper edge.
  if (!pieces.empty() && pieces.back().end_value < pieces.back().begin_value && std::abs(pieces.back().end) < 1e100)
    minima.push_back({{pieces.back().end}, pieces.back().end_value, {0.0}});
  return minima;
}

std::vector<Minimum> searched_minima(loss::Problem& problem, const Component& component) {
  if (component.hessian.empty()) return {};
  const Descent descent(problem, component);
  std::vector<Minimum> minima;
  const bool on_grids = component.dimension() == 2 && !component.is_sum_over_data;
  int vain = 0;
  for (Start& start : on_grids ? plane_starts(descent) : scattered_starts(descent, component.dimension())) {
    if (component.is_sum_over_data && (vain >= most_vain_starts || descent.exhausted())) break;
    ++vain;
    if (!descent(start.point, start.scale)) continue;
    const double value = descent.value(start.point);
    const bool known = std::any_of(minima.begin(), minima.end(), [&](const Minimum& minimum) {
      const Eigen::Map<const Eigen::VectorXd> point(minimum.point.data(), start.point.size());
      return (point - start.point).norm() < 1e-5 * (start.point.norm() + start.scale) + 1e-9;
    });
    if (known) continue;
    vain = 0;
    Eigen::VectorXd gradient;
    Eigen::MatrixXd hessian;
    std::vector<double> curvatures(component.dimension());
    if (descent.differentiate(start.point, gradient, hessian))
      curvatures = to_vector(Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(hessian).eigenvalues());
    minima.push_back({to_vector(start.point), value, curvatures});
  }
  return minima;
}

}  // namespace

std::vector<Minimum> component_minima(loss::Problem& problem, const Component& component) {
  auto minima = component.quadratic          ? quadratic_minimum(problem, component)
                : component.dimension() == 1 ? line_minima(problem, component)
                                             : searched_minima(problem, component);
  std::stable_sort(minima.begin(), minima.end(), [](const Minimum& a, const Minimum& b) { return a.value < b.value; });
  return minima;
}

std::vector<Minimum> find_minima(loss::Problem& problem) {
  const Separation separation = separate(problem);
  if (!separation.flat.empty()) return {};
  // Minima of a sum over independent parts are all combinations of the parts' minima; the deepest are kept.
  std::vector<Minimum> minima = {{std::vector<double>(problem.dimension()), 0, {}}};
  for (const Component& component : separation.components) {
    const std::vector<Minimum> parts = component_minima(problem, component);
    std::vector<Minimum> combined;
    for (const Minimum& minimum : minima)
      for (const Minimum& part : parts) {
        Minimum sum = minimum;
        sum.value += part.value;
        for (std::size_t i = 0; i < component.dimension(); ++i) sum.point[component.coordinates[i]] = part.point[i];
        sum.curvatures.insert(sum.curvatures.end(), part.curvatures.begin(), part.curvatures.end());
        combined.push_back(std::move(sum));
        if (combined.size() > maximum_minima) break;
      }
    std::stable_sort(combined.begin(), combined.end(),
                     [](const Minimum& a, const Minimum& b) { return a.value < b.value; });
    if (separation.components.size() > 1 && combined.size() > 64) combined.resize(64);
    minima = std::move(combined);
  }
  for (Minimum& minimum : minima) std::sort(minimum.curvatures.begin(), minimum.curvatures.end());
  return minima;
}

std::string why_no_minimum(loss::Problem& problem) {
  const Separation separation = separate(problem);
  if (!separation.flat.empty())
    return "the loss has no minimum: it does not depend on " + problem.coordinates()[separation.flat.front()];
  const auto searched = [](const Component& c) { return !c.quadratic && c.dimension() > 1; };
  for (const Component& component : separation.components)
    if (searched(component) && component.hessian.empty())
      return "no minimum was looked for: the Hessian in " + std::to_string(component.dimension()) +
             " coordinates is too large";
  if (std::ranges::any_of(separation.components, searched)) return "no minimum was found";
  return "the loss has no minimum";
}

}  // namespace isotherm::theory
