// What a tape costs beside the same op list compiled ahead: both make the same random numbers and count into the same
// 256 bins every 10th step, take turns, and must end in the same bits. The best of many turns counts, in processor
// time.
//   build/release/bin/bench_compiled

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

#include "compiled_steps.hpp"
#include "engine/cpu/aligned_buffer.hpp"
#include "engine/cpu/number_source.hpp"
#include "engine/cpu/tape.hpp"

namespace {

using namespace isotherm;
using namespace isotherm::engine::cpu;

double processor_seconds() {
  std::timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

constexpr std::size_t bins = 256, interval = 10, steps = 640, turns = 60;

/// One part of particles, as the engine's threads advance it.
class Part {
 public:
  Part(const engine::Simulation& simulation, const Stages<float>& stages, RowFunction<float> compiled)
      : stages_(stages),
        compiled_(compiled),
        layout_(simulation.draws, simulation.step, simulation.state_rows),
        numbers_(layout_, stages, simulation.seed, particles),
        constants_(simulation.step_constants.begin(), simulation.step_constants.end()),
        slots_(particles),
        table_(bins + 3) {
    std::size_t rows = 0;
    for (std::size_t t = 0; t < layout_.tapes(); ++t) {
      const RowLayout layout{simulation.state_rows, layout_.draw_rows(t), layout_.end_row()};
      tapes_.emplace_back(simulation.step, stages, layout, 0);
      rows = std::max(rows, tapes_.back().rows());
      RowCall<float> call{compiled, 0, {}};
      std::copy(layout.draw_rows.begin(), layout.draw_rows.end(), call.operands);
      calls_.push_back(call);
    }
    rows_ = AlignedBuffer<float>(rows * particles);
    for (std::size_t i = 0; i < simulation.state_rows * particles; ++i)
      rows_[i] = 0.5f + 0.001f * static_cast<float>(i % 100);
    numbers_.begin(0, particles, 0);
  }

  double run() {
    const double begin = processor_seconds();
    for (std::size_t step = 1; step <= steps; ++step) {
      const std::size_t tape = numbers_.next(rows_.data());
      if (compiled_ != nullptr)
        compiled_(calls_[tape], rows_.data(), constants_.data(), particles);
      else
        tapes_[tape].run(rows_.data(), constants_.data(), particles);
      if (step % interval == 0) count();
    }
    return processor_seconds() - begin;
  }

  bool same_state(const Part& other, std::size_t rows) const {
    return std::memcmp(rows_.data(), other.rows_.data(), rows * particles * sizeof(float)) == 0;
  }
  std::size_t calls() const { return tapes_.front().size(); }

  static constexpr std::size_t particles = 1024;

 private:
  void count() {
    stages_.bin(rows_.data(), {-3, 3, bins / 6.0f, bins, false}, slots_.data(), particles);
    std::uint64_t* table = table_.data();
#pragma GCC unroll 8
    for (std::size_t i = 0; i < particles; ++i) ++table[slots_[i]];
  }

  const Stages<float>& stages_;
  RowFunction<float> compiled_;
  NumberLayout<float> layout_;
  NumberSource<float> numbers_;
  std::vector<float> constants_;
  std::vector<Tape<float>> tapes_;
  std::vector<RowCall<float>> calls_;
  AlignedBuffer<float> rows_;
  AlignedBuffer<std::int32_t> slots_;
  AlignedBuffer<std::uint64_t> table_;
};

}  // namespace

int main() {
  const std::vector<std::string> losses = {ISOTHERM_COMPILED_LOSSES};
  std::printf("%-14s %-6s %12s %6s %14s %18s %7s\n", "loss", "SIMD", "instructions", "calls", "tape [ns/step]",
              "compiled [ns/step]", "ratio");
  for (const std::string& target : engine::simd_targets()) {
    const RowFunction<float>* compiled = bench::compiled_steps(target);
    if (compiled == nullptr) continue;
    for (std::size_t i = 0; i < losses.size(); ++i) {
      const engine::Simulation simulation = bench::simulation_of(losses[i]);
      const Stages<float>& stages = *find_stages<float>(target);
      Part tape(simulation, stages, nullptr), ahead(simulation, stages, compiled[i]);
      double best_tape = 1e9, best_ahead = 1e9;
      for (std::size_t turn = 0; turn < turns; ++turn) {
        best_tape = std::min(best_tape, tape.run());
        best_ahead = std::min(best_ahead, ahead.run());
      }
      if (!tape.same_state(ahead, simulation.state_rows)) {
        std::printf("%s: the compiled step has other bits than the tape\n", losses[i].c_str());
        return 1;
      }
      const double each = 1e9 / static_cast<double>(steps * Part::particles);
      std::printf("%-14s %-6s %12zu %6zu %14.4f %18.4f %7.3f\n", losses[i].c_str(), target.c_str(),
                  simulation.step.instructions.size(), tape.calls(), best_tape * each, best_ahead * each,
                  best_tape / best_ahead);
    }
  }
}
