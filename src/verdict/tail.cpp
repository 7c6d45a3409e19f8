#include "verdict/tail.hpp"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>

namespace isotherm::verdict {
namespace {

namespace policies = boost::math::policies;
// A statistic may be as large as the number of particles: underflow to 0 is an answer, not an error.
using Policy = policies::policy<policies::overflow_error<policies::ignore_error>,
                                policies::underflow_error<policies::ignore_error>,
                                policies::evaluation_error<policies::ignore_error>, policies::promote_double<false>>;

constexpr double smallest_trusted = 1e-290;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// ln Q(a, x) for x > a + 1 by Lentz's method on
/// Gamma(a, x) = e^-x x^a / (x + 1 - a - 1 (1 - a) / (x + 3 - a - 2 (2 - a) / (x + 5 - a - ...))).
double log_upper_gamma(double a, double x) {
  constexpr double tiny = 1e-300, tolerance = 1e-15;
  constexpr int most_terms = 1000000;
  double b = x + 1 - a;
  double c = 1 / tiny, d = 1 / b, fraction = d;
  for (int n = 1; n < most_terms; ++n) {
    const double numerator = -n * (n - a);
    b += 2;
    d = numerator * d + b;
    if (std::abs(d) < tiny) d = tiny;
    c = b + numerator / c;
    if (std::abs(c) < tiny) c = tiny;
    d = 1 / d;
    const double factor = d * c;
    fraction *= factor;
    if (std::abs(factor - 1) < tolerance) break;
  }
  return -x + a * std::log(x) - boost::math::lgamma(a, Policy()) + std::log(fraction);
}

Tail from_log(double natural_logarithm) {
  return {std::exp(natural_logarithm), std::min(0.0, natural_logarithm / std::log(10.0))};
}

}  // namespace

Tail chi_squared_tail(double statistic, double degrees_of_freedom) {
  if (!(statistic > 0)) return {};
  if (std::isinf(statistic)) return {0, -infinity};
  const double p = boost::math::gamma_q(degrees_of_freedom / 2, statistic / 2, Policy());
  if (p > smallest_trusted) return {p, std::log10(p)};
  return from_log(log_upper_gamma(degrees_of_freedom / 2, statistic / 2));
}

double chi_squared_lower_tail(double statistic, double degrees_of_freedom) {
  if (!(statistic > 0)) return 0;
  if (std::isinf(statistic)) return 1;
  return boost::math::gamma_p(degrees_of_freedom / 2, statistic / 2, Policy());
}

Tail f_tail(double statistic, double numerator, double denominator) {
  if (!(statistic > 0)) return {};
  if (std::isinf(statistic)) return {0, -infinity};
  const double a = denominator / 2, b = numerator / 2;
  const double z = denominator / (denominator + numerator * statistic);
  const double p = boost::math::ibeta(a, b, z, Policy());
  if (p > smallest_trusted) return {p, std::log10(p)};
  // z^a / (a B(a, b)): the first term of the series in z, which is below 1e-5 wherever p underflows and a < 60.
  return from_log(a * std::log(z) - std::log(a) - boost::math::lgamma(a, Policy()) - boost::math::lgamma(b, Policy()) +
                  boost::math::lgamma(a + b, Policy()));
}

}  // namespace isotherm::verdict
