#pragma once
// Steps of sgd, compiled ahead from the op lists that tapes execute.

#include <cstdint>
#include <string>
#include <vector>

#include "engine/cpu/stages.hpp"
#include "experiment/plan.hpp"

namespace isotherm::bench {

/// sgd on a catalogue loss, with its random numbers.
inline engine::Simulation simulation_of(const std::string& loss) {
  Experiment experiment;
  experiment.loss = loss;
  experiment.eta = {loss == "muller-brown" ? 1e-4 : 0.05};
  experiment.particles = 1 << 14;
  experiment.burn_in = 0;
  experiment.init = {{"normal", {0, 1}}};
  return make_plan(experiment, true).simulation;
}

/// Of the losses that the build gave to the generator, in order, for one target ("AVX3", "AVX2"); null where there is
/// none. The operands of a call are the rows of its random numbers.
const engine::cpu::RowFunction<float>* compiled_steps(const std::string& target);

}  // namespace isotherm::bench
