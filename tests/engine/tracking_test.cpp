// Programs that run beside the step: running averages in state rows of their own, and constants that change from step
// to step.

#include <gtest/gtest.h>

#include <atomic>
#include <bit>
#include <cmath>

#include "engine/simulation.hpp"

namespace isotherm::engine {
namespace {

/// A random walk x' = x + z, and beside it m' = m + w_n (x' - m) and s' = max(s, m), m being the one before.
Simulation walk(Precision precision, DrawLayout::Law law, bool tracked) {
  Simulation simulation;
  simulation.particles = 2000;
  simulation.seed = 11;
  simulation.precision = precision;
  simulation.start_draws.law = DrawLayout::Law::none;
  simulation.draws = {law, random::Purpose::gradient_noise, 1, 1};
  loss::Graph graph;
  const loss::NodeId x = graph.state(0), m = graph.state(1), s = graph.state(2), w = graph.step_scalar("w");
  simulation.state_rows = tracked ? 3 : 1;
  simulation.start = loss::lower(graph, std::vector<loss::NodeId>(simulation.state_rows, graph.literal(0)));
  simulation.step = loss::lower(graph, std::vector<loss::NodeId>{graph.add(x, graph.draw(0))});
  if (tracked)
    simulation.track = loss::lower(
        graph, std::vector<loss::NodeId>{graph.fma(w, graph.sub(x, m), m), graph.binary(loss::Operation::max, s, m)});
  simulation.observe = loss::lower(graph, std::vector<loss::NodeId>{x});
  simulation.histograms = {{"x", {Axis{"x", 16, -8, 8, false}}, {0}}};
  simulation.steps = 300;
  simulation.thinning = 7;
  const std::vector<double> scalars = {1};
  simulation.start_constants = loss::evaluate_constants(graph, simulation.start, {}, scalars);
  simulation.step_constants = loss::evaluate_constants(graph, simulation.step, {}, scalars);
  simulation.track_constants = loss::evaluate_constants(graph, simulation.track, {}, scalars);
  if (tracked)
    simulation.fill_track_constants = [](std::uint64_t n, std::span<double> out) {
      out[0] = 1 / std::sqrt(static_cast<double>(n + 1));
    };
  return simulation;
}

struct Outcome {
  std::vector<std::vector<double>> rows;
  std::vector<std::uint64_t> counts;
  bool operator==(const Outcome&) const = default;
};

Outcome outcome(const Simulation& simulation, const std::string& target, int threads,
                const std::vector<std::uint64_t>& stops) {
  const auto engine = make_cpu_engine(simulation, threads, target);
  engine->start({0, simulation.blocks()});
  std::uint64_t at = 0;
  for (const std::uint64_t stop : stops) {
    engine->advance(at, stop);
    at = stop;
  }
  Outcome result;
  for (std::size_t r = 0; r < simulation.state_rows; ++r) {
    result.rows.emplace_back(simulation.blocks() * block_size);
    engine->read_row(r, result.rows.back());
  }
  std::vector<Histogram> histograms = make_histograms(simulation);
  engine->collect(histograms);
  result.counts = histograms[0].counts;
  return result;
}

class Tracking : public testing::TestWithParam<std::tuple<Precision, DrawLayout::Law>> {};

TEST_P(Tracking, ChangesNoTrajectory) {
  const auto [precision, law] = GetParam();
  for (const std::string& target : simd_targets()) {
    const Outcome with = outcome(walk(precision, law, true), target, 1, {300});
    const Outcome without = outcome(walk(precision, law, false), target, 1, {300});
    EXPECT_EQ(with.rows[0], without.rows[0]) << target;
    EXPECT_EQ(with.counts, without.counts) << target;
  }
}

/// The rows that a program in one lane gives when it looks at the walk after every step.
template <class real>
void expect_tracked(const Simulation& simulation, const std::string& target) {
  const auto engine = make_cpu_engine(simulation, 1, target);
  engine->start({0, simulation.blocks()});
  const std::size_t size = simulation.blocks() * block_size;
  std::vector<double> x(size), row(size);
  std::vector<real> m(size), s(size);
  for (std::uint64_t n = 0; n < 150; ++n) {
    engine->advance(n, n + 1);
    engine->read_row(0, x);
    const real w = static_cast<real>(1 / std::sqrt(static_cast<double>(n + 1)));
    for (std::size_t i = 0; i < size; ++i) {
      s[i] = std::max(s[i], m[i]);
      m[i] = std::fma(w, static_cast<real>(x[i]) - m[i], m[i]);
    }
    engine->read_row(1, row);
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(row[i], static_cast<double>(m[i])) << target << ", step " << n;
    engine->read_row(2, row);
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(row[i], static_cast<double>(s[i])) << target << ", step " << n;
  }
}

TEST_P(Tracking, SeesEveryNewState) {
  const auto [precision, law] = GetParam();
  const Simulation simulation = walk(precision, law, true);
  for (const std::string& target : simd_targets())
    precision == Precision::single ? expect_tracked<float>(simulation, target)
                                   : expect_tracked<double>(simulation, target);
}

TEST_P(Tracking, HasTheSameBitsOnEveryTargetHoweverInterrupted) {
  const auto [precision, law] = GetParam();
  const Simulation simulation = walk(precision, law, true);
  const Outcome reference = outcome(simulation, "scalar", 1, {300});
  std::vector<std::uint64_t> every_step;
  for (std::uint64_t step = 1; step <= 300; ++step) every_step.push_back(step);
  for (const std::string& target : simd_targets()) {
    EXPECT_EQ(outcome(simulation, target, 3, {300}), reference) << target;
    EXPECT_EQ(outcome(simulation, target, 1, {1, 2, 5, 127, 128, 130, 257, 300}), reference) << target;
    EXPECT_EQ(outcome(simulation, target, 1, every_step), reference) << target;
  }
}

std::string test_name(const testing::TestParamInfo<std::tuple<Precision, DrawLayout::Law>>& info) {
  const auto [precision, law] = info.param;
  const std::string name = law == DrawLayout::Law::normal ? "Normal"
                           : law == DrawLayout::Law::sign ? "Sign"
                                                          : "Uniform";
  return name + (precision == Precision::single ? "Float" : "Double");
}

INSTANTIATE_TEST_SUITE_P(All, Tracking,
                         testing::Combine(testing::Values(Precision::single, Precision::twofold),
                                          testing::Values(DrawLayout::Law::normal, DrawLayout::Law::uniform,
                                                          DrawLayout::Law::sign)),
                         test_name);

TEST(StepConstants, AreAskedForOnceForEachStepOfAnAdvance) {
  // x' = x + n + 1: more steps than are tabulated at a time, and many parts.
  Simulation simulation;
  simulation.particles = 3000;
  simulation.precision = Precision::twofold;
  simulation.start_draws.law = simulation.draws.law = DrawLayout::Law::none;
  loss::Graph graph;
  simulation.start = loss::lower(graph, std::vector<loss::NodeId>{graph.literal(0)});
  simulation.step = loss::lower(graph, std::vector<loss::NodeId>{graph.add(graph.state(0), graph.step_scalar("t"))});
  simulation.observe = loss::lower(graph, std::vector<loss::NodeId>{});
  const std::vector<double> scalars = {1};
  simulation.start_constants = loss::evaluate_constants(graph, simulation.start, {}, scalars);
  simulation.step_constants = loss::evaluate_constants(graph, simulation.step, {}, scalars);
  std::atomic<std::uint64_t> asked = 0;
  simulation.fill_step_constants = [&asked](std::uint64_t n, std::span<double> out) {
    ++asked;
    out[0] = static_cast<double>(n + 1);
  };
  constexpr std::uint64_t steps = 600000;
  simulation.steps = steps;
  const auto engine = make_cpu_engine(simulation, 2);
  engine->start({0, simulation.blocks()});
  engine->advance(0, steps);
  EXPECT_EQ(asked, steps);
  std::vector<double> row(simulation.blocks() * block_size);
  engine->read_row(0, row);
  for (const double value : row) ASSERT_EQ(value, static_cast<double>(steps * (steps + 1) / 2));
}

}  // namespace
}  // namespace isotherm::engine
