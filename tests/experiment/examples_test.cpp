// Plans with examples: what is read, what is refused, and what observing costs.

#include "experiment/examples.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "experiment/plan.hpp"
#include "experiment/refusal.hpp"
#include "experiment/shared_tables.hpp"

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

TEST(ExamplePlans, BlanksAroundAModelsNameAreIgnored) {
  Experiment e = regression();
  e.loss = " linear-regression ";
  const Plan plan = make_plan(e);
  EXPECT_EQ(plan.experiment.loss, "linear-regression");
  EXPECT_EQ(plan.experiment.target, "response");
}

/// A step of SGLD has the variance dt^2 Sigma of its batch and eta dt sigma^2 of its own noise: T = eta sigma^2 / 2 +
/// dt Sigma / 2. For y = -1 or 1 one example has Sigma = 1 everywhere.
TEST(ExamplePlans, TemperatureOfSgld) {
  Experiment e;
  e.loss = "(x - y)^2/2";
  e.random = {"y=rademacher"};
  e.dynamics = "langevin";
  e.eta = {0.01};
  e.dt = 0.001;
  e.sigma = "3";
  e.batch_size = 4;
  const Plan plan = make_plan(e);
  EXPECT_DOUBLE_EQ(plan.scales.temperature, 0.01 * 9 / 2 + 0.001 / 4 / 2);
  EXPECT_NE(plan.scales.known_as.find("SGLD"), std::string::npos);
  e.dynamics = "sgd";
  e.dt.reset();
  EXPECT_DOUBLE_EQ(make_plan(e).scales.temperature, 0.01 * (9 + 0.25) / 2);
}

TEST(ExamplePlans, ShareTablesThatAreTheSame) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("isotherm-shared-" + std::to_string(getpid()) + ".csv");
  const auto write = [&](const std::string& text) { std::ofstream(path) << "a,b\n1,2\n2,3\n" << text; };
  write("3,5\n");
  Experiment e = regression();
  e.loss = "(w*a - b)^2/2";
  e.data = path.string();
  const auto alone = plan_examples(e).table;
  EXPECT_NE(plan_examples(e).table, alone);
  std::shared_ptr<const loss::Examples> first;
  {
    const SharedTables shared;
    first = plan_examples(e).table;
    EXPECT_EQ(first->values, alone->values);
    EXPECT_EQ(plan_examples(e).table, first);
    Experiment scaled = e, other = e;
    scaled.standardize = true;
    EXPECT_NE(plan_examples(scaled).table->values, first->values);
    other.loss = "(w - b)^2/2";
    EXPECT_EQ(plan_examples(other).table->names, std::vector<std::string>{"b"});
    EXPECT_EQ(plan_examples(e).table, first);
    write("3,5\n4,5\n");
    EXPECT_EQ(plan_examples(e).table->rows, 4u);
  }
  EXPECT_NE(plan_examples(e).table, first);
  std::filesystem::remove(path);
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

TEST(ExamplePlans, AStepOfSeveralGradientsTakesAsManyBatches) {
  Experiment e = regression();
  e.sampling = "reshuffle";
  e.batch_size = 30;  // 80 = 30 + 30 + 20
  e.gradient_weights = {1, 3};
  const engine::Batch batch = make_plan(e).simulation.batch;
  EXPECT_EQ(batch.per_step(), 2u);
  EXPECT_EQ(batch.weight_column(), 3u);
  EXPECT_EQ(batch.size_of_step(2), 20u);
  EXPECT_EQ(batch.first_example(4), 110u);
  EXPECT_DOUBLE_EQ(batch.weight(2), 0.25 / 20);
  EXPECT_DOUBLE_EQ(batch.weight(3), 0.75 / 30);
}

