#include <cmath>

#include "schedule/schedule.hpp"

namespace isotherm::schedule {

/// eta_t = C t^-A (TTIC 31230, convergence of SGD; Robbins and Monro 1951). The training loss converges almost surely
/// where the rates have an infinite sum and their squares a finite one, 1/2 < A <= 1 (Bertsekas and Tsitsiklis, SIAM J.
/// Optim. 10 (2000) 627). On a curvature h the mean square of x goes as C t^-A sigma^2 / (2 h) for A < 1, and as 1/t
/// for A = 1 if 2 C h > 1. For A > 1 the sum is finite, and particles stop short of the minimum.
Kind power() {
  Kind kind;
  kind.name = "power";
  kind.usage = "power:C,A";
  kind.formula = "eta_t = C t^-A";
  kind.source = "TTIC 31230, convergence of SGD; Robbins and Monro 1951";
  kind.example = "power:0.5,0.75";
  kind.make = [kind](std::span<const std::string> arguments, double) {
    if (arguments.size() != 2) refuse(kind, "power takes two numbers");
    const double c = number(kind, arguments, 0), a = number(kind, arguments, 1);
    if (!(c > 0)) refuse(kind, "C must be greater than 0, not " + arguments[0]);
    if (!(a >= 0)) refuse(kind, "A must be 0 or greater, not " + arguments[1]);
    return Schedule{[c, a](std::uint64_t t) { return c * std::pow(static_cast<double>(t), -a); }, a == 0 ? 0 : never};
  };
  return kind;
}

}  // namespace isotherm::schedule
