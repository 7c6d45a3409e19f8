#pragma once
// One sweep by several processes. The first rank deals points to the others as they ask for more, and records what has
// become of them. Each point is run by one rank, as if alone. Only the thread that calls these functions talks to other
// ranks; points are run by others.

#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "batch/run_points.hpp"
#include "cli/interrupt.hpp"
#include "ranks/ranks.hpp"

namespace isotherm::cli {

struct FinishedPoint {
  std::size_t point = 0;
  nlohmann::ordered_json row;  ///< of the journal
  batch::PhaseSeconds seconds;
};

struct DealRequest {
  batch::PointsRequest points;                       ///< of this rank's own share, and all that are to be dealt
  std::function<void(const FinishedPoint&)> record;  ///< of those that other ranks ran
  std::function<void(std::uint64_t)> count;          ///< particle-steps of other ranks
  std::function<std::string(std::size_t)> digest;    ///< of a point
};

/// For the first rank. Returns when all points have ended, 0, or the number of the signal by which some rank was told
/// to stop. RunError where a rank runs another sweep than this one.
int deal_points(Ranks& ranks, DealRequest request, const InterruptGuard& interrupt);

struct HelpRequest {
  batch::PointsRequest points;  ///< how to run them
  std::function<FinishedPoint(const batch::PointOutcome&)> finish;
  std::function<std::string(std::size_t)> digest;
  std::size_t most = 0;  ///< points that there are
};

/// For the others. Returns when there is nothing left to do, or all were told to stop.
void help_with_points(Ranks& ranks, HelpRequest request, const InterruptGuard& interrupt);

}  // namespace isotherm::cli
