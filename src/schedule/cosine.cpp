#include <cmath>
#include <numbers>

#include "schedule/schedule.hpp"

namespace isotherm::schedule {

/// Cycles of CYCLE updates, each from A0 down almost to 0 along half a cosine, then at once back to A0: the last rate
/// of a cycle is A0 sin^2(pi / (2 CYCLE)). Each cycle heats the ensemble and freezes it again (TTIC 31230, the learning
/// rate as temperature; Huang et al., Snapshot Ensembles, 2017, with CYCLE = ceil(T / M)).
Kind cosine() {
  Kind kind;
  kind.name = "cosine";
  kind.usage = "cosine:A0,CYCLE";
  kind.formula = "eta_t = (A0 / 2) (cos(pi mod(t - 1, CYCLE) / CYCLE) + 1)";
  kind.source = "TTIC 31230, learning rate as temperature; Huang et al. 2017";
  kind.example = "cosine:0.3,200";
  kind.make = [kind](std::span<const std::string> arguments, double) {
    if (arguments.size() != 2) refuse(kind, "cosine takes two numbers");
    const double a0 = number(kind, arguments, 0);
    if (!(a0 > 0)) refuse(kind, "A0 must be greater than 0, not " + arguments[0]);
    const std::uint64_t cycle = steps(kind, arguments, 1);
    return Schedule{[a0, cycle](std::uint64_t t) {
                      const auto left = static_cast<double>(cycle - (t - 1) % cycle);
                      // cos(pi p) + 1 = 2 sin^2(pi (1 - p) / 2), which keeps its digits at the end of a cycle.
                      const double half = std::sin(std::numbers::pi / 2 * (left / static_cast<double>(cycle)));
                      return a0 * (half * half);
                    },
                    cycle == 1 ? 0 : never};
  };
  return kind;
}

}  // namespace isotherm::schedule
