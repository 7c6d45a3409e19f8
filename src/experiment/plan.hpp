#pragma once
// Experiment (what the user asked) -> Plan (what will run).

#include <memory>
#include <string>
#include <vector>

#include "dynamics/dynamics.hpp"
#include "engine/simulation.hpp"
#include "isotherm/experiment/experiment.hpp"
#include "loss/problem.hpp"
#include "theory/gibbs.hpp"
#include "verdict/verdict.hpp"

namespace isotherm {

/// Everything decided: automatic burn-in, ranges, initial law, chunk. Built by make_plan, which validates; InputError
/// says which option is wrong and what would be right.
struct Plan {
  Experiment experiment;                     ///< resolved
  std::unique_ptr<loss::Problem> problem;
  std::unique_ptr<theory::GibbsFamily> family;  ///< null where Gibbs has no meaning (gradient-flow, noise none)
  std::vector<theory::Minimum> minima;
  const dynamics::Descriptor* dynamics = nullptr;
  engine::Simulation simulation;
  loss::Program snapshot;                    ///< in double: coordinates, loss, expressions, temperature observables
  std::vector<double> snapshot_constants;
  std::vector<std::string> snapshot_names;   ///< of the observables of Snapshot::observables
  std::vector<Axis> fine_axes;               ///< one for each of them
  verdict::Scales scales;
  std::string gibbs_not_applicable;          ///< reason, or ""
  std::vector<std::string> warnings;
  std::string burn_in_method;
  std::uint64_t chunk = 0;                   ///< particles
  std::uint64_t memory_bytes = 0;            ///< expected, for the dry run
};

/// `for_prediction`: predict runs no particles, so ranges come from theory alone and no pilot is simulated.
Plan make_plan(const Experiment& experiment, bool for_prediction = false);

}  // namespace isotherm
