#include "schedule/schedule.hpp"

namespace isotherm::schedule {

/// From START to END in a straight line over STEPS updates, then END (TTIC 31230, gradient flow: time is the sum of the
/// learning rates, whatever their course). The first update has START, and update STEPS + 1 is the first with END.
Kind linear() {
  Kind kind;
  kind.name = "linear";
  kind.usage = "linear:START,END,STEPS";
  kind.formula = "eta_t = START + (END - START) (t - 1) / STEPS for t <= STEPS, then END";
  kind.source = "TTIC 31230, gradient flow";
  kind.example = "linear:0.2,0.01,5000";
  kind.make = [kind](std::span<const std::string> arguments, double) {
    if (arguments.size() != 3) refuse(kind, "linear takes three numbers");
    const double start = number(kind, arguments, 0), end = number(kind, arguments, 1);
    if (!(start > 0)) refuse(kind, "START must be greater than 0, not " + arguments[0]);
    if (!(end >= 0)) refuse(kind, "END must be 0 or greater, not " + arguments[1]);
    const std::uint64_t length = steps(kind, arguments, 2);
    return Schedule{[=](std::uint64_t t) {
                      if (t > length) return end;
                      return start + (end - start) * (static_cast<double>(t - 1) / static_cast<double>(length));
                    },
                    start == end ? 0 : length};
  };
  return kind;
}

}  // namespace isotherm::schedule
