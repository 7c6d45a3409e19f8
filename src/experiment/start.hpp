#pragma once
// --init: where particles start.

#include <vector>

#include "dynamics/step.hpp"
#include "engine/simulation.hpp"
#include "experiment/observables.hpp"
#include "isotherm/experiment/experiment.hpp"
#include "loss/problem.hpp"
#include "theory/gibbs.hpp"

namespace isotherm {

/// One request for each coordinate, checked; the chosen default where the user gave none: normal around Gibbs' mean
/// with Gibbs' width, clamped to its 1 % to 99 % range ("normal:M,S,LOWER,UPPER").
std::vector<InitialRequest> resolve_start(const loss::Problem& problem, const Experiment& experiment,
                                          const theory::GibbsFamily* family, double temperature,
                                          const std::vector<theory::Minimum>& minima);

/// Is the law of the start the same under x -> -x?
bool is_symmetric(const std::vector<InitialRequest>& start);

/// Fills Simulation::start and start_draws: the positions, the rule's own rows, then what observables remember.
void plan_start(loss::Problem& problem, const std::vector<InitialRequest>& start, const dynamics::Descriptor& rule,
                const dynamics::StepRequest& request, ObservableNames& names, engine::Simulation& simulation);

}  // namespace isotherm
