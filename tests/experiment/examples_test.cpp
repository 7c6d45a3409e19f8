// Plans with examples: what is read, what is refused, and what observing costs.

#include <gtest/gtest.h>

#include "experiment/plan.hpp"
#include "experiment/refusal.hpp"

namespace isotherm {
namespace {

const std::string tables = std::string(ISOTHERM_TEST_DATA) + "/tables/";

Experiment regression() {
  Experiment e;
  e.loss = "(w0 + w1*dose + w2*age - response)^2/2";
  e.data = tables + "linear.csv";
  e.eta = {0.05};
  e.particles = 1000;
  e.steps = 10;
  e.burn_in = 10;
  return e;
}

Experiment classifier() {
  Experiment e = regression();
  e.loss = "log1p(exp(-label*(w0 + w1*left + w2*right)))";
  e.data = tables + "binary.csv";
  return e;
}

TEST(ExamplePlans, KeepOnlyTheColumnsThatTheLossUses) {
  Experiment e = regression();
  e.loss = "(w*dose - response)^2/2";
  const Plan plan = make_plan(e);
  EXPECT_EQ(plan.problem->examples()->names, (std::vector<std::string>{"dose", "response"}));
  EXPECT_EQ(plan.problem->examples()->rows, 80u);
  EXPECT_EQ(plan.simulation.batch.sums(), 1u);
  EXPECT_TRUE(plan.simulation.observe_data.empty());
  EXPECT_TRUE(plan.snapshot.data.empty());
}

TEST(ExamplePlans, TheLastBatchOfAnEpochIsWhatIsLeft) {
  Experiment e = regression();
  e.sampling = "reshuffle";
  e.batch_size = 7;  // 80 = 11 * 7 + 3
  const Plan plan = make_plan(e);
  const engine::Batch& batch = plan.simulation.batch;
  EXPECT_EQ(batch.steps_per_epoch(), 12u);
  EXPECT_EQ(batch.size_of_step(10), 7u);
  EXPECT_EQ(batch.size_of_step(11), 3u);
  EXPECT_EQ(batch.first_position(11), 77u);
  EXPECT_EQ(batch.size_of_step(12), 7u);
  ASSERT_TRUE(plan.simulation.fill_step_constants);
}

TEST(ExamplePlans, StandardizedColumnsHaveMeanZero) {
  Experiment e = regression();
  e.standardize = true;
  const Plan plan = make_plan(e);
  const loss::Examples& examples = *plan.problem->examples();
  for (std::size_t c = 0; c < examples.columns(); ++c) {
    double sum = 0, square = 0;
    for (std::size_t r = 0; r < examples.rows; ++r) {
      sum += examples.value(r, c);
      square += examples.value(r, c) * examples.value(r, c);
    }
    EXPECT_NEAR(sum, 0, 1e-12);
    EXPECT_NEAR(square, 80, 1e-10);
  }
}

TEST(ExamplePlans, LossesThatAreSumsAreObservedWhereThatIsAffordable) {
  Experiment e = classifier();
  EXPECT_EQ(make_plan(e).experiment.histogram.size(), 4u);
  e.particles = 100'000'000;  // 200 rows at each
  const Plan many = make_plan(e);
  EXPECT_EQ(many.experiment.histogram.size(), 3u);
  EXPECT_FALSE(many.scales.corrected_virial_applies);
  test::expect_refusal(e, [](Experiment& many_more) { many_more.particles = 10'000'000'000; },
                       {"--particles 10000000000: ", "a sum over 200 rows at every particle"});
}

TEST(ExamplePlans, RefusalsSayWhatWouldBeRight) {
  using test::expect_refusal;
  expect_refusal(regression(), [](Experiment& e) { e.loss = "x^2"; },
                 {"--loss: 'x^2' uses no column of", "linear.csv, which has dose, age, response"});
  expect_refusal(regression(), [](Experiment& e) { e.loss = "double-well"; },
                 {"--loss double-well: a named loss knows no columns of data", "(w*a - b)^2/2"});
  expect_refusal(regression(), [](Experiment& e) { e.sampling = "reshuffle", e.batch_size = 81; },
                 {"--batch-size 81: ", "linear.csv has 80 rows", "at most 80, or --sampling with-replacement"});
  expect_refusal(regression(), [](Experiment& e) { e.random = {"a=normal"}; }, {"--data and --random both"});
  expect_refusal(regression(),
                 [](Experiment& e) {
                   e.gradient_weights = {0.5, 0.5};
                 },
                 {"--gradient-weights: ", "would share its examples"});
  for (const char* rule : {"heun", "mala", "underdamped"})
    expect_refusal(regression(), [rule](Experiment& e) { e.dynamics = rule; }, {"--dynamics " + std::string(rule)});
  Experiment plain = regression();
  plain.data.clear();
  plain.loss = "x^2";
  expect_refusal(plain, [](Experiment& e) { e.standardize = true; }, {"--standardize: there are no data"});
  expect_refusal(plain, [](Experiment& e) { e.sampling = "reshuffle"; }, {"--sampling: there are no data"});
}

}  // namespace
}  // namespace isotherm
