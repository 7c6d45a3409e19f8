// Which batches have the form of least squares, and what is read from them.

#include "engine/cpu/linear_batch.hpp"

#include <gtest/gtest.h>

#include "experiment/plan.hpp"

namespace isotherm::engine::cpu {
namespace {

std::optional<LinearBatch> form_of(const std::string& loss, const std::string& table = "linear") {
  Experiment experiment;
  experiment.loss = loss;
  experiment.data = std::string(ISOTHERM_TEST_DATA) + "/tables/" + table + ".csv";
  experiment.init = {{"normal", {0, 1}}};
  experiment.burn_in = 0;
  experiment.backend = Backend::cpu;
  const engine::Simulation simulation = make_plan(experiment).simulation;
  return linear_batch(simulation.batch.program, simulation.state_rows);
}

TEST(LinearBatch, TheColumnsFollowTheTerms) {
  // dose, age, response are columns 0, 1, 2.
  const std::optional<LinearBatch> form = form_of("(w1*age + w2*dose - response)^2/2");
  ASSERT_TRUE(form);
  EXPECT_EQ(form->terms, 2);
  ASSERT_EQ(form->columns.size(), 3u);
  EXPECT_EQ(form->columns.back(), 2u);
  EXPECT_EQ(form->start, LinearBatch::Start::target);
  EXPECT_TRUE(form->negative_start);
  // Weight w1 is state row 0 and its sum the first after both weights.
  for (int k = 0; k < 2; ++k) {
    EXPECT_EQ(form->weights[k], form->columns[static_cast<std::size_t>(k)] == 1 ? 0u : 1u);
    EXPECT_EQ(form->sums[k], 2 + form->weights[k]);
  }
}

TEST(LinearBatch, FormsOfLeastSquares) {
  for (const char* loss : {"(w1*dose - response)^2/2", "(response - w1*dose)^2",
                           "(w0 + w1*dose + w2*age - response)^2/2", "(w1*dose + w2*age)^2/2"})
    EXPECT_TRUE(form_of(loss)) << loss;
  const std::optional<LinearBatch> form = form_of("(w0 + w1*dose + w2*age - response)^2/2");
  ASSERT_TRUE(form);
  EXPECT_EQ(form->start, LinearBatch::Start::intercept);
  EXPECT_TRUE(form->target_last);
  EXPECT_TRUE(form->negative_last);
  EXPECT_EQ(form->intercept_sum, 3 + form->intercept);
}

TEST(LinearBatch, NineTermsAndAnIntercept) {
  std::string many;
  for (int c = 1; c <= 9; ++c) many += "w" + std::to_string(c) + "*c" + std::to_string(c) + " + ";
  EXPECT_TRUE(form_of("(" + many + "w0 - out)^2/2", "wide"));
}

TEST(LinearBatch, OtherFormsAreNone) {
  for (const char* loss :
       {"log(cosh(w1*dose + w2*age - response))", "(w1*w2*dose - response)^2/2", "(w1*dose + w1*age - response)^2/2",
        "(w1*dose*age - response)^2/2", "(w - response)^2/2", "(w1*dose - response)^2/2 + (w2*age - response)^2/2"})
    EXPECT_FALSE(form_of(loss)) << loss;
}

}  // namespace
}  // namespace isotherm::engine::cpu
