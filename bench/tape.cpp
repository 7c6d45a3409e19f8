// Each operation of a tape, on rows and on a row with constants; and the gradients of catalogue losses as whole tapes.

#include "engine/cpu/tape.hpp"

#include <benchmark/benchmark.h>

#include <vector>

#include "experiment/plan.hpp"
#include "parts.hpp"

namespace isotherm::bench_parts {
namespace {

/// Values for which every operation is an ordinary number.
template <class real>
void fill(real* rows, std::size_t count) {
  const real values[] = {real(0.5), real(1.25), real(0.75), real(1.5)};
  for (std::size_t i = 0; i < count; ++i) rows[i] = values[i / part % 4] + real(0.001) * static_cast<real>(i % 100);
}

template <class real>
void operation(benchmark::State& state, const std::string& target, loss::OpCode code, unsigned constants) {
  const engine::cpu::Stages<real>& stages = *engine::cpu::find_stages<real>(target);
  engine::cpu::AlignedBuffer<real> rows(5 * part);
  fill(rows.data(), 5 * part);
  const real table[] = {real(0.5), real(1.25), real(0.75), real(1.5)};
  const engine::cpu::RowCall<real> call{stages.rows[static_cast<std::size_t>(code)][constants], 4, {0, 1, 2, 3}};
  for (auto _ : state) {
    call.function(call, rows.data(), table, part);
    benchmark::ClobberMemory();
  }
  set_rate(state, "particles/s", 1);
}

/// One step of sgd on a loss, its random numbers standing ready in rows.
template <class real>
void step(benchmark::State& state, const std::string& target, const std::string& loss, double eta) {
  Experiment experiment;
  experiment.loss = loss;
  experiment.eta = {eta};
  experiment.burn_in = 0;
  experiment.init = {{"normal", {0, 1}}};
  experiment.precision = sizeof(real) == 4 ? Precision::single : Precision::twofold;
  const engine::Simulation simulation = make_plan(experiment, true).simulation;
  engine::cpu::RowLayout layout{simulation.state_rows, {}, 0};
  for (std::size_t d = 0; d < simulation.draws.numbers_per_step(); ++d)
    layout.draw_rows.push_back(static_cast<std::uint32_t>(simulation.state_rows + d));
  layout.first_temporary = simulation.state_rows + layout.draw_rows.size();
  const engine::cpu::Stages<real>& stages = *engine::cpu::find_stages<real>(target);
  const engine::cpu::Tape<real> tape(simulation.step, stages, layout, 0);
  engine::cpu::AlignedBuffer<real> rows(tape.rows() * part);
  fill(rows.data(), tape.rows() * part);
  const std::vector<real> constants(simulation.step_constants.begin(), simulation.step_constants.end());
  for (auto _ : state) {
    tape.run(rows.data(), constants.data(), part);
    benchmark::ClobberMemory();
  }
  state.counters["calls"] = static_cast<double>(tape.size());
  set_rate(state, "particles/s", 1);
}

template <class real>
void add(const std::string& precision) {
  for (const std::string& target : engine::simd_targets()) {
    const std::string end = "/" + precision + "/" + target;
    for (std::size_t i = 0; i < loss::opcode_count; ++i) {
      const auto code = static_cast<loss::OpCode>(i);
      benchmark::RegisterBenchmark((std::string("operation/") + loss::name(code) + end).c_str(), operation<real>,
                                   target, code, 0u);
      if (loss::arity(code) > 1)
        benchmark::RegisterBenchmark((std::string("operation/") + loss::name(code) + "-constant" + end).c_str(),
                                     operation<real>, target, code, 2u);
    }
    for (const auto& [loss, eta] : {std::pair{"double-well", 0.05}, {"rugged", 0.05}, {"muller-brown", 1e-4}})
      benchmark::RegisterBenchmark((std::string("step/") + loss + end).c_str(), step<real>, target, loss, eta);
  }
}

}  // namespace

void add_tape() {
  add<float>("float");
  add<double>("double");
}

}  // namespace isotherm::bench_parts
