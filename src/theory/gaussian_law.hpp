#pragma once
// Components whose Hessian is constant: the Gibbs law is normal with covariance T H^-1, exactly.

#include <memory>
#include <string>

#include "loss/problem.hpp"
#include "theory/component.hpp"
#include "theory/law.hpp"

namespace isotherm::theory {

/// For a component with `quadratic`.
std::unique_ptr<ComponentFamily> make_gaussian_family(loss::Problem& problem, const Component& component);

/// P(a < x < b) of a standard normal x, to full relative accuracy in both tails.
double normal_mass(double a, double b);

/// P(x < h, y < k) of standard normals with correlation rho in (-1, 1), to about 1e-15 absolute, by Owen's T function
/// (Owen, Ann. Math. Statist. 27 (1956) 1075).
double bivariate_normal(double h, double k, double rho);

}  // namespace isotherm::theory
