#include <gtest/gtest.h>

#include <limits>

#include "engine/simulation.hpp"

namespace isotherm::engine {
namespace {

/// x' = x + 1 from 0: particle-independent, so that every count is known.
Simulation counter_chain() {
  Simulation simulation;
  simulation.particles = 1000;
  simulation.start_draws.law = DrawLayout::Law::none;
  simulation.draws.law = DrawLayout::Law::none;
  loss::Graph graph;
  simulation.start = loss::lower(graph, std::vector<loss::NodeId>{graph.literal(0)});
  simulation.step = loss::lower(graph, std::vector<loss::NodeId>{graph.add(graph.state(0), graph.setting("one"))});
  simulation.observe =
      loss::lower(graph, std::vector<loss::NodeId>{graph.state(0), graph.div(graph.state(0), graph.setting("zero"))});
  const std::vector<double> settings = {1, 0};
  simulation.start_constants = loss::evaluate_constants(graph, simulation.start, settings, {});
  simulation.step_constants = loss::evaluate_constants(graph, simulation.step, settings, {});
  simulation.observe_constants = loss::evaluate_constants(graph, simulation.observe, settings, {});
  return simulation;
}

TEST(Sampling, TakesTheStepsThatEndWithTheLast) {
  Simulation simulation = counter_chain();
  simulation.burn_in = 5;
  simulation.steps = 21;
  simulation.thinning = 10;  // 26, 16, 6
  simulation.histograms = {{"x", {Axis{"x", 30, 0.5, 30.5, false}}, {0}}};
  EXPECT_EQ(simulation.samples(), 3u);
  for (const Precision precision : {Precision::single, Precision::twofold}) {
    simulation.precision = precision;
    const auto engine = make_cpu_engine(simulation, 2);
    engine->start({0, simulation.blocks()});
    std::uint64_t at = 0;
    for (const std::uint64_t stop : {3u, 6u, 7u, 26u}) {
      engine->advance(at, stop);
      at = stop;
    }
    std::vector<Histogram> histograms = make_histograms(simulation);
    engine->collect(histograms);
    const std::vector<std::uint64_t> total = histograms[0].total();
    for (std::size_t slot = 0; slot < total.size(); ++slot)
      EXPECT_EQ(total[slot], slot == 6 || slot == 16 || slot == 26 ? 1000u : 0u) << slot;
    EXPECT_EQ(histograms[0].entries(), 3000u);
    engine->collect(histograms);
    EXPECT_EQ(histograms[0].entries(), 3000u) << "collecting forgets what it gave";
  }
}

TEST(Sampling, CountsFlowAndNonFiniteApart) {
  Simulation simulation = counter_chain();
  simulation.steps = 3;
  simulation.thinning = 1;
  simulation.histograms = {{"x", {Axis{"x", 1, 1.5, 2.5, false}}, {0}},
                           {"q", {Axis{"q", 4, 0, 1, false}}, {1}},
                           {"x,q", {Axis{"x", 1, 1.5, 2.5, false}, Axis{"q", 4, 0, 1, false}}, {0, 1}},
                           {"x,x", {Axis{"x", 1, 1.5, 2.5, false}, Axis{"x", 2, 1.5, 3.5, false}}, {0, 0}},
                           {"wrapped", {Axis{"x", 2, 0, 2, true}}, {0}}};
  const auto engine = make_cpu_engine(simulation, 1);
  engine->start({0, simulation.blocks()});
  engine->advance(0, 3);
  std::vector<Histogram> histograms = make_histograms(simulation);
  engine->collect(histograms);
  EXPECT_EQ(histograms[0].total(), (std::vector<std::uint64_t>{1000, 1000, 1000}));
  EXPECT_EQ(histograms[1].total(), std::vector<std::uint64_t>(6, 0));
  EXPECT_EQ(histograms[1].entries(), 3000u);
  EXPECT_EQ(histograms[2].total(), std::vector<std::uint64_t>(18, 0));
  EXPECT_EQ(histograms[2].entries(), 3000u);
  // (underflow, underflow), (bin, first), (overflow, second)
  const std::vector<std::uint64_t> joint = histograms[3].total();
  EXPECT_EQ(joint[0 * 4 + 0], 1000u);
  EXPECT_EQ(joint[1 * 4 + 1], 1000u);
  EXPECT_EQ(joint[2 * 4 + 2], 1000u);
  // 1, 2 -> 0, 3 -> 1
  EXPECT_EQ(histograms[4].total(), (std::vector<std::uint64_t>{0, 1000, 2000, 0}));
  // 1000 particles are blocks 0 to 3, and so groups 0 to 3; the last block is ragged.
  EXPECT_EQ(histograms[0].groups, group_count);
  EXPECT_EQ(histograms[0].counts[0 * 3 + 1], 256u);
  EXPECT_EQ(histograms[0].counts[3 * 3 + 1], 232u);
  EXPECT_EQ(histograms[0].counts[4 * 3 + 1], 0u);
}

}  // namespace
}  // namespace isotherm::engine
