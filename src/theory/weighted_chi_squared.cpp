#include "theory/weighted_chi_squared.hpp"

#include <algorithm>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>

#include "theory/gaussian_law.hpp"

namespace isotherm::theory {
namespace {

constexpr double bend = 0.5;  // by how much the path turns to the left

}  // namespace

WeightedChiSquared::WeightedChiSquared(double constant, std::span<const Term> terms) : constant_(constant) {
  for (const Term& term : terms)
    if (term.weight > 0) terms_.push_back(term);
}

double WeightedChiSquared::mean() const {
  double sum = constant_;
  for (const Term& term : terms_) sum += term.weight * (1 + term.offset * term.offset);
  return sum;
}

double WeightedChiSquared::variance() const {
  double sum = 0;
  for (const Term& term : terms_) sum += 2 * term.weight * term.weight * (1 + 2 * term.offset * term.offset);
  return sum;
}

double WeightedChiSquared::below(double x) const {
  const double q = x - constant_;
  if (!(q > 0)) return 0;
  if (terms_.empty() || std::isinf(q)) return 1;
  if (terms_.size() == 1) {
    const double root = std::sqrt(q / terms_[0].weight);
    return normal_mass(-root - terms_[0].offset, root - terms_[0].offset);
  }
  return x > mean() ? 1 - tail(q, true) : tail(q, false);
}

double WeightedChiSquared::above(double x) const {
  const double q = x - constant_;
  if (!(q > 0)) return 1;
  if (terms_.empty() || std::isinf(q)) return 0;
  if (terms_.size() == 1) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const double root = std::sqrt(q / terms_[0].weight);
    return normal_mass(root - terms_[0].offset, infinity) + normal_mass(-infinity, -root - terms_[0].offset);
  }
  return x > mean() ? tail(q, true) : 1 - tail(q, false);
}

double WeightedChiSquared::tail(double q, bool upper) const {
  using Complex = std::complex<double>;
  double heaviest = 0;
  for (const Term& term : terms_) heaviest = std::max(heaviest, term.weight);
  // The saddle point of the integrand on the real axis: right of the pole at 0, or between it and the singularities.
  const double edge = -0.5 / heaviest;
  const auto slope = [&](double s) {
    double sum = q - 1 / s;
    for (const Term& term : terms_) {
      const double u = 1 + 2 * term.weight * s;
      sum -= term.weight / u * (1 + term.offset * term.offset / u);
    }
    return sum;
  };
  double low = upper ? edge : 0, high = upper ? 0 : 1 / q;
  while (!upper && slope(high) < 0) high *= 2;
  for (int i = 0; i < 40; ++i) (slope(0.5 * (low + high)) < 0 ? low : high) = 0.5 * (low + high);
  const double saddle = 0.5 * (low + high);

  const double scale = std::min(std::abs(saddle), saddle - edge);
  const auto logarithm = [&](Complex s) {
    Complex product = 1, exponent = s * q - std::log(upper ? -s : s);
    for (const Term& term : terms_) {
      const Complex u = 1.0 + 2 * term.weight * s;
      product *= std::sqrt(u);
      if (term.offset != 0) exponent -= term.offset * term.offset * term.weight * s / u;
      // A product of many factors leaves the range of doubles long before its logarithm does.
      if (const double size = std::norm(product); size > 1e200 || size < 1e-200) {
        product /= std::sqrt(size);
        exponent -= 0.5 * std::log(size);
      }
    }
    return exponent - std::log(product);
  };
  const double peak = logarithm(saddle).real();
  const auto value = [&](double theta) {
    const Complex s(saddle - bend * scale * (std::cosh(theta) - 1), scale * std::sinh(theta));
    const Complex turn(scale * std::cosh(theta), bend * scale * std::sinh(theta));  // ds / d(i theta)
    return (std::exp(logarithm(s) - peak) * turn).real();
  };
  // Halving the spacing squares the error: once a sum agrees with the last to 1e-7, it is right to rounding.
  double spacing = 0.5, sum = 0, last = 0;
  for (int level = 0; level < 9; ++level) {
    const double first = level == 0 ? 0 : spacing;
    const double stride = level == 0 ? spacing : 2 * spacing;
    int negligible = 0;
    for (double theta = first; negligible < 3 && theta < 30; theta += stride) {
      const double term = value(theta) * (theta == 0 ? 0.5 : 1.0);
      sum += term;
      negligible = std::abs(term) <= 1e-18 * scale ? negligible + 1 : 0;
    }
    const double integral = sum * spacing;
    if (level > 0 && std::abs(integral - last) <= 1e-8 * std::abs(integral)) {
      last = integral;
      break;
    }
    last = integral;
    spacing *= 0.5;
  }
  return std::clamp(last * std::exp(peak) / std::numbers::pi, 0.0, 1.0);
}

double WeightedChiSquared::between(double a, double b) const {
  if (terms_.size() == 1) {
    // Two intervals of the normal number, each without cancellation.
    const Term& term = terms_[0];
    const auto root = [&](double x) { return std::sqrt(std::max(0.0, x - constant_) / term.weight); };
    return normal_mass(root(a) - term.offset, root(b) - term.offset) +
           normal_mass(-root(b) - term.offset, -root(a) - term.offset);
  }
  const double q = mean();
  if (a > q) return std::max(0.0, above(a) - above(b));
  return std::max(0.0, below(b) - below(a));
}

double WeightedChiSquared::quantile(double probability) const {
  if (terms_.empty()) return constant_;
  const auto excess = [&](double x) { return below(constant_ + x) - probability; };
  const double start = mean() - constant_;
  double low = start, high = start;
  while (low > 1e-300 && excess(low) > 0) low /= 4;
  while (excess(high) < 0) high *= 2;
  if (low == high) return constant_ + low;
  std::uintmax_t iterations = 200;
  const auto [a, b] =
      boost::math::tools::toms748_solve(excess, low, high, boost::math::tools::eps_tolerance<double>(48), iterations);
  return constant_ + 0.5 * (a + b);
}

}  // namespace isotherm::theory
