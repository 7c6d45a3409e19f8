#pragma once
// Upper tails of the laws that the tests use, past the smallest double.

namespace isotherm::verdict {

/// A p-value and its logarithm, which goes on where the number itself has become 0.
struct Tail {
  double probability = 1;  ///< in [0, 1]; 0 below about 1e-308
  double log10 = 0;        ///< <= 0; -infinity only for an infinite statistic
};

/// P(X >= statistic) for X chi-squared with `degrees_of_freedom` > 0: Q(dof/2, statistic/2), the regularized upper
/// incomplete gamma function; by its continued fraction (DLMF 8.9.2) where it underflows.
Tail chi_squared_tail(double statistic, double degrees_of_freedom);

/// P(X <= statistic) for the same law.
double chi_squared_lower_tail(double statistic, double degrees_of_freedom);

/// P(X >= statistic) for X Fisher's F(numerator, denominator): the regularized incomplete beta function
/// I_z(denominator/2, numerator/2) at z = denominator / (denominator + numerator * statistic).
Tail f_tail(double statistic, double numerator, double denominator);

}  // namespace isotherm::verdict
