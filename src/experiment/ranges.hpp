#pragma once
// Automatic axis ranges: what the theory expects, joined with what a few particles do.

#include <optional>
#include <utility>
#include <vector>

#include "engine/simulation.hpp"
#include "loss/problem.hpp"

namespace isotherm {

using Range = std::pair<double, double>;

/// How far one step moves a coordinate, beside how large the coordinate is: root mean squares.
struct PilotStep {
  std::uint64_t step = 0;  ///< the update that was looked at, 1, 2, ...
  double moved = 0, size = 0;
};

struct Pilot {
  std::vector<std::optional<Range>> ranges;  ///< one for each node
  std::vector<PilotStep> last_steps;         ///< one for each coordinate, at the end of the pilot
};

/// Smallest and largest value of each node over a pilot: the first particles of the run itself, looked at a few times
/// after burn-in and at the snapshots. Particles that diverge are left out, unless all do. Nothing for a node that
/// never was finite.
Pilot run_pilot(loss::Problem& problem, const std::vector<loss::NodeId>& nodes, const engine::Simulation& simulation,
                const std::vector<std::uint64_t>& snapshots);

/// Widened so that the tails of a run of many more particles fit, and rounded outwards to a short number.
Range comfortable(Range range, double widen);

std::optional<Range> join(std::optional<Range> a, std::optional<Range> b);

}  // namespace isotherm
