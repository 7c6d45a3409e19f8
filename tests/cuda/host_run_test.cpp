// The CUDA text run on the host's threads gives the bits of the CPU engine: states and counts.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <numeric>

#include "cuda/examples.hpp"
#include "cuda/host_device.hpp"
#include "engine/cuda/engine.hpp"

namespace isotherm::test {
namespace {

using engine::BlockRange;
using engine::Engine;
using engine::Simulation;

struct Outcome {
  std::vector<std::vector<double>> rows;  ///< of particles, without padding
  std::vector<Histogram> histograms;
};

/// Advances all blocks chunk by chunk, each chunk through the segments that end at `stops`.
Outcome run(Engine& engine, const Simulation& simulation, std::uint64_t chunk_blocks,
            const std::vector<std::uint64_t>& stops) {
  Outcome outcome;
  outcome.rows.resize(simulation.state_rows);
  outcome.histograms = engine::make_histograms(simulation);
  for (std::uint64_t first = 0; first < simulation.blocks(); first += chunk_blocks) {
    const BlockRange chunk{first, std::min(first + chunk_blocks, simulation.blocks())};
    engine.start(chunk);
    std::uint64_t step = 0;
    for (const std::uint64_t stop : stops) {
      engine.advance(step, stop);
      step = stop;
    }
    engine.advance(step, simulation.last_step());
    for (std::size_t r = 0; r < simulation.state_rows; ++r) {
      std::vector<double> values(chunk.size() * engine::block_size);
      engine.read_row(r, values);
      outcome.rows[r].insert(outcome.rows[r].end(), values.begin(), values.end());
    }
  }
  for (std::vector<double>& row : outcome.rows) row.resize(simulation.particles);
  engine.collect(outcome.histograms);
  return outcome;
}

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) || (a != a && b != b);
}

void expect_equal(const Outcome& expected, const Outcome& outcome) {
  for (std::size_t r = 0; r < expected.rows.size(); ++r) {
    for (std::size_t i = 0; i < expected.rows[r].size(); ++i) {
      ASSERT_TRUE(same_bits(expected.rows[r][i], outcome.rows[r][i]))
          << "row " << r << ", particle " << i << ": " << expected.rows[r][i] << " and " << outcome.rows[r][i];
    }
  }
  for (std::size_t h = 0; h < expected.histograms.size(); ++h) {
    EXPECT_EQ(expected.histograms[h].counts, outcome.histograms[h].counts);
    EXPECT_EQ(expected.histograms[h].nonfinite, outcome.histograms[h].nonfinite);
  }
}

void expect_every_entry_counted(const Outcome& outcome, const Simulation& simulation) {
  for (const Histogram& histogram : outcome.histograms) {
    EXPECT_EQ(histogram.entries(), simulation.particles * simulation.samples()) << histogram.name;
  }
}

/// CPU engine and CUDA text, the latter in one piece, and in chunks and odd segments with short launches.
void expect_same_as_cpu(const Example& example, const engine::cuda::Tuning& tuning = {}) {
  SCOPED_TRACE(describe(example));
  const Simulation simulation = make_simulation(example);
  const auto cpu = engine::make_cpu_engine(simulation, 1, "scalar");
  const Outcome expected = run(*cpu, simulation, simulation.blocks(), {});
  expect_every_entry_counted(expected, simulation);

  const auto cuda = engine::cuda::make_engine(simulation, make_host_device(), tuning);
  expect_equal(expected, run(*cuda, simulation, simulation.blocks(), {}));
  expect_equal(expected, run(*cuda, simulation, 3, {1, 1, 7, 12}));
}

engine::cuda::Tuning short_launches() {
  engine::cuda::Tuning tuning;
  tuning.launch_steps = 5;
  return tuning;
}

TEST(HostRun, OneDimension) { expect_same_as_cpu({}); }

TEST(HostRun, OneDimensionInDouble) { expect_same_as_cpu({.precision = Precision::twofold}); }

TEST(HostRun, ShortLaunches) { expect_same_as_cpu({.thinning = 7}, short_launches()); }

