#include <algorithm>
#include <cmath>
#include <vector>

#include "schedule/schedule.hpp"

namespace isotherm::schedule {

/// Piecewise constant: RATE@STATE is the rate from that state on, that is of the updates STATE + 1, STATE + 2, ...
/// Dropping the rate by factors is how networks are trained to a plateau and past it (TTIC 31230, "the learning rate as
/// temperature"; He et al. 2016 divide by 10).
Kind step() {
  Kind kind;
  kind.name = "step";
  kind.usage = "step:RATE@0,RATE@STATE,...";
  kind.formula = "eta_t = the last RATE whose STATE is below t";
  kind.source = "TTIC 31230, learning rate as temperature; He et al. 2016";
  kind.example = "step:0.2@0,0.1@5000";
  kind.make = [kind](std::span<const std::string> arguments, double) {
    if (arguments.empty()) refuse(kind, "the rates are missing");
    std::vector<std::uint64_t> states;
    std::vector<double> rates;
    for (const std::string& argument : arguments) {
      const std::size_t at = argument.find('@');
      if (at == std::string::npos) refuse(kind, "'" + argument + "' has no @STATE");
      const std::vector<std::string> parts = {argument.substr(0, at), argument.substr(at + 1)};
      const double rate = number(kind, parts, 0), state = number(kind, parts, 1);
      if (!(rate > 0)) refuse(kind, "a rate must be greater than 0, not " + parts[0]);
      if (states.empty() ? state != 0 : !(state >= 1 && state <= 0x1p53 && state == std::floor(state)))
        refuse(kind, states.empty() ? "the first rate must start @0, not @" + parts[1]
                                    : "'" + parts[1] + "' is not a number of a state");
      if (!states.empty() && !(state > static_cast<double>(states.back())))
        refuse(kind, "states must ascend, and @" + parts[1] + " does not");
      states.push_back(static_cast<std::uint64_t>(state));
      rates.push_back(rate);
    }
    std::size_t last = rates.size() - 1;
    while (last > 0 && rates[last - 1] == rates[last]) --last;
    const std::uint64_t settled = states[last];
    return Schedule{[states = std::move(states), rates = std::move(rates)](std::uint64_t t) {
                      const auto next = std::lower_bound(states.begin(), states.end(), t);
                      return rates[static_cast<std::size_t>(next - states.begin()) - 1];
                    },
                    settled};
  };
  return kind;
}

}  // namespace isotherm::schedule
