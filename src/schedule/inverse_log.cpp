#include <cmath>
#include <numbers>

#include "schedule/schedule.hpp"

namespace isotherm::schedule {

/// eta_t = C / log(t + e): the rates go to 0 and their sum to infinity, yet the squares have an infinite sum (TTIC
/// 31230, convergence of SGD). On a quadratic the mean square goes to 0, but a particle never stays near the minimum:
/// its excursions in (t, 2t] tend to sqrt(C) sigma. It is also the cooling of simulated annealing (Geman and Geman
/// 1984).
Kind inverse_log() {
  Kind kind;
  kind.name = "inverse-log";
  kind.usage = "inverse-log:C";
  kind.formula = "eta_t = C / log(t + e)";
  kind.source = "TTIC 31230, convergence of SGD; Geman and Geman 1984";
  kind.example = "inverse-log:0.5";
  kind.make = [kind](std::span<const std::string> arguments, double) {
    if (arguments.size() != 1) refuse(kind, "inverse-log takes one number");
    const double c = number(kind, arguments, 0);
    if (!(c > 0)) refuse(kind, "C must be greater than 0, not " + arguments[0]);
    return Schedule{[c](std::uint64_t t) { return c / std::log(static_cast<double>(t) + std::numbers::e); }, never};
  };
  return kind;
}

}  // namespace isotherm::schedule
