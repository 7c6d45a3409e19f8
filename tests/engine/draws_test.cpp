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

// Number `index` of a particle, by the definition, in one lane. Signs come from the words themselves.
#define ISOTHERM_TEST_NUMBER(lane)                                                                          \
  double number_##lane(DrawLayout::Law law, std::uint64_t particle, std::uint64_t index) {                  \
    using namespace scalar::lane;                                                                           \
    const bool sign = law == DrawLayout::Law::sign;                                                         \
    const Keys keys = make_keys(seed);                                                                      \
    const std::uint64_t sequence = subsequence(particle), block = index / (sign ? 128 : numbers_per_block); \
    I words[4];                                                                                             \
    philox(hoist(sequence, static_cast<std::uint32_t>(block >> 32), keys), block, sequence, keys, words);   \
    if (sign) {                                                                                             \
      const auto word = static_cast<std::uint32_t>(words[index % 128 / 32].v);                              \
      return (word >> (index % 32) & 1) != 0 ? -1 : 1;                                                      \
    }                                                                                                       \
    F out[numbers_per_block];                                                                               \
    law == DrawLayout::Law::normal ? normals(words, out) : uniforms(words, out);                            \
    return static_cast<real>(out[index % numbers_per_block]);                                               \
  }
ISOTHERM_TEST_NUMBER(f32)
ISOTHERM_TEST_NUMBER(f64)
#undef ISOTHERM_TEST_NUMBER

double number(Precision precision, DrawLayout::Law law, std::uint64_t particle, std::uint64_t index) {
  return precision == Precision::single ? number_f32(law, particle, index) : number_f64(law, particle, index);
}

constexpr DrawLayout::Law laws[] = {DrawLayout::Law::normal, DrawLayout::Law::uniform, DrawLayout::Law::sign};

/// A draw of a step.
struct Draw {
  std::size_t k, c;
};

std::vector<Draw> all_draws(std::size_t dimension, std::size_t per_step) {
  std::vector<Draw> draws;
  for (std::size_t k = 0; k < per_step; ++k)
    for (std::size_t c = 0; c < dimension; ++c) draws.push_back({k, c});
  return draws;
}

/// A chain that remembers these draws of its last step, one in each state row.
Simulation memory_chain(const DrawLayout& layout, const std::vector<Draw>& draws, Precision precision) {
  Simulation simulation;
  simulation.particles = 300;  // a ragged second block
  simulation.seed = seed;
  simulation.dimension = layout.dimension;
  simulation.state_rows = draws.size();
  simulation.precision = precision;
  simulation.steps = 100;
  simulation.draws = layout;
  simulation.start_draws.law = DrawLayout::Law::none;
  loss::Graph graph;
  std::vector<loss::NodeId> zeros(draws.size(), graph.literal(0)), next;
  for (const Draw& draw : draws) next.push_back(graph.draw(draw.k * layout.stride() + draw.c));
  simulation.start = loss::lower(graph, zeros);
  simulation.step = loss::lower(graph, next);
  simulation.observe = loss::lower(graph, std::vector<loss::NodeId>{});
  simulation.start_constants = loss::evaluate_constants(graph, simulation.start, {}, {});
  simulation.step_constants = loss::evaluate_constants(graph, simulation.step, {}, {});
  return simulation;
}

/// Every row holds the numbers of step `step`, which the chain has just made.
void expect_numbers(const Engine& engine, const Simulation& simulation, const std::vector<Draw>& draws,
                    std::uint64_t step, const std::string& what) {
  std::vector<double> row(2 * block_size);
  for (std::size_t r = 0; r < draws.size(); ++r) {
    engine.read_row(r, row);
    const std::uint64_t index =
        ((step - 1) * simulation.draws.per_step + draws[r].k) * simulation.draws.stride() + draws[r].c;
    for (const std::uint64_t particle : {0u, 1u, 17u, 255u, 256u, 299u})
      ASSERT_EQ(row[particle], number(simulation.precision, simulation.draws.law, particle, index))
          << what << ", law " << static_cast<int>(simulation.draws.law) << ", D " << simulation.dimension << ", K "
          << simulation.draws.per_step << ", step " << step << ", draw " << draws[r].k << ", coordinate " << draws[r].c
          << ", particle " << particle;
  }
}

