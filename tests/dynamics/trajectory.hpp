#pragma once
// One particle of a planned run, stepped in double by the scalar interpreter with draws that the test gives.

#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "experiment/plan.hpp"
#include "loss/interpreter.hpp"

namespace isotherm::test {

class Trajectory {
 public:
  /// From the positions `start`, the rule's own rows at 0.
  Trajectory(const Experiment& experiment, std::vector<double> start)
      : plan_(make_plan(complete(experiment), true)),
        interpreter_(plan_.simulation.step),
        constants_(plan_.simulation.step_constants),
        state_(std::move(start)) {
    if (state_.size() != plan_.problem->dimension()) throw std::invalid_argument("one position for each coordinate");
    state_.resize(plan_.simulation.state_rows);
  }

  const Plan& plan() const { return plan_; }
  /// Positions, then the rule's own rows.
  std::vector<double>& state() { return state_; }

  void step(const std::vector<double>& draws) {
    const engine::Simulation& simulation = plan_.simulation;
    if (simulation.fill_step_constants)
      simulation.fill_step_constants(steps_, std::span(constants_).subspan(simulation.step.step_constants_begin));
    interpreter_(state_, draws, constants_, state_);
    ++steps_;
  }

 private:
  static Experiment complete(Experiment experiment) {
    experiment.particles = 1;
    experiment.steps = 1;
    experiment.burn_in = 0;
    experiment.init = {{"point", {0.0}}};
    return experiment;
  }

  Plan plan_;
  loss::Interpreter<double> interpreter_;
  std::vector<double> constants_, state_;
  std::uint64_t steps_ = 0;
};

/// Numbers of order 1 without a pattern that a rule could resonate with.
inline std::vector<double> some_draws(std::uint64_t step, std::size_t dimension) {
  std::vector<double> draws;
  std::uint64_t word = step * 0x9E3779B97F4A7C15u;
  for (std::size_t c = 0; c < dimension; ++c) {
    word = (word ^ (word >> 29)) * 0xBF58476D1CE4E5B9u + c;
    word ^= word >> 32;
    draws.push_back(static_cast<double>(word >> 11) * 0x1p-51 - 2);  // uniform on (-2, 2)
  }
  return draws;
}

}  // namespace isotherm::test
