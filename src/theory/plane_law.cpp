#include "theory/plane_law.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "theory/gauss_legendre.hpp"
#include "theory/minima.hpp"
#include "theory/plane_mesh.hpp"
#include "theory/text.hpp"

namespace isotherm::theory {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t n = PlaneMesh::order;
using Rectangle = PlaneMesh::Rectangle;
using Grid = PlaneMesh::Grid;
using Coefficients = std::array<double, n>;

// Integrals of P_0 ... P_{n-1} over [s, t]: (P_{k+1} - P_{k-1}) / (2k + 1) between the ends.
Coefficients legendre_integrals(double s, double t) {
  const auto at_s = legendre<n + 1>(s), at_t = legendre<n + 1>(t);
  Coefficients integral;
  integral[0] = t - s;
  for (std::size_t k = 1; k < n; ++k)
    integral[k] = ((at_t[k + 1] - at_t[k - 1]) - (at_s[k + 1] - at_s[k - 1])) / (2 * static_cast<double>(k) + 1);
  return integral;
}

double dot(const Coefficients& a, const Coefficients& b) {
  double sum = 0;
  for (std::size_t k = 0; k < n; ++k) sum += a[k] * b[k];
  return sum;
}

class PlaneLaw : public ComponentLaw {
 public:
  PlaneLaw(const std::vector<PlaneMesh::Leaf>& leaves, double temperature, double bottom, const double (&center)[2])
      : temperature_(temperature), bottom_(bottom) {
    const auto& rule = GaussLegendre<n>::rule();
    for (const auto& leaf : leaves) normalization_ += leaf.integral;
    double loss[2] = {0, 0};  // moments of L - bottom
    double moment[2][2] = {}, mixed = 0, square[2] = {}, fourth[2] = {};
    for (const auto& leaf : leaves) {
      const Rectangle& place = leaf.cell->place;
      double position[2][n];
      for (std::size_t direction : {0, 1})
        for (std::size_t i = 0; i < n; ++i)
          position[direction][i] =
              place.lower[direction] + 0.5 * (place.upper[direction] - place.lower[direction]) * (1 + rule.node[i]);
      const double scale = 0.25 * place.area() / normalization_;
      Patch patch{place, leaf.coefficients, {}, leaf.integral / normalization_};
      for (double& c : patch.coefficients) c *= scale;
      for (std::size_t k = 0; k < n; ++k) {
        patch.marginal[0][k] = 2 * patch.coefficients[k * n];
        patch.marginal[1][k] = 2 * patch.coefficients[k];
      }
      patches_.push_back(patch);
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) {
          const double above = leaf.cell->loss[i * n + j] - bottom, u = above / temperature;
          if (!(u < 700)) continue;
          const double p = scale * rule.weight[i] * rule.weight[j] * std::exp(-u);
          const double x = position[0][i], y = position[1][j], dx = x - center[0], dy = y - center[1];
          loss[0] += p * above;
          loss[1] += p * above * above;
          moment[0][0] += p * dx;
          moment[0][1] += p * dx * dx;
          moment[1][0] += p * dy;
          moment[1][1] += p * dy * dy;
          mixed += p * dx * dy;
          square[0] += p * x * x;
          square[1] += p * y * y;
          fourth[0] += p * x * x * x * x;
          fourth[1] += p * y * y * y * y;
        }
    }
    mean_loss_ = bottom + loss[0];
    variance_of_loss_ = loss[1] - loss[0] * loss[0];
    covariance_ = mixed - moment[0][0] * moment[1][0];
    for (std::size_t c : {0, 1}) {
      moments_[c].mean = center[c] + moment[c][0];
      moments_[c].variance = moment[c][1] - moment[c][0] * moment[c][0];
      moments_[c].second_moment = square[c];
      moments_[c].fourth_moment = fourth[c];
      support_[c] = {infinity, -infinity};
      for (const Patch& patch : patches_) {
        if (patch.mass < 1e-20) continue;
        support_[c].lower = std::min(support_[c].lower, patch.place.lower[c]);
        support_[c].upper = std::max(support_[c].upper, patch.place.upper[c]);
      }
    }
  }

  double normalization() const { return normalization_; }

  double log_partition_function() const override { return std::log(normalization_) - bottom_ / temperature_; }
  double mean_loss() const override { return mean_loss_; }
  double variance_of_loss() const override { return variance_of_loss_; }
  CoordinateMoments moments(std::size_t c) const override { return moments_[c]; }
  std::optional<double> covariance(std::size_t c, std::size_t d) const override {
    return c == d ? *moments_[c].variance : covariance_;
  }
  Interval support(std::size_t c) const override { return support_[c]; }

