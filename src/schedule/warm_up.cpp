#include <algorithm>

#include "schedule/schedule.hpp"

namespace isotherm::schedule {

/// --eta, reached in a straight line over the first STEPS updates (Goyal et al. 2017, for the large rates that go with
/// large batches; TTIC 31230, batch size).
Kind warm_up() {
  Kind kind;
  kind.name = "warm-up";
  kind.usage = "warm-up:STEPS";
  kind.formula = "eta_t = --eta min(t / STEPS, 1)";
  kind.source = "Goyal et al. 2017; TTIC 31230, batch size";
  kind.example = "warm-up:1000";
  kind.scales_eta = true;
  kind.make = [kind](std::span<const std::string> arguments, double eta) {
    if (arguments.size() != 1) refuse(kind, "warm-up takes one number");
    const std::uint64_t length = steps(kind, arguments, 0);
    return Schedule{[eta, length](std::uint64_t t) {
                      return eta * (static_cast<double>(std::min(t, length)) / static_cast<double>(length));
                    },
                    length - 1};
  };
  return kind;
}

}  // namespace isotherm::schedule
