// The CUDA text run on the host's threads gives the bits of the CPU engine: states and counts.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <numeric>

#include "cuda/equality.hpp"
#include "cuda/examples.hpp"
#include "cuda/host_device.hpp"
#include "engine/cuda/engine.hpp"

namespace isotherm::test {
namespace {

void expect_same_as_cpu(const Example& example, const engine::cuda::Tuning& tuning = {}) {
  expect_same_as_cpu(example, make_host_device, tuning);
}

engine::cuda::Tuning short_launches() {
  engine::cuda::Tuning tuning;
  tuning.launch_steps = 5;
  return tuning;
}

TEST(HostRun, OneDimension) { expect_same_as_cpu({}); }

TEST(HostRun, OneDimensionInDouble) { expect_same_as_cpu({.precision = Precision::twofold}); }

TEST(HostRun, ShortLaunches) { expect_same_as_cpu({.thinning = 7}, short_launches()); }

TEST(HostRun, UniformAndPointStart) {
  expect_same_as_cpu({.start = {"uniform", {-1, 1.5}}});
  expect_same_as_cpu({.precision = Precision::twofold, .start = {"uniform", {-1, 1.5}}});
  expect_same_as_cpu({.start = {"point", {0.5}}});
}

TEST(HostRun, WholeBlocksOnly) { expect_same_as_cpu({.particles = 512}); }

TEST(HostRun, OneParticle) { expect_same_as_cpu({.particles = 1}); }

// More than 64 blocks, so that groups come round; no sample in some launches.
TEST(HostRun, GroupsComeRound) {
  expect_same_as_cpu({.particles = 70 * 256 - 3, .burn_in = 11, .steps = 9, .thinning = 9}, short_launches());
}

TEST(HostRun, EveryFunction) {
  for (const Precision precision : {Precision::single, Precision::twofold}) {
    expect_same_as_cpu({.loss = every_function, .precision = precision, .histograms = {{Axis{"loss", 40, 0, 10}}}});
  }
}

TEST(HostRun, ManyHistograms) {
  for (const Precision precision : {Precision::single, Precision::twofold}) {
    expect_same_as_cpu(
        {.loss = "himmelblau", .precision = precision, .eta = 0.01, .histograms = every_kind_of_histogram()},
        short_launches());
  }
}

TEST(HostRun, CountersInGlobalMemory) {
  engine::cuda::Tuning tuning;
  tuning.shared_counter_bytes = 0;
  expect_same_as_cpu({}, tuning);
  tuning.shared_counter_bytes = 67 * 4;  // the first histogram of the two fits exactly
  expect_same_as_cpu({.histograms = {{Axis{"x", 64, -2, 2}}, {Axis{"-x", 64, -2, 2}}}}, tuning);
}

TEST(HostRun, CountersOfEachWarp) {
  const std::vector<std::vector<Axis>> few = {{Axis{"x", 7, -2, 2}}, {Axis{"x", 3, -1, 1}, Axis{"-x", 4, -1, 1}}};
  expect_same_as_cpu({.histograms = few});
  engine::cuda::Tuning tuning;
  tuning.copied_counters = 0;
  expect_same_as_cpu({.histograms = few}, tuning);
}

// Padding in the middle of a thread's particles, too: 300 are 1 1/6 blocks.
TEST(HostRun, ParticlesOfAThread) {
  for (const std::size_t particles : {1, 2, 4, 8}) {
    engine::cuda::Tuning tuning;
    tuning.particles_per_thread = particles;
    tuning.shared_thread_instructions = tuning.shared_thread_registers = 1000;
    tuning.launch_steps = 13;
    expect_same_as_cpu({.particles = 300}, tuning);
    expect_same_as_cpu({.loss = "himmelblau", .dynamics = "adam", .eta = 0.01, .particles = 300}, tuning);
    expect_same_as_cpu({.noise = "rademacher", .particles = 300}, tuning);
    expect_same_as_cpu(with_averages({.dynamics = "momentum", .particles = 300}), tuning);
  }
}

TEST(HostRun, ConstantsInGlobalMemoryAndNoUnrolling) {
  engine::cuda::Tuning tuning;
  tuning.constant_table_bytes = 0;
  tuning.unrolled_instructions = 0;
  expect_same_as_cpu({}, tuning);
  expect_same_as_cpu({.loss = "muller-brown", .eta = 1e-4, .sigma = 50}, tuning);
}

TEST(HostRun, TenDimensions) {
  expect_same_as_cpu({.loss = "sum(i, 1, 10, x[i]^4/4 + i*x[i]^2/2)",
                      .particles = 300,
                      .histograms = {{Axis{"x10", 20, -1, 1}}, {Axis{"loss", 20, 0, 10}}}});
}

// Three rows: the draws of a step fill one block and a quarter of it is unused.
TEST(HostRun, ThreeDimensionsInDouble) {
  expect_same_as_cpu({.loss = "x^2*y^2/2 + cos(z) + z^2", .precision = Precision::twofold});
}

// Steps at which the number of the Philox block passes 2^32: between two groups of steps, and within one step.
TEST(HostRun, PassesTwoToTheThirtyTwoBlocks) {
  Example one_row{.burn_in = (std::uint64_t{1} << 34) - 5, .steps = 10, .thinning = 2};
  Example ten_rows{.loss = "sum(i, 1, 10, i*x[i]^2/2)", .burn_in = 1431655760, .steps = 10, .thinning = 2};
  for (const Example& example : {one_row, ten_rows}) {
    const engine::Simulation simulation = make_simulation(example);
    const auto cpu = engine::make_cpu_engine(simulation, 1, "scalar");
    const auto cuda = engine::cuda::make_engine(simulation, make_host_device());
    const std::uint64_t first = simulation.burn_in;
    const Outcome expected = run(*cpu, simulation, simulation.blocks(), {}, first);
    expect_equal(expected, run(*cuda, simulation, simulation.blocks(), {}, first));
  }
}

TEST(HostRun, RunawayParticlesAreCountedApart) {
  Example example{.loss = "quartic", .eta = 2.5, .sigma = 3};
  const engine::Simulation simulation = make_simulation(example);
  const auto cuda = engine::cuda::make_engine(simulation, make_host_device());
  const Outcome outcome = run(*cuda, simulation, 2, {});
  EXPECT_GT(std::accumulate(outcome.histograms[0].nonfinite.begin(), outcome.histograms[0].nonfinite.end(), 0ull), 0u);
  expect_same_as_cpu(example);
}

// Every number of a step and every place where a group of steps may begin and end: 128 signs share a Philox block, and
// 32 a word.
TEST(HostRun, Signs) {
  for (const std::size_t dimension : {1, 2, 3, 12}) {
    for (const std::uint64_t batch : {1, 3, 5, 16, 33}) {
      if (dimension * batch > 100) continue;
      Example example{.loss = "quadratic", .noise = "rademacher"};
      example.set["dimension"] = std::to_string(dimension);
      example.precision = batch % 2 == 1 ? Precision::single : Precision::twofold;
      example.burn_in = 120;
      example.particles = 300;
      example.variant = "batch of " + std::to_string(batch);
      example.change = [batch](Experiment& e) { e.batch_size = batch; };
      engine::cuda::Tuning tuning;
      tuning.launch_steps = 37;
      tuning.unrolled_steps = batch == 1 ? 8 : 1;
      expect_same_as_cpu(example, tuning);
    }
  }
}

TEST(HostRun, RunningAverages) {
  for (const Precision precision : {Precision::single, Precision::twofold}) {
    expect_same_as_cpu(with_averages({.precision = precision}), short_launches());
    expect_same_as_cpu(
        with_averages({.loss = "himmelblau", .dynamics = "momentum", .precision = precision, .eta = 0.01}),
        short_launches());
  }
}

// Tables in shared memory and not, several particles of a thread, and launches that end within an epoch.
TEST(HostRun, TablesOfExamples) {
  for (const std::size_t bytes : {0, 48 * 1024}) {
    for (const std::size_t particles : {1, 2, 4}) {
      engine::cuda::Tuning tuning;
      tuning.shared_table_bytes = bytes;
      tuning.particles_per_thread = particles;
      tuning.shared_thread_instructions = tuning.shared_thread_registers = 1000;
      tuning.launch_steps = 36;
      for (const std::size_t rows : {90, 300})
        for (const char* sampling : {"", "without-replacement", "reshuffle"})
          expect_same_as_cpu(over_rows({.rows = rows, .columns = 4, .sampling = sampling, .batch_size = 12},
                                       {.noise = "none", .particles = 300}),
                             tuning);
    }
  }
}

// Steps whose examples have numbers beyond 2^33, so that Philox blocks pass 2^32, and late epochs.
TEST(HostRun, LateExamples) {
  for (const std::size_t rows : {7, 300})
    for (const char* sampling : {"", "without-replacement", "reshuffle"}) {
      Example example = over_rows({.rows = rows, .columns = 1, .sampling = sampling, .batch_size = 3},
                                  {.noise = "none", .particles = 300});
      example.burn_in = (std::uint64_t{1} << 33) / 3 - 4;
      example.steps = 20;
      const engine::Simulation simulation = make_simulation(example);
      const auto cpu = engine::make_cpu_engine(simulation, 1, "scalar");
      const auto cuda = engine::cuda::make_engine(simulation, make_host_device());
      const Outcome expected = run(*cpu, simulation, simulation.blocks(), {}, simulation.burn_in);
      expect_equal(expected, run(*cuda, simulation, simulation.blocks(), {simulation.burn_in + 7}, simulation.burn_in));
    }
}

class Conformance : public testing::TestWithParam<Example> {};

TEST_P(Conformance, SameAsCpu) {
  Example example = GetParam();
  example.particles = 300;
  example.steps = 20;
  expect_same_as_cpu(example, short_launches());
}

INSTANTIATE_TEST_SUITE_P(Losses, Conformance, testing::ValuesIn(every_loss({.eta = 1e-3})), test_name);
INSTANTIATE_TEST_SUITE_P(Dynamics, Conformance, testing::ValuesIn(every_dynamics({.loss = "two-temperatures"})),
                         test_name);
INSTANTIATE_TEST_SUITE_P(Laws, Conformance, testing::ValuesIn(every_law()), test_name);
INSTANTIATE_TEST_SUITE_P(Samplings, Conformance, testing::ValuesIn(every_sampling()), test_name);
INSTANTIATE_TEST_SUITE_P(FreshLaws, Conformance, testing::ValuesIn(every_fresh_law()), test_name);
INSTANTIATE_TEST_SUITE_P(Schedules, Conformance, testing::ValuesIn(every_schedule()), test_name);

}  // namespace
}  // namespace isotherm::test
