#pragma once
// Experiment (what the user asked) -> Plan (what will run).

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dynamics/dynamics.hpp"
#include "engine/simulation.hpp"
#include "engine/snapshot.hpp"
#include "experiment/burn_in.hpp"
#include "experiment/examples.hpp"
#include "isotherm/experiment/experiment.hpp"
#include "loss/problem.hpp"
#include "schedule/schedule.hpp"
#include "theory/gibbs.hpp"
#include "theory/predictor.hpp"
#include "verdict/verdict.hpp"

namespace isotherm {

/// Which theory a run is compared with. Estimates are the same with any; a verdict exists on what was predicted.
enum class PredictionSet { none, gibbs, all };

/// Everything decided: automatic burn-in, ranges, initial law, chunk. Built by make_plan, which validates; InputError
/// says which option is wrong and what would be right.
struct Plan {
  Experiment experiment;  ///< resolved
  std::unique_ptr<loss::Problem> problem;
  std::unique_ptr<theory::GibbsFamily> family;  ///< null where Gibbs has no meaning (gradient-flow, noise none)
  std::vector<theory::Minimum> minima;
  const dynamics::Descriptor* dynamics = nullptr;
  engine::Simulation simulation;
  ExamplePlan examples;           ///< that the loss is a mean over, if it is
  bool heavy_tails = false;       ///< may be expected: extremes are kept
  theory::Chain chain;            ///< what predictions of the discrete chain start from
  engine::SnapshotPlan snapshot;  ///< observables: coordinates, loss, histogrammed expressions
  verdict::Scales scales;
  std::string gibbs_not_applicable;  ///< the reason, or ""
  std::vector<std::string> warnings;
  std::string burn_in_method;
  std::optional<Equilibration> equilibration;  ///< where theory has a rate for it, also if --burn-in is given
  schedule::Schedule schedule;
  dynamics::Options options;          ///< of the rule, resolved
  std::vector<double> velocity_mass;  ///< by coordinate, if the rule has a velocity (Descriptor::mass)
  double time_per_step = 0;           ///< of the last step: eta, or dt where the dynamics steps by dt
  /// Time of state n: the sum of the learning rates, or n dt.
  double time(std::uint64_t n) const {
    return dynamics->uses_dt ? static_cast<double>(n) * time_per_step : schedule.time(n);
  }
  std::uint64_t chunk = 0;  ///< particles in memory at a time; 0: the engine's own preference

  /// T of the Gibbs prediction at the requested alpha.
  double gibbs_temperature() const { return 2 * scales.reference_alpha * scales.temperature; }
  PredictionSet predictions = PredictionSet::all;  ///< `gibbs`: at the requested alpha and the fitted one
  std::string simd;                                ///< CPU target to force, or "" for the best
  std::vector<std::vector<Axis>> axes() const;     ///< of each requested histogram
  std::set<std::string> own_observables;           ///< expressions on axes that read more than the positions
  std::set<std::string> row_names;                 ///< of the rule's own rows, "v.x"
  bool reads_own_rows(const std::vector<Axis>& axes) const;
  /// The mass of the velocity that a single axis shows, if it does.
  std::optional<double> velocity_mass_of(const std::vector<Axis>& axes) const;
};

/// `for_prediction`: predict runs no particles, so ranges come from theory alone and no pilot is simulated.
Plan make_plan(const Experiment& experiment, bool for_prediction = false);

}  // namespace isotherm
