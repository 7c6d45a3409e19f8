#pragma once
// The whole path: Experiment -> Plan -> Engine -> Measurement -> Verdict -> Result.

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "experiment/measurer.hpp"
#include "experiment/plan.hpp"
#include "experiment/result.hpp"
#include "isotherm/experiment/control.hpp"

namespace isotherm {

/// Control::stop was set.
class Stopped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws InputError, RunError or Stopped. Writes nothing.
Result run(const Experiment& experiment, const Control& control = {});

/// The same from a plan, so that a caller can show the plan first.
Result run(Plan& plan, const Control& control = {});

/// The engine that the plan asks for: CUDA where it may and can be, else the CPU. InputError where what was asked for
/// is not here.
std::unique_ptr<engine::Engine> make_engine(const Plan& plan);

/// The same where `make_cuda_engine` knows another way to one: as engine::make_cuda_engine.
using CudaEngineMaker = std::function<std::unique_ptr<engine::Engine>(const engine::Simulation& simulation, int device,
                                                                      std::string& why_not)>;
std::unique_ptr<engine::Engine> make_engine(const Plan& plan, const CudaEngineMaker& make_cuda_engine);

/// The same with an engine of the caller's choice, made for plan.simulation.
Result run(Plan& plan, engine::Engine& engine, const Control& control = {});

/// The simulation alone, without predictions or verdict.
Measurement measure(const Plan& plan, engine::Engine& engine, const Control& control = {});

/// The two halves of a run, for a caller that divides the work between them: what advances the particles (Measurer),
/// and what it means. `execution` says on what; wall time and steps are those of the state.
Execution describe_execution(const Plan& plan, const engine::Engine& engine);
Result conclude(const Plan& plan, const Measurer& measurer, const MeasurementState& state, Execution execution);

/// The predictions alone.
std::vector<theory::Prediction> predict(const Plan& plan);
std::vector<theory::Prediction> predict(const Experiment& experiment);

/// The gradient noise of the examples at the lowest minimum, or without one where the particles end on average (nothing
/// where there is no measurement either); and at a few of those particles. Nothing where there are no examples.
std::optional<gradient_noise::GradientNoise> measure_gradient_noise(const Plan& plan,
                                                                    const Measurement* measurement = nullptr);

}  // namespace isotherm
