#include "bench/count.hpp"

#include "engine/cpu/number_source.hpp"
#include "isotherm/lane/base.hpp"
#include "isotherm/random/drawn_rows.hpp"
#include "loss/program.hpp"

namespace isotherm::bench::counting {

struct Tally {
  InstructionSet instructions;
  Operations operations;
};
thread_local Tally* tally = nullptr;

#undef ISOTHERM_LANE
#define ISOTHERM_LANE inline

#undef ISOTHERM_DOUBLE
#define ISOTHERM_DOUBLE 0
namespace f32 {
#include "bench/counting_lane-inl.hpp"
//
#include "bench/counted_texts-inl.hpp"
}  // namespace f32

#undef ISOTHERM_DOUBLE
#define ISOTHERM_DOUBLE 1
namespace f64 {
#include "bench/counting_lane-inl.hpp"
//
#include "bench/counted_texts-inl.hpp"
}  // namespace f64

#undef ISOTHERM_DOUBLE
#undef ISOTHERM_LANE

template <class Text>
Operations count(const InstructionSet& instructions, const Text& text) {
  Tally own{instructions, {}};
  tally = &own;
  text();
  tally = nullptr;
  return own.operations;
}

}  // namespace isotherm::bench::counting

namespace isotherm::bench {

using counting::count;
namespace f32 = counting::f32;
namespace f64 = counting::f64;

double examples_per_step(const engine::Batch& batch) {
  if (batch.sampling != engine::Sampling::reshuffle) return static_cast<double>(batch.size);
  return static_cast<double>(batch.table->rows) / static_cast<double>(batch.steps_per_epoch());
}

InstructionSet instruction_set(const std::string& simd) {
  const bool avx512 = simd.starts_with("AVX3");
  return {avx512, avx512, false};
}

Operations Counter::operation(loss::OpCode code) const {
  return count(instructions_, [&] { precision_ == Precision::single ? f32::operation(code) : f64::operation(code); });
}

Operations Counter::philox_block() const {
  return count(instructions_, [&] { precision_ == Precision::single ? f32::philox_block() : f64::philox_block(); });
}

Operations Counter::numbers_of_block(random::Law law) const {
  return count(instructions_,
               [&] { precision_ == Precision::single ? f32::numbers_of_block(law) : f64::numbers_of_block(law); });
}

Operations Counter::sign() const {
  return count(instructions_, [&] { precision_ == Precision::single ? f32::sign() : f64::sign(); });
}

Operations Counter::bin(bool periodic) const {
  return count(instructions_, [&] { precision_ == Precision::single ? f32::bin(periodic) : f64::bin(periodic); });
}

Operations Counter::program(const loss::Program& program) const {
  Operations sum;
  for (const loss::Instruction& instruction : program.instructions) sum += operation(instruction.code);
  return sum;
}

template <class Layout>
Operations Counter::numbers_of(const Layout& layout) const {
  std::size_t blocks = 0;
  for (const auto& run : layout.runs()) blocks += run.blocks;
  Operations block = philox_block();
  block += numbers_of_block(layout.draws().law);
  Operations sum = static_cast<double>(blocks) / static_cast<double>(layout.steps()) * block;
  sum += static_cast<double>(layout.signs()) * sign();
  return sum;
}

Operations Counter::numbers(const engine::Simulation& simulation) const {
  if (precision_ == Precision::single)
    return numbers_of(engine::cpu::NumberLayout<float>(simulation.draws, simulation.step, 0));
  return numbers_of(engine::cpu::NumberLayout<double>(simulation.draws, simulation.step, 0));
}

Operations Counter::examples(const engine::Simulation& simulation) const {
  const engine::Batch& batch = simulation.batch;
  if (batch.empty()) return {};
  Operations sum = program(batch.program);
  if (batch.table) {
    // Words choose rows, and a vector of 64-bit numbers has half the particles of one of words.
    const Counter words(Precision::single, instructions_);
    const double vectors = precision_ == Precision::single ? 1 : 0.5;
    if (batch.sampling == engine::Sampling::with_replacement) {
      Operations block = words.philox_block();
      const int per_block = random::rows_per_block(static_cast<std::uint32_t>(batch.table->rows));
      block += count(instructions_, per_block == 4 ? f32::drawn_rows_of_block<4> : f32::drawn_rows_of_block<2>);
      sum += vectors / per_block * block;
    } else if (batch.table->rows > random::most_shuffled_rows) {
      const random::Bijection map = random::make_bijection(static_cast<std::uint32_t>(batch.table->rows));
      const auto positions =
          static_cast<double>(batch.sampling == engine::Sampling::reshuffle ? batch.table->rows : batch.size);
      constexpr double blocks = f32::words_per_permutation / 4.0;
      sum += vectors * blocks / positions * words.philox_block();
      sum += vectors * count(instructions_, [&] { f32::permuted_row(map); });
    }
  }
  for (const engine::FreshDraws& draws : batch.fresh) {
    const engine::DrawLayout wanted{draws.law, draws.purpose, 1, draws.numbers};
    if (precision_ == Precision::single)
      sum += numbers_of(engine::cpu::NumberLayout<float>(wanted, batch.program, 0, draws.first));
    else
      sum += numbers_of(engine::cpu::NumberLayout<double>(wanted, batch.program, 0, draws.first));
  }
  return examples_per_step(batch) * sum;
}

Operations Counter::observation(const engine::Simulation& simulation) const {
  Operations sum = program(simulation.observe);
  for (const engine::HistogramPlan& histogram : simulation.histograms) {
    for (const Axis& axis : histogram.axes) sum += bin(axis.periodic);
    sum.increments += 1;
  }
  return sum;
}

Operations Counter::step(const engine::Simulation& simulation) const {
  Operations sum = numbers(simulation);
  sum += examples(simulation);
  sum += program(simulation.step);
  sum += program(simulation.track);
  const double samples = simulation.histograms.empty() ? 0 : static_cast<double>(simulation.samples());
  sum += samples / static_cast<double>(simulation.last_step()) * observation(simulation);
  return sum;
}

}  // namespace isotherm::bench