TEST(HostRun, StepConstants) {
  expect_same_as_cpu({.scheduled = true});
  expect_same_as_cpu(
      {.loss = "two-temperatures", .dynamics = "langevin", .precision = Precision::twofold, .scheduled = true},
      short_launches());
}

TEST(HostRun, UniformAndPointStart) {
  expect_same_as_cpu({.start = engine::DrawLayout::Law::uniform});
  expect_same_as_cpu({.precision = Precision::twofold, .start = engine::DrawLayout::Law::uniform});
  expect_same_as_cpu({.start = engine::DrawLayout::Law::none});
}

TEST(HostRun, WithoutNoise) { expect_same_as_cpu({.dynamics = "gradient-flow", .noise = false}); }

TEST(HostRun, WholeBlocksOnly) { expect_same_as_cpu({.particles = 512}); }

TEST(HostRun, OneParticle) { expect_same_as_cpu({.particles = 1}); }

// More than 64 blocks, so that groups come round; no sample in some launches.
TEST(HostRun, GroupsComeRound) {
  expect_same_as_cpu({.particles = 70 * 256 - 3, .burn_in = 11, .steps = 9, .thinning = 9}, short_launches());
}

TEST(HostRun, ManyHistograms) {
  const std::vector<std::vector<Axis>> histograms = {
      {Axis{"x", 64, -2, 2}},
      {Axis{"x", 16, -1.5, 1.5}, Axis{"y", 24, -1, 2}},
      {Axis{"loss", 50, 0, 3}},
      {Axis{"x+y", 8, -1, 1, true}},
      {Axis{"log(x)", 10, -3, 1}},                     // not finite for half of the particles
      {Axis{"x", 600, -2, 2}, Axis{"y", 600, -2, 2}},  // counted in global memory, all groups together
      {Axis{"log(y)", 10, -3, 1}, Axis{"1/x", 12, -3, 1, true}},
  };
  for (const Precision precision : {Precision::single, Precision::twofold}) {
    expect_same_as_cpu({.loss = "himmelblau", .precision = precision, .eta = 0.01, .histograms = histograms},
                       short_launches());
  }
}

TEST(HostRun, CountersInGlobalMemory) {
  engine::cuda::Tuning tuning;
  tuning.shared_counter_bytes = 0;
  expect_same_as_cpu({}, tuning);
  tuning.shared_counter_bytes = 67 * 4;  // the first histogram of the two fits exactly
  expect_same_as_cpu({.histograms = {{Axis{"x", 64, -2, 2}}, {Axis{"x", 64, -2, 2}}}}, tuning);
}

TEST(HostRun, ConstantsInGlobalMemoryAndNoUnrolling) {
  engine::cuda::Tuning tuning;
  tuning.constant_memory_bytes = 0;
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
  expect_same_as_cpu({.loss = "x^2*y^2/2 + cos(z) + z^2", .precision = Precision::twofold, .scheduled = true});
}

TEST(HostRun, RunawayParticlesAreCountedApart) {
  Example example{.loss = "quartic", .eta = 2.5, .sigma = 3};
  const Simulation simulation = make_simulation(example);
  const auto cuda = engine::cuda::make_engine(simulation, make_host_device());
  const Outcome outcome = run(*cuda, simulation, 2, {});
  EXPECT_GT(std::accumulate(outcome.histograms[0].nonfinite.begin(), outcome.histograms[0].nonfinite.end(), 0ull), 0u);
  expect_same_as_cpu(example);
}

class Conformance : public testing::TestWithParam<Example> {};

TEST_P(Conformance, SameAsCpu) {
  Example example = GetParam();
  example.particles = 300;
  example.eta = 1e-3;
  example.steps = 20;
  expect_same_as_cpu(example);
}

std::string test_name(const testing::TestParamInfo<Example>& info) {
  std::string name = describe(info.param);
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, Conformance, testing::ValuesIn(conformance_examples()), test_name);

}  // namespace
}  // namespace isotherm::test
