#include "experiment/tracks.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "experiment/run.hpp"

namespace isotherm {

void track(const Plan& plan, std::uint64_t particles, const Control& control, const TrackSink& sink) {
  engine::Simulation simulation = plan.simulation;
  simulation.histograms.clear();
  const auto engine = engine::make_cpu_engine(simulation, static_cast<int>(plan.experiment.threads), plan.simd);
  const std::uint64_t blocks = (particles + engine::block_size - 1) / engine::block_size;
  std::vector<double> row(blocks * engine::block_size), positions(particles * simulation.dimension);
  constexpr std::uint64_t longest_segment = 4096;  // between two looks at the stop flag
  engine->start({0, blocks});
  const std::uint64_t last = simulation.last_step();
  for (std::uint64_t step = 0; step < last;) {
    // Samples are counted back from the last step.
    const std::uint64_t to_sample = (last - step - 1) % simulation.thinning + 1;
    const std::uint64_t next = step + std::min(to_sample, longest_segment);
    engine->advance(step, next);
    step = next;
    if (control.stop != nullptr && control.stop->load()) throw Stopped("stopped");
    if (!simulation.is_sample(step)) continue;
    for (std::size_t c = 0; c < simulation.dimension; ++c) {
      engine->read_row(c, row);
      for (std::uint64_t i = 0; i < particles; ++i) positions[i * simulation.dimension + c] = row[i];
    }
    sink(step, positions);
  }
}

}  // namespace isotherm
