#pragma once
// Closed forms of linear chains on h x^2 / 2 with noise of variance sigma^2, which claims are tested against, and words
// for numbers. They are known results, kept apart from the rules that the engines run.

#include <cmath>
#include <string>

namespace isotherm::batch {

/// `digits` significant digits, shortest form.
std::string short_number(double value, int digits = 6);

namespace quadratic {

struct Normal {
  double mean = 0, variance = 0;
};

/// SGD after n steps from the point x0: a = 1 - eta h, mean a^n x0, variance eta sigma^2 (1 - a^(2n)) / (h (2 - eta
/// h)).
inline Normal from_point(double eta, double h, double sigma, double x0, double n) {
  const double a = std::pow(1 - eta * h, n);
  return {a * x0, eta * sigma * sigma * (1 - a * a) / (h * (2 - eta * h))};
}

/// Its stationary variance.
inline double variance(double eta, double h, double sigma) { return eta * sigma * sigma / (h * (2 - eta * h)); }

/// Of the heavy ball v' = mu v + eta ghat, x' = x - v': stationary Var x.
inline double momentum_variance(double eta, double mu, double h, double sigma) {
  return eta * sigma * sigma * (1 + mu) / (h * (1 - mu) * (2 * (1 + mu) - eta * h));
}

/// Excess kurtosis of the stationary law for iid noise of excess kurtosis kappa: kappa (1 - a^2) / (1 + a^2).
inline double excess_kurtosis(double eta, double h, double kappa) {
  const double a = 1 - eta * h;
  return kappa * (1 - a * a) / (1 + a * a);
}

}  // namespace quadratic
}  // namespace isotherm::batch
