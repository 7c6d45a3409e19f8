#pragma once
// What can be observed: the coordinates and the loss, the rule's own rows (v.x, acceptance), the kinetic energy, and
// running averages, which have state rows of their own.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dynamics/dynamics.hpp"
#include "loss/problem.hpp"

namespace isotherm {

/// What an observable remembers of the steps before: one state row.
struct Tracked {
  enum class Kind { boxcar, exponential, present, previous, first_passage, epoch_position };
  Kind kind = Kind::boxcar;
  std::uint64_t steps = 0;  ///< N of the averages
  loss::NodeId expression = -1;
  bool operator==(const Tracked&) const = default;
};

/// The names that --histogram knows beside the loss's own.
///   average(e, N)  the mean of e over the last N states, the present one included
///   ema(e, N)      m' = m + (e - m) / N from m = 0 at step 0 (TTIC 31230, "Running Averages")
///   previous(e)    e one step before
///   first-passage(e)  the first step at whose end e > 0, 0 for the start; 1e30 as long as there was none
///   epoch-position  rows of the epoch that the steps so far have used, 0 between two epochs
class ObservableNames {
 public:
  /// `mass` by coordinate: what multiplies v^2/2 in `kinetic`; empty if the rule has no velocity. `counts_rows`: an
  /// epoch-position is observed, which takes a state row.
  ObservableNames(loss::Problem& problem, const dynamics::Descriptor& rule, const std::vector<double>& mass,
                  bool counts_rows = false);

  const loss::Problem::Vocabulary& vocabulary() const { return vocabulary_; }
  /// Observables of a rule that are always measured: velocities, kinetic, shared rows.
  const std::vector<std::string>& always() const { return always_; }
  std::vector<std::string> velocities() const { return velocities_; }
  loss::NodeId kinetic() const { return kinetic_; }  ///< literal 0 without velocities
  /// What is remembered, in the order of the state rows, which follow the rule's.
  const std::vector<Tracked>& tracked() const { return tracked_; }

  /// Update of each such row from the state after a step. A boxcar sum starts anew where the step scalar keep_name(N)
  /// is 0.
  std::vector<loss::NodeId> track();
  /// Their values at step 0, `start` being the rule's own rows then.
  std::vector<loss::NodeId> start(std::span<const loss::NodeId> start);
  /// The step scalar that is the epoch-position after the step.
  static std::string epoch_position_name() { return "epoch position"; }
  static std::string keep_name(std::uint64_t steps) { return "keep " + std::to_string(steps); }

 private:
  /// The state row that remembers this.
  loss::NodeId remember(Tracked::Kind kind, loss::NodeId expression, std::uint64_t steps = 0);

  loss::Problem& problem_;
  std::size_t rule_rows_;
  loss::Problem::Vocabulary vocabulary_;
  std::vector<std::string> always_, velocities_;
  loss::NodeId kinetic_;
  std::vector<Tracked> tracked_;
};

}  // namespace isotherm
