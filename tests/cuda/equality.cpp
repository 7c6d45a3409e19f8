#include "cuda/equality.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <future>

#include "engine/cuda/engine.hpp"

namespace isotherm::test {

using engine::BlockRange;
using engine::Engine;
using engine::Simulation;

namespace {

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) || (a != a && b != b);
}

void expect_every_entry_counted(const Outcome& outcome, const Simulation& simulation) {
  for (const Histogram& histogram : outcome.histograms) {
    EXPECT_EQ(histogram.entries(), simulation.particles * simulation.samples()) << histogram.name;
  }
}

}  // namespace

Outcome run(Engine& engine, const Simulation& simulation, std::uint64_t chunk_blocks,
            const std::vector<std::uint64_t>& stops, std::uint64_t first_step) {
  Outcome outcome;
  outcome.rows.resize(simulation.state_rows);
  outcome.histograms = engine::make_histograms(simulation);
  for (std::uint64_t first = 0; first < simulation.blocks(); first += chunk_blocks) {
    const BlockRange chunk{first, std::min(first + chunk_blocks, simulation.blocks())};
    engine.start(chunk);
    std::uint64_t step = first_step;
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

void expect_same_as_cpu(const Example& example,
                        const std::function<std::unique_ptr<engine::cuda::Device>()>& make_device,
                        const engine::cuda::Tuning& tuning) {
  SCOPED_TRACE(describe(example));
  const Simulation simulation = make_simulation(example);
  const auto cpu = engine::make_cpu_engine(simulation, 0);
  const Outcome expected = run(*cpu, simulation, simulation.blocks(), {});
  expect_every_entry_counted(expected, simulation);

  const auto cuda = engine::cuda::make_engine(simulation, make_device(), tuning);
  expect_equal(expected, run(*cuda, simulation, simulation.blocks(), {}));
  expect_equal(expected,
               run(*cuda, simulation, std::max<std::uint64_t>(simulation.blocks() * 3 / 4, 1), {1, 1, 7, 12}));
}

void expect_same_as_cpu_together(const std::vector<Example>& examples,
                                 const std::function<std::unique_ptr<engine::cuda::Device>()>& make_device,
                                 engine::cuda::Tuning tuning) {
  constexpr double until_all_are_there = 600;
  tuning.pack_patience = until_all_are_there;
  const auto device = engine::cuda::share_device(make_device, examples.size(), tuning);
  std::vector<Simulation> simulations;
  std::vector<std::unique_ptr<Engine>> engines;
  for (const Example& example : examples) {
    simulations.push_back(make_simulation(example));
    engines.push_back(device->make_engine(simulations.back(), 1));
    engines.back()->start({0, simulations.back().blocks()});
  }
  std::vector<std::future<Outcome>> outcomes;
  for (std::size_t i = 0; i < examples.size(); ++i)
    outcomes.push_back(std::async(std::launch::async, [&, i, engine = std::move(engines[i])] {
      const std::uint64_t chunk = i % 2 == 0 ? simulations[i].blocks() : (simulations[i].blocks() + 1) / 2;
      return run(*engine, simulations[i], chunk, {1, 7});
    }));
  for (std::size_t i = 0; i < examples.size(); ++i) {
    SCOPED_TRACE(describe(examples[i]));
    const Outcome outcome = outcomes[i].get();
    expect_every_entry_counted(outcome, simulations[i]);
    expect_equal(run(*engine::make_cpu_engine(simulations[i], 1), simulations[i], simulations[i].blocks(), {}),
                 outcome);
  }
}

}  // namespace isotherm::test