  double quantile(std::size_t c, double probability, bool from_above) const override {
    double low = support_[c].lower, high = support_[c].upper;
    double x = 0.5 * (low + high), previous = 2 * (high - low);
    for (int iteration = 0; iteration < 200; ++iteration) {
      const double cuts[] = {-infinity, x, infinity};
      const std::vector<double> sides = masses(c, cuts);
      const double excess = from_above ? probability - sides[1] : sides[0] - probability;
      (excess > 0 ? high : low) = x;
      if (high - low <= 4e-16 * std::max(std::abs(low), std::abs(high)) || excess == 0) break;
      const double next = x - excess / density(c, x);
      const bool newton = next > low && next < high && std::abs(next - x) < 0.5 * previous;
      previous = std::abs(next - x);
      if (newton && previous <= 2e-16 * std::abs(x)) break;
      const double moved = newton ? next : 0.5 * (low + high);
      if (!newton) previous = high - low;
      x = moved;
    }
    return x;
  }

  std::vector<double> masses(std::size_t c, std::span<const double> cuts) const override {
    std::vector<double> result(cuts.size() - 1);
    for (const Patch& patch : patches_)
      for (const Overlap& overlap : overlaps(patch, c, cuts))
        result[overlap.bin] += overlap.whole ? patch.mass : dot(overlap.integrals, patch.marginal[c]);
    for (double& mass : result) mass = std::max(mass, 0.0);
    return result;
  }

  std::vector<double> joint_masses(std::size_t c, std::span<const double> c_cuts, std::size_t,
                                   std::span<const double> d_cuts) const override {
    const std::span<const double> cuts[2] = {c == 0 ? c_cuts : d_cuts, c == 0 ? d_cuts : c_cuts};
    const std::size_t columns = cuts[1].size() - 1;
    std::vector<double> result((cuts[0].size() - 1) * columns);
    for (const Patch& patch : patches_) {
      const auto rows = overlaps(patch, 0, cuts[0]);
      for (const Overlap& column : overlaps(patch, 1, cuts[1])) {
        Coefficients reduced{};
        for (std::size_t k = 0; k < n; ++k)
          for (std::size_t l = 0; l < n; ++l) reduced[k] += patch.coefficients[k * n + l] * column.integrals[l];
        for (const Overlap& row : rows) result[row.bin * columns + column.bin] += dot(row.integrals, reduced);
      }
    }
    for (double& mass : result) mass = std::max(mass, 0.0);
    if (c == 0) return result;
    std::vector<double> transposed(result.size());
    const std::size_t rows = cuts[0].size() - 1;
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = 0; j < columns; ++j) transposed[j * rows + i] = result[i * columns + j];
    return transposed;
  }

 private:
  // The density on one rectangle; coefficients include the Jacobian, so that integrals over [-1, 1]^2 are masses.
  struct Patch {
    Rectangle place;
    Grid coefficients;
    Coefficients marginal[2];
    double mass;
  };

  struct Overlap {
    std::size_t bin;
    bool whole;
    Coefficients integrals;
  };

  // The bins between cuts that a patch touches, with the integrals of Legendre polynomials over each common part.
  static std::vector<Overlap> overlaps(const Patch& patch, std::size_t c, std::span<const double> cuts) {
    const double lower = patch.place.lower[c], upper = patch.place.upper[c], half = 0.5 * (upper - lower);
    auto cut = std::upper_bound(cuts.begin(), cuts.end(), lower);
    std::vector<Overlap> result;
    for (std::size_t bin = static_cast<std::size_t>(std::max<std::ptrdiff_t>(cut - cuts.begin(), 1)) - 1;
         bin + 1 < cuts.size() && cuts[bin] < upper; ++bin) {
      const double from = std::max(cuts[bin], lower), to = std::min(cuts[bin + 1], upper);
      if (!(from < to)) continue;
      const bool whole = from == lower && to == upper;
      const auto local = [&](double x) { return x == upper ? 1.0 : (x - lower) / half - 1; };
      result.push_back({bin, whole, legendre_integrals(local(from), local(to))});
    }
    return result;
  }

  double density(std::size_t c, double x) const {
    double sum = 0;
    for (const Patch& patch : patches_) {
      const double lower = patch.place.lower[c], upper = patch.place.upper[c];
      if (x < lower || x >= upper) continue;
      const double half = 0.5 * (upper - lower);
      sum += dot(legendre<n>((x - lower) / half - 1), patch.marginal[c]) / half;
    }
    return sum;
  }

  double temperature_, bottom_;
  double normalization_ = 0;  // of exp(-(L - bottom)/T)
  double mean_loss_ = 0, variance_of_loss_ = 0, covariance_ = 0;
  CoordinateMoments moments_[2];
  Interval support_[2];
  std::vector<Patch> patches_;
};

