#pragma once
// The law of a positive quadratic form of normal numbers: of a quadratic loss under a normal law.

#include <span>
#include <vector>

namespace isotherm::theory {

/// q = constant + sum_i weight_i (z_i + offset_i)^2, the z_i independent standard normal numbers. One term: by the
/// normal law. More: the Laplace transform
///     E exp(-s (q - constant)) = prod_i (1 + 2 w_i s)^(-1/2) exp(-offset_i^2 w_i s / (1 + 2 w_i s)),
/// whose singularities lie on the negative axis, is inverted by the trapezoid rule along a hyperbola through the saddle
/// point, bent towards them: convergence is geometric, and tails keep about 1e-12 relative.
class WeightedChiSquared {
 public:
  struct Term {
    double weight = 0;  ///< >= 0; terms of weight 0 do not matter
    double offset = 0;
  };

  WeightedChiSquared(double constant, std::span<const Term> terms);

  double mean() const;
  double variance() const;
  double below(double x) const;               ///< P(q < x)
  double above(double x) const;               ///< P(q > x)
  double between(double a, double b) const;   ///< P(a < q < b)
  double quantile(double probability) const;  ///< x with P(q < x) = probability, inside (0, 1)

 private:
  double tail(double q, bool upper) const;

  double constant_;
  std::vector<Term> terms_;
};

}  // namespace isotherm::theory