TEST(ExamplePlans, RowsMayHaveFreshNumbersBesideThem) {
  Experiment e = regression();
  e.loss = "(w0 + w1*(dose + j) + w2*age - response - e)^2/2";
  e.random = {"e=normal:0,0.5", "j=uniform:-1,1"};
  const Plan plan = make_plan(e);
  const loss::Examples& all = *plan.problem->examples();
  EXPECT_EQ(all.names, (std::vector<std::string>{"dose", "age", "response", "e", "j"}));
  EXPECT_EQ(all.rows % 80, 0u);
  double sum = 0, second = 0;
  for (std::size_t r = 0; r < all.rows; ++r)
    sum += all.weight(r), second += all.weight(r) * std::pow(all.value(r, 4), 2);
  EXPECT_NEAR(sum, 1, 1e-12);
  EXPECT_NEAR(second, 1.0 / 3, 1e-12);
  const engine::Batch& batch = plan.simulation.batch;
  EXPECT_EQ(batch.table->columns(), 3u);
  ASSERT_EQ(batch.fresh.size(), 2u);
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

TEST(ExamplePlans, ModelsTakeAllColumnsUnlessToldOtherwise) {
  Experiment e = regression();
  e.loss = "linear-regression";
  Plan plan = make_plan(e);
  EXPECT_EQ(plan.experiment.target, "response");
  EXPECT_EQ(plan.experiment.features, (std::vector<std::string>{"dose", "age"}));
  EXPECT_EQ(plan.experiment.coordinates, (std::vector<std::string>{"b", "w1", "w2"}));
  // What the plan says of itself is an experiment that gives the same plan.
  const Plan again = make_plan(plan.experiment);
  EXPECT_EQ(again.experiment.coordinates, plan.experiment.coordinates);
  EXPECT_EQ(again.problem->values(), plan.problem->values());
  e.target = "dose - 1";
  plan = make_plan(e);
  EXPECT_EQ(plan.experiment.features, (std::vector<std::string>{"age", "response"}));
  e.features = {"age", "age^2"};
  EXPECT_EQ(make_plan(e).problem->examples()->names, (std::vector<std::string>{"dose", "age"}));
}

TEST(ExamplePlans, ModelsOfManyCoordinates) {
  const std::string path = testing::TempDir() + "isotherm_many_columns.csv";
  for (const int features : {49, 255}) {
    std::ofstream file(path);
    for (int c = 0; c < features; ++c) file << "a" << c << ",";
    file << "y\n";
    for (int r = 0; r < 300; ++r) {
      for (int c = 0; c < features; ++c) file << std::sin((r + 1) * (c + 2)) << ",";
      file << (r % 2) << "\n";
    }
    file.close();
    for (const char* model : {"linear-regression", "logistic-regression"}) {
      Experiment e = regression();
      e.loss = model;
      e.data = path;
      EXPECT_EQ(make_plan(e, true).problem->dimension(), static_cast<std::size_t>(features) + 1) << model;
    }
  }
  std::remove(path.c_str());
}

TEST(ExamplePlans, ModelsOfRowsWithFreshNumbers) {
  Experiment e = regression();
  e.loss = "linear-regression";
  e.target = "response + e";
  e.random = {"e=normal:0,0.5"};
  EXPECT_EQ(make_plan(e).experiment.features, (std::vector<std::string>{"dose", "age"}));
  e.data.clear();
  e.target.clear();
  e.random = {"a,b=gaussian:0,0;2,.6;.6,1", "y=normal:0,0.7"};
  const Plan online = make_plan(e);
  EXPECT_EQ(online.experiment.target, "y");
  EXPECT_EQ(online.experiment.features, (std::vector<std::string>{"a", "b"}));
}

TEST(ExamplePlans, LabelsThatAreNoneSayWhereTheyStand) {
  test::expect_refusal(
      regression(), [](Experiment& e) { e.loss = "logistic-regression"; },
      {"linear.csv, line 2, column 'response': 0.580147 is no label of logistic-regression; labels are 0 "
       "and 1, or -1 and 1"});
}

TEST(ExamplePlans, RefusalsSayWhatWouldBeRight) {
  using test::expect_refusal;
  expect_refusal(regression(), [](Experiment& e) { e.loss = "x^2"; },
                 {"--loss: 'x^2' uses no column of", "linear.csv, which has dose, age, response"});
  expect_refusal(regression(), [](Experiment& e) { e.loss = "double-well"; },
                 {"--loss double-well: a named loss knows no columns of data", "(w*a - b)^2/2", "linear-regression"});
  expect_refusal(regression(), [](Experiment& e) { e.sampling = "reshuffle", e.batch_size = 81; },
                 {"--batch-size 81: ", "linear.csv has 80 rows", "at most 80, or --sampling with-replacement"});
  expect_refusal(regression(), [](Experiment& e) { e.random = {"dose=normal"}; },
                 {"--random dose: 'dose' is also a column of", "choose another name"});
  expect_refusal(regression(),
                 [](Experiment& e) {
                   e.histogram = {{AxisRequest{"epoch-position", {}, {}, {}, false}}};
                 },
                 {"--histogram: epoch-position: there are no epochs; give --data and --sampling reshuffle"});
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
