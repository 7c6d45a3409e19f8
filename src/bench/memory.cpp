#include "bench/memory.hpp"

#include <algorithm>

namespace isotherm::bench {

Memory memory_of(const engine::Simulation& simulation, const engine::Engine& engine, std::uint64_t chunk) {
  const std::uint64_t number = simulation.precision == Precision::single ? sizeof(float) : sizeof(double);
  const std::uint64_t held =
      std::min(chunk != 0 ? chunk : engine.preferred_chunk(), simulation.blocks() * engine::block_size);
  Memory memory;
  memory.state = held * simulation.state_rows * number;
  for (const Histogram& histogram : engine::make_histograms(simulation))
    memory.counts += (histogram.counts.size() + histogram.nonfinite.size()) * sizeof(std::uint64_t);
  memory.tables = memory.counts * static_cast<std::uint64_t>(std::max(engine.threads(), 1));
  return memory;
}

}  // namespace isotherm::bench
