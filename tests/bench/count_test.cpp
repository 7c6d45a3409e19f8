// Counts of arithmetic, against counts by hand from the algorithms.

#include "bench/count.hpp"

#include <gtest/gtest.h>

#include "experiment/plan.hpp"

namespace {

using namespace isotherm;
using namespace isotherm::bench;

const InstructionSet avx512 = instruction_set("AVX3"), avx2 = instruction_set("AVX2");

engine::Simulation simulation(const std::string& loss, const std::string& dynamics = "sgd",
                              const std::string& noise = "gaussian", Precision precision = Precision::single) {
  Experiment experiment;
  experiment.loss = loss;
  experiment.dynamics = dynamics;
  experiment.noise = noise;
  experiment.eta = {0.05};
  experiment.precision = precision;
  experiment.burn_in = 0;
  experiment.steps = 100;
  experiment.thinning = 10;
  experiment.init = {{"normal", {0, 1}}};
  experiment.histogram = {{AxisRequest{"x", 256, -2, 2, false}}};
  return make_plan(experiment).simulation;
}

TEST(Count, PhiloxHasSixteenProductsOfEachParticle) {
  // Eight rounds of two products remain after those that depend on the particle alone. In float a vector of particles
  // is two of 64-bit products.
  for (const InstructionSet& instructions : {avx512, avx2}) {
    EXPECT_EQ(Counter(Precision::single, instructions).philox_block()[Kind::integer_multiply], 2 * 16);
    EXPECT_EQ(Counter(Precision::twofold, instructions).philox_block()[Kind::integer_multiply], 16);
  }
  EXPECT_EQ(Counter(Precision::single, cuda_instructions).philox_block()[Kind::integer_multiply], 16);
}

TEST(Count, PhiloxWords) {
  // Each of rounds 2 to 8 takes the high halves of two products, and the last one joins even and odd particles in six
  // words. Of three exclusive ors one instruction is enough with AVX-512: three with a constant alone in round 2 and
  // two before it, two in each of six rounds, one in round 2 and two in the last.
  const Operations words = Counter(Precision::single, avx512).philox_block();
  EXPECT_EQ(words[Kind::shift], 14);
  EXPECT_EQ(words[Kind::shuffle], 14 + 6);
  EXPECT_EQ(words[Kind::logic], 2 * (3 + 13) + 2);
  EXPECT_EQ(words[Kind::select], 0);
  const Operations without = Counter(Precision::single, avx2).philox_block();
  EXPECT_EQ(without[Kind::logic], 2 * (3 + 2 * 13) + 2 * 2);
  EXPECT_EQ(without[Kind::select], 6);
}

TEST(Count, Normals) {
  // Of each pair in float: polynomials of 8, 4 and 5 coefficients are 7, 3 and 4 multiply-adds; five join them; nine
  // products or multiply-adds surround them; one root.
  const Operations four = Counter(Precision::single, avx512).numbers_of_block(random::Law::normal);
  EXPECT_EQ(four[Kind::root], 2);
  EXPECT_EQ(four[Kind::convert], 6);
  EXPECT_EQ(four[Kind::fused], 2 * (7 + 3 + 4 + 10));
  EXPECT_EQ(four[Kind::divide], 0);
  const Operations two = Counter(Precision::twofold, avx512).numbers_of_block(random::Law::normal);
  EXPECT_EQ(two[Kind::root], 1);
}

TEST(Count, SignsAreTwoOperations) {
  const Operations sign = Counter(Precision::single, avx512).sign();
  EXPECT_EQ(sign[Kind::shift], 1);
  EXPECT_EQ(sign[Kind::logic], 1);
  EXPECT_EQ(sign.total(), 2);
  EXPECT_EQ(Counter(Precision::single, avx2).sign().total(), 3);
}

TEST(Count, EveryOpcodeIsSomething) {
  for (const Precision precision : {Precision::single, Precision::twofold})
    for (std::size_t code = 0; code < loss::opcode_count; ++code)
      EXPECT_GT(Counter(precision, avx512).operation(static_cast<loss::OpCode>(code)).total(), 0)
          << loss::opcode_name[code];
  const Counter counter(Precision::single, avx512);
  for (const loss::OpCode code : {loss::OpCode::add, loss::OpCode::mul, loss::OpCode::fma, loss::OpCode::fnma,
                                  loss::OpCode::div, loss::OpCode::sqrt, loss::OpCode::neg, loss::OpCode::abs})
    EXPECT_EQ(counter.operation(code).total(), 1) << loss::name(code);
  EXPECT_EQ(counter.operation(loss::OpCode::fma)[Kind::fused], 1);
  EXPECT_EQ(counter.operation(loss::OpCode::sub)[Kind::add], 1);
  EXPECT_EQ(counter.operation(loss::OpCode::less_select)[Kind::select], 2);
}

TEST(Count, StepOfTheDoubleWell) {
  // x - eta (x (x^2 - 1) + sigma xi) is four operations, all of them products or multiply-adds.
  const Counter counter(Precision::single, avx512);
  const engine::Simulation well = simulation("double-well");
  const Operations tape = counter.program(well.step);
  EXPECT_EQ(tape.total(), 4);
  EXPECT_EQ(tape[Kind::fused], 4);
  // Four steps share a Philox block.
  Operations block = counter.philox_block();
  block += counter.numbers_of_block(random::Law::normal);
  EXPECT_DOUBLE_EQ(counter.numbers(well).total(), block.total() / 4);
  // One sample in ten steps.
  const Operations step = counter.step(well);
  EXPECT_DOUBLE_EQ(step.increments, 0.1);
  EXPECT_DOUBLE_EQ(step.total(), 4 + block.total() / 4 + 0.1 * counter.bin(false).total());
}

TEST(Count, NumbersOfOtherLaws) {
  // 128 steps share a block of signs.
  const Counter counter(Precision::single, avx512);
  EXPECT_DOUBLE_EQ(counter.numbers(simulation("double-well", "sgd", "rademacher")).total(),
                   2 + counter.philox_block().total() / 128);
  EXPECT_EQ(counter.numbers(simulation("double-well", "gradient-flow")).total(), 0);
  // Two steps share a block of numbers in double.
  const Counter twofold(Precision::twofold, avx512);
  Operations block = twofold.philox_block();
  block += twofold.numbers_of_block(random::Law::normal);
  EXPECT_DOUBLE_EQ(twofold.numbers(simulation("double-well", "sgd", "gaussian", Precision::twofold)).total(),
                   block.total() / 2);
}

TEST(Count, JointHistogramsIncrementOnce) {
  Experiment experiment;
  experiment.loss = "quadratic";
  experiment.set["dimension"] = "2";
  experiment.eta = {0.05};
  experiment.burn_in = 0;
  experiment.init = {{"normal", {0, 1}}};
  experiment.histogram = {{AxisRequest{"x1", 16, -2, 2, false}, AxisRequest{"x2", 16, -2, 2, true}}};
  const Counter counter(Precision::single, avx512);
  const Operations sample = counter.observation(make_plan(experiment).simulation);
  EXPECT_EQ(sample.increments, 1);
  EXPECT_EQ(sample.total(), counter.bin(false).total() + counter.bin(true).total());
}

TEST(Count, ExamplesAreCountedByTheBatch) {
  Experiment experiment;
  experiment.loss = "(w1*dose + w2*age - response)^2/2";
  experiment.data = std::string(ISOTHERM_TEST_DATA) + "/tables/linear.csv";
  experiment.init = {{"normal", {0, 1}}};
  experiment.burn_in = 0;
  experiment.batch_size = 8;
  for (const Precision precision : {Precision::single, Precision::twofold}) {
    experiment.precision = precision;
    const engine::Simulation simulation = make_plan(experiment).simulation;
    const Operations batch = Counter(precision, avx512).examples(simulation);
    // Two multiply-adds for the residual, two for the sums. A quarter of a Philox block for each row, and
    // a number of 64 bits that is multiplied in two halves: of words in vectors of even and of odd particles.
    EXPECT_EQ(batch[Kind::fused], 8 * 4);
    const double vectors = precision == Precision::single ? 1 : 0.5;
    EXPECT_EQ(batch[Kind::integer_multiply], 8 * vectors * (32.0 / 4 + 4));
    EXPECT_EQ(examples_per_step(simulation.batch), 8);
  }
}

TEST(Count, TheLastBatchOfAnEpochIsShort) {
  engine::Batch batch;
  loss::Examples table;
  table.rows = 100;
  batch.table = std::make_shared<const loss::Examples>(table);
  batch.size = 30;
  batch.sampling = engine::Sampling::reshuffle;
  EXPECT_EQ(examples_per_step(batch), 25);
}

}  // namespace