class PlaneFamily : public ComponentFamily {
 public:
  PlaneFamily(loss::Problem& problem, const Component& component)
      : name_(problem.coordinates()[component.coordinates[0]] + ", " + problem.coordinates()[component.coordinates[1]]),
        loss_(
            [function = ComponentFunction(problem, component.coordinates, {&component.value, 1})](double x, double y) {
              const double point[] = {x, y};
              double value = 0;
              function(point, {&value, 1});
              return std::isnan(value) ? infinity : value;
            }),
        minima_(component_minima(problem, component)) {
    for (const Minimum& minimum : minima_)
      if (minimum.value < bottom_) {
        bottom_ = minimum.value;
        center_[0] = minimum.point[0];
        center_[1] = minimum.point[1];
      }
  }

 private:
  LawOrReason make(double temperature) const override {
    if (minima_.empty())
      return {nullptr, "no minimum of L over (" + name_ + ") was found, so exp(-L/T) cannot be normalized"};
    double width[2];
    for (std::size_t direction : {0, 1}) width[direction] = rise(center_, direction, temperature);
    Rectangle box;
    std::string reason = enclose(temperature, width, box);
    if (!reason.empty()) return {nullptr, reason};
    if (!mesh_ || !contains(mesh_->root(), box)) {
      // With room for temperatures a little higher: a search for T asks for several.
      Rectangle roomy = box;
      for (std::size_t direction : {0, 1}) {
        const double margin = 0.25 * (box.upper[direction] - box.lower[direction]);
        roomy.lower[direction] -= margin;
        roomy.upper[direction] += margin;
      }
      mesh_ = std::make_unique<PlaneMesh>(loss_, roomy, center_);
    }
    // Rounding of L, divided by a small T, is noise in the exponent that no refinement removes.
    const double noise = 8 * std::numeric_limits<double>::epsilon() * std::abs(bottom_) / temperature;
    const double least_integral = 0.1 * width[0] * width[1];
    for (double tolerance : {3e-13, 1e-11, 1e-9}) {
      const auto leaves = mesh_->resolve(temperature, bottom_, anchors(temperature), least_integral, tolerance + noise);
      if (leaves.empty()) continue;
      auto law = std::make_shared<PlaneLaw>(leaves, temperature, bottom_, center_);
      // Less than the neighbourhood of the minimum must hold: something was missed.
      if (law->normalization() < 1e-3 * least_integral) break;
      return {law, ""};
    }
    mesh_.reset();
    return {nullptr, "the integral of exp(-L/T) over (" + name_ + ") does not converge at T = " + text(temperature)};
  }

  static bool contains(const Rectangle& outer, const Rectangle& inner) {
    for (std::size_t direction : {0, 1})
      if (outer.lower[direction] > inner.lower[direction] || outer.upper[direction] < inner.upper[direction])
        return false;
    return true;
  }

  // The distance from a minimum, a power of two, within which the loss rises by T.
  double rise(const double (&point)[2], std::size_t direction, double temperature) const {
    const double value = loss_(point[0], point[1]);
    const auto risen = [&](double step) {
      const double there = direction == 0 ? loss_(point[0] + step, point[1]) : loss_(point[0], point[1] + step);
      return there - value >= temperature;
    };
    int low = -1000, high = 400;
    while (high - low > 1) {
      const int middle = (low + high) / 2;
      const double step = std::ldexp(1.0, middle);
      (risen(step) || risen(-step) ? high : low) = middle;
    }
    return std::ldexp(1.0, low);
  }

  // The deepest minima that matter at T.
  std::vector<PlaneMesh::Anchor> anchors(double temperature) const {
    std::vector<PlaneMesh::Anchor> result;
    for (const Minimum& minimum : minima_) {
      if ((minimum.value - bottom_) / temperature > 60 || result.size() == 64) break;
      PlaneMesh::Anchor anchor{{minimum.point[0], minimum.point[1]}, {0, 0}};
      for (std::size_t direction : {0, 1}) anchor.width[direction] = rise(anchor.point, direction, temperature);
      result.push_back(anchor);
    }
    return result;
  }

