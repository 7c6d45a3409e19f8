#pragma once
// The simulation: advances what is left of a measurement and collects what the plan asks for on the way.

#include <optional>
#include <vector>

#include "engine/final_positions.hpp"
#include "engine/pairs.hpp"
#include "engine/snapshot.hpp"
#include "experiment/diagnostics.hpp"
#include "experiment/measurement_state.hpp"
#include "experiment/plan.hpp"
#include "isotherm/experiment/control.hpp"

namespace isotherm {

class Measurer {
 public:
  /// `plan` must outlive it. `threads` work on what is read from an engine.
  Measurer(const Plan& plan, int threads);

  /// A state of this measurement's shape, with no counts and nothing to do; and the one with everything to do.
  MeasurementState nothing() const;
  MeasurementState beginning() const;

  /// Advances until no piece is left. Throws Stopped, with a state that can go on, if the keeper has it, and RunError.
  void work(engine::Engine& engine, MeasurementState& state, const Control& control);

  /// What a state without pieces measured. RunError where counts are missing, and where every particle is non-finite.
  Measurement finish(const MeasurementState& state) const;

  const EndWatch& watch() const { return watch_; }

 private:
  class Worker;

  const Plan& plan_;
  const engine::Simulation& simulation_;
  std::vector<engine::SnapshotCollector> collectors_;  ///< in order of step; the last is at the last step
  EndWatch watch_;
  std::optional<engine::PairCollector> pairs_;
  engine::FinalPositionCollector final_positions_;
};

}  // namespace isotherm
