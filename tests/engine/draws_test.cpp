// Which random number a step sees: number (n K + k) S + c of its purpose and particle, whatever the engine does.

#include <gtest/gtest.h>

#include "engine/simulation.hpp"
#include "isotherm/lane/scalar.hpp"

namespace isotherm::engine {
namespace {

constexpr std::uint64_t seed = 0x123456789abcdefULL;

std::uint64_t subsequence(std::uint64_t particle) {
  return std::uint64_t{static_cast<unsigned char>(random::Purpose::gradient_noise)} << 56 | particle;
}

// Number `index` of a particle, by the definition, in one lane.
#define ISOTHERM_TEST_NORMAL(lane)                                                                        \
  double normal_##lane(std::uint64_t particle, std::uint64_t index) {                                     \
    using namespace scalar::lane;                                                                         \
    const Keys keys = make_keys(seed);                                                                    \
    const std::uint64_t sequence = subsequence(particle), block = index / numbers_per_block;              \
    I words[4];                                                                                           \
    philox(hoist(sequence, static_cast<std::uint32_t>(block >> 32), keys), block, sequence, keys, words); \
    F out[numbers_per_block];                                                                             \
    normals(words, out);                                                                                  \
    return static_cast<real>(out[index % numbers_per_block]);                                             \
  }
ISOTHERM_TEST_NORMAL(f32)
ISOTHERM_TEST_NORMAL(f64)
#undef ISOTHERM_TEST_NORMAL

/// A chain that remembers its last draws: row k D + c becomes draw (k, c).
Simulation memory_chain(std::size_t dimension, std::size_t draws_per_step, Precision precision) {
  Simulation simulation;
  simulation.particles = 300;  // a ragged second block
  simulation.seed = seed;
  simulation.dimension = dimension;
  simulation.state_rows = dimension * draws_per_step;
  simulation.precision = precision;
  simulation.steps = 100;
  simulation.draws = {DrawLayout::Law::normal, random::Purpose::gradient_noise, draws_per_step, dimension};
  simulation.start_draws.law = DrawLayout::Law::none;
  loss::Graph graph;
  std::vector<loss::NodeId> zeros(simulation.state_rows, graph.literal(0)), next;
  for (std::size_t k = 0; k < draws_per_step; ++k)
    for (std::size_t c = 0; c < dimension; ++c) next.push_back(graph.draw(k * simulation.draws.stride() + c));
  simulation.start = loss::lower(graph, zeros);
  simulation.step = loss::lower(graph, next);
  simulation.observe = loss::lower(graph, std::vector<loss::NodeId>{});
  simulation.start_constants = loss::evaluate_constants(graph, simulation.start, {}, {});
  simulation.step_constants = loss::evaluate_constants(graph, simulation.step, {}, {});
  return simulation;
}

TEST(Draws, FollowTheLayoutForEveryDimensionAndNumberOfDraws) {
  for (const Precision precision : {Precision::single, Precision::twofold}) {
    for (const std::size_t dimension : {1u, 2u, 3u, 4u, 5u, 9u}) {
      for (const std::size_t per_step : {1u, 2u, 3u}) {
        const Simulation simulation = memory_chain(dimension, per_step, precision);
        for (const std::string& target : simd_targets()) {
          const auto engine = make_cpu_engine(simulation, 1, target);
          engine->start({0, 2});
          std::vector<double> row(2 * block_size);
          std::uint64_t at = 0;
          for (const std::uint64_t step : {1u, 2u, 3u, 4u, 7u, 100u}) {
            engine->advance(at, step);
            at = step;
            for (std::size_t k = 0; k < per_step; ++k) {
              for (std::size_t c = 0; c < dimension; ++c) {
                engine->read_row(k * dimension + c, row);
                for (const std::uint64_t particle : {0u, 1u, 17u, 255u, 256u, 299u}) {
                  const std::uint64_t index = ((step - 1) * per_step + k) * simulation.draws.stride() + c;
                  const double expected =
                      precision == Precision::single ? normal_f32(particle, index) : normal_f64(particle, index);
                  ASSERT_EQ(row[particle], expected) << target << " D " << dimension << " K " << per_step << " step "
                                                     << step << " k " << k << " c " << c << " particle " << particle;
                }
              }
            }
          }
        }
      }
    }
  }
}

TEST(Draws, CrossTheSecondCounterWord) {
  // A run whose Philox block number passes 2^32: the hoisted rounds must follow.
  const Simulation simulation = memory_chain(1, 1, Precision::single);
  const std::uint64_t step = (std::uint64_t{1} << 34) - 2;
  for (const std::string& target : simd_targets()) {
    const auto engine = make_cpu_engine(simulation, 1, target);
    engine->start({0, 1});
    std::vector<double> row(block_size);
    for (std::uint64_t n = step; n < step + 8; ++n) {
      engine->advance(n, n + 1);
      engine->read_row(0, row);
      ASSERT_EQ(row[3], normal_f32(3, n)) << target << " step " << n;
    }
    engine->advance(step, step + 8);
    engine->read_row(0, row);
    EXPECT_EQ(row[3], normal_f32(3, step + 7)) << target;
  }
}

}  // namespace
}  // namespace isotherm::engine