  // The smallest loss on one side of a rectangle, by samples and golden sections around the lowest of them.
  double least_on_side(const Rectangle& box, std::size_t direction, bool upper) const {
    const double fixed = upper ? box.upper[direction] : box.lower[direction];
    const std::size_t other = 1 - direction;
    const auto value = [&](double t) {
      const double moving = box.lower[other] + t * (box.upper[other] - box.lower[other]);
      return direction == 0 ? loss_(fixed, moving) : loss_(moving, fixed);
    };
    constexpr int samples = 128;
    std::array<double, samples + 1> values;
    for (int i = 0; i <= samples; ++i) values[static_cast<std::size_t>(i)] = value(static_cast<double>(i) / samples);
    double least = *std::min_element(values.begin(), values.end());
    for (std::size_t i = 1; i < samples; ++i) {
      if (values[i] > values[i - 1] || values[i] > values[i + 1]) continue;
      double a = static_cast<double>(i - 1) / samples, b = static_cast<double>(i + 1) / samples;
      constexpr double golden = 0.6180339887498949;
      double c = b - golden * (b - a), d = a + golden * (b - a), value_c = value(c), value_d = value(d);
      for (int iteration = 0; iteration < 40; ++iteration) {
        if (value_c < value_d) {
          b = d, d = c, value_d = value_c;
          value_c = value(c = b - golden * (b - a));
        } else {
          a = c, c = d, value_c = value_d;
          value_d = value(d = a + golden * (b - a));
        }
      }
      least = std::min({least, value_c, value_d});
    }
    return least;
  }

  // A rectangle outside of which exp(-L/T), with sixth powers of the distance, is negligible.
  std::string enclose(double temperature, const double (&width)[2], Rectangle& box) const {
    for (std::size_t direction : {0, 1}) {
      box.lower[direction] = center_[direction] - width[direction];
      box.upper[direction] = center_[direction] + width[direction];
    }
    for (const Minimum& minimum : minima_) {
      if ((minimum.value - bottom_) / temperature > 60) continue;
      for (std::size_t direction : {0, 1}) {
        box.lower[direction] = std::min(box.lower[direction], minimum.point[direction] - width[direction]);
        box.upper[direction] = std::max(box.upper[direction], minimum.point[direction] + width[direction]);
      }
    }
    const auto enough = [&](const Rectangle& r, std::size_t direction, bool upper) {
      const double distance = std::max(r.upper[0] - r.lower[0], r.upper[1] - r.lower[1]) / std::max(width[0], width[1]);
      const double least = least_on_side(r, direction, upper);
      return (least - bottom_) / temperature - 6 * std::log(std::max(1.0, distance / 16)) >= 45;
    };
    const auto grow = [&] {
      for (int step = 0; step < 400; ++step) {
        bool complete = true;
        for (std::size_t direction : {0, 1})
          for (bool upper : {false, true})
            if (!enough(box, direction, upper)) {
              complete = false;
              const double length = box.upper[direction] - box.lower[direction];
              (upper ? box.upper : box.lower)[direction] += (upper ? 0.15 : -0.15) * length;
            }
        if (complete) return true;
        for (std::size_t direction : {0, 1})
          if (box.upper[direction] - box.lower[direction] > std::ldexp(width[direction], 60)) return false;
      }
      return false;
    };
    const std::string slow =
        "exp(-L/T) does not fall off fast enough over (" + name_ + ") to be integrated at T = " + text(temperature);
    if (!grow()) return slow;
    // Beyond the rectangle the loss must not come down again.
    Rectangle wide = box;
    for (int step = 0; step < 12; ++step) {
      for (std::size_t direction : {0, 1}) {
        const double length = wide.upper[direction] - wide.lower[direction];
        wide.lower[direction] -= 1.5 * length;
        wide.upper[direction] += 1.5 * length;
      }
      for (std::size_t direction : {0, 1})
        for (bool upper : {false, true})
          if (least_on_side(wide, direction, upper) - bottom_ < 45 * temperature) return slow;
    }
    return "";
  }

  std::string name_;
  PlaneMesh::Loss loss_;
  std::vector<Minimum> minima_;
  double bottom_ = infinity;
  double center_[2] = {0, 0};  // the deepest minimum
  mutable std::unique_ptr<PlaneMesh> mesh_;
};

}  // namespace

std::unique_ptr<ComponentFamily> make_plane_family(loss::Problem& problem, const Component& component) {
  return std::make_unique<PlaneFamily>(problem, component);
}

}  // namespace isotherm::theory
