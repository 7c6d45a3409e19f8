#pragma once
// What can be observed: the coordinates and the loss, the rule's own rows (v.x, acceptance), the kinetic energy, and
// running averages, which have state rows of their own.

#include <cstdint>
#include <string>
#include <vector>

#include "dynamics/dynamics.hpp"
#include "loss/problem.hpp"

namespace isotherm {

/// A running average that an observable asked for.
struct TrackedAverage {
  bool exponential = false;
  std::uint64_t steps = 0;  ///< N
  loss::NodeId expression = -1;
  bool operator==(const TrackedAverage&) const = default;
};

/// The names that --histogram knows beside the loss's own.
///   average(e, N)  the mean of e over the last N states, the present one included
///   ema(e, N)      m' = m + (e - m) / N from m = 0 at step 0 (TTIC 31230, "Running Averages")
class ObservableNames {
 public:
  /// `mass` by coordinate: what multiplies v^2/2 in `kinetic`; empty if the rule has no velocity.
  ObservableNames(loss::Problem& problem, const dynamics::Descriptor& rule, const std::vector<double>& mass);

  const loss::Problem::Vocabulary& vocabulary() const { return vocabulary_; }
  /// Observables of a rule that are always measured: velocities, kinetic, shared rows.
  const std::vector<std::string>& always() const { return always_; }
  std::vector<std::string> velocities() const { return velocities_; }
  loss::NodeId kinetic() const { return kinetic_; }  ///< literal 0 without velocities
  /// Averages asked for so far, in the order of their state rows, which follow the rule's.
  const std::vector<TrackedAverage>& averages() const { return averages_; }

  /// Update of each average's row from the state after a step. A boxcar sum starts anew where the step scalar
  /// keep_name(N) is 0.
  std::vector<loss::NodeId> track();
  static std::string keep_name(std::uint64_t steps) { return "keep " + std::to_string(steps); }

 private:
  loss::NodeId average(bool exponential, loss::NodeId expression, std::int64_t steps);

  loss::Problem& problem_;
  std::size_t rule_rows_;
  loss::Problem::Vocabulary vocabulary_;
  std::vector<std::string> always_, velocities_;
  loss::NodeId kinetic_;
  std::vector<TrackedAverage> averages_;
};

}  // namespace isotherm
