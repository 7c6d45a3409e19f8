#pragma once
// Whether two engines do the same, to the bit.

#include <functional>
#include <memory>
#include <vector>

#include "cuda/examples.hpp"
#include "engine/cuda/device.hpp"
#include "engine/cuda/tuning.hpp"

namespace isotherm::test {

struct Outcome {
  std::vector<std::vector<double>> rows;  ///< of particles, without padding
  std::vector<Histogram> histograms;
};

/// Advances all blocks chunk by chunk, each chunk through the segments that end at `stops`. The state after
/// `first_step` updates is taken to be that at step 0.
Outcome run(engine::Engine& engine, const engine::Simulation& simulation, std::uint64_t chunk_blocks,
            const std::vector<std::uint64_t>& stops, std::uint64_t first_step = 0);

void expect_equal(const Outcome& expected, const Outcome& outcome);

/// Expects of the CUDA engine on such a device the states and counts of the CPU engine, in one piece, and in chunks and
/// odd segments; and of both that every particle was counted at every sample.
void expect_same_as_cpu(const Example& example,
                        const std::function<std::unique_ptr<engine::cuda::Device>()>& make_device,
                        const engine::cuda::Tuning& tuning = {});

/// The same of all of them at a time, each on a thread of its own and on one device that they share. Launches wait for
/// all that are under way, so that the first has all those with the same text.
void expect_same_as_cpu_together(const std::vector<Example>& examples,
                                 const std::function<std::unique_ptr<engine::cuda::Device>()>& make_device,
                                 engine::cuda::Tuning tuning = {});

}  // namespace isotherm::test