/// Goes to each of these steps in turn, and looks.
void expect_numbers_at(const Simulation& simulation, const std::vector<Draw>& draws,
                       const std::vector<std::uint64_t>& stops) {
  for (const std::string& target : simd_targets()) {
    const auto engine = make_cpu_engine(simulation, 1, target);
    engine->start({0, 2});
    std::uint64_t at = 0;
    for (const std::uint64_t stop : stops) {
      engine->advance(at, stop);
      expect_numbers(*engine, simulation, draws, stop, target);
      at = stop;
    }
  }
}

TEST(Draws, FollowTheLayoutForEveryDimensionAndNumberOfDraws) {
  for (const DrawLayout::Law law : laws)
    for (const Precision precision : {Precision::single, Precision::twofold})
      for (const std::size_t dimension : {1u, 2u, 3u, 4u, 5u, 9u})
        for (const std::size_t per_step : {1u, 2u, 3u}) {
          const std::vector<Draw> draws = all_draws(dimension, per_step);
          const Simulation simulation =
              memory_chain({law, random::Purpose::gradient_noise, per_step, dimension}, draws, precision);
          expect_numbers_at(simulation, draws, {1, 2, 3, 4, 7, 100, 127, 128, 129, 300});
        }
}

TEST(Draws, FollowTheLayoutWhereTheyFillManyBlocks) {
  // 36 numbers a step: 32 steps and 9 blocks of signs are a group. 999 are 1000: 16 steps and 125 blocks.
  for (const DrawLayout::Law law : laws)
    for (const Precision precision : {Precision::single, Precision::twofold})
      for (const auto& [dimension, per_step] : {std::pair<std::size_t, std::size_t>{12, 3}, {999, 1}, {1, 50}}) {
        const std::vector<Draw> draws = all_draws(dimension, per_step);
        const Simulation simulation =
            memory_chain({law, random::Purpose::gradient_noise, per_step, dimension}, draws, precision);
        expect_numbers_at(simulation, draws, {1, 33});
      }
}

TEST(Draws, AreTheSameWhereOnlySomeAreRead) {
  for (const DrawLayout::Law law : laws)
    for (const Precision precision : {Precision::single, Precision::twofold})
      for (const std::vector<Draw>& draws :
           {std::vector<Draw>{{0, 0}, {2, 1}}, {{1, 8}}, {{2, 0}, {1, 4}, {0, 7}, {2, 7}}}) {
        const Simulation simulation = memory_chain({law, random::Purpose::gradient_noise, 3, 9}, draws, precision);
        expect_numbers_at(simulation, draws, {1, 2, 3, 32, 33, 70});
      }
}

TEST(Draws, CrossTheSecondCounterWord) {
  // A run whose Philox block number passes 2^32: the hoisted rounds must follow.
  const std::vector<Draw> draws = {{0, 0}};
  for (const DrawLayout::Law law : laws) {
    const Simulation simulation = memory_chain({law, random::Purpose::gradient_noise, 1, 1}, draws, Precision::single);
    const std::uint64_t step = (std::uint64_t{1} << (law == DrawLayout::Law::sign ? 39 : 34)) - 2;
    for (const std::string& target : simd_targets()) {
      const auto engine = make_cpu_engine(simulation, 1, target);
      engine->start({0, 2});
      for (std::uint64_t n = step; n < step + 8; ++n) {
        engine->advance(n, n + 1);
        expect_numbers(*engine, simulation, draws, n + 1, target);
      }
      engine->advance(step, step + 8);
      expect_numbers(*engine, simulation, draws, step + 8, target);
    }
  }
}

TEST(Draws, OfAGroupWhoseBlocksCrossTheSecondCounterWord) {
  // 50 signs a step: a group is 64 steps and 25 blocks, and that which holds block 2^32 begins before it.
  const std::vector<Draw> draws = all_draws(1, 50);
  for (const DrawLayout::Law law : laws) {
    const Simulation simulation = memory_chain({law, random::Purpose::gradient_noise, 50, 1}, draws, Precision::single);
    const std::uint64_t step = (std::uint64_t{1} << (law == DrawLayout::Law::sign ? 39 : 34)) / 50;
    for (const std::string& target : simd_targets()) {
      const auto engine = make_cpu_engine(simulation, 1, target);
      engine->start({0, 2});
      engine->advance(step - 2, step + 1);
      expect_numbers(*engine, simulation, draws, step + 1, target);
      engine->advance(step, step + 2);
      expect_numbers(*engine, simulation, draws, step + 2, target);
    }
  }
}

}  // namespace
}  // namespace isotherm::engine
