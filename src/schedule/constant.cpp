#include "schedule/schedule.hpp"

namespace isotherm::schedule {

/// --eta at every step.
Kind constant() {
  Kind kind;
  kind.name = "constant";
  kind.usage = "constant";
  kind.formula = "eta_t = --eta";
  kind.source = "TTIC 31230, SGD";
  kind.example = "constant";
  kind.scales_eta = true;
  kind.make = [kind](std::span<const std::string> arguments, double eta) {
    if (!arguments.empty()) refuse(kind, "constant takes no numbers");
    return Schedule{[eta](std::uint64_t) { return eta; }, 0};
  };
  return kind;
}

}  // namespace isotherm::schedule
