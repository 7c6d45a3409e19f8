// Online regression in one dimension, x' = x - eta a (a x - z) with a and z normal: the stationary law falls like
// |x|^-k, with k the solution of E |1 - eta a^2|^k = 1 (Kesten 1973), here 2.90397, 2.30169, 1.87055, 1.54640 and
// 1.09083 (by quadrature). Below 2 there is no variance.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "experiment/run.hpp"
#include "output/result_json.hpp"

namespace isotherm {
namespace {

Result regression(double eta) {
  Experiment experiment;
  experiment.loss = "(w*a - z)^2/2";
  experiment.random = {"a=normal:0,1", "z=normal:0,1"};
  experiment.eta = {eta};
  experiment.particles = 4'000'000;
  // A particle that is a factor r farther out than the others came there in about ln(r) / E [m^k ln m] steps, m being
  // |1 - eta a^2|: 24 for r = 1e4 at eta = 1, and fewer at the others.
  experiment.burn_in = 100;
  experiment.steps = 1;
  experiment.init = {{"point", {0}}};
  experiment.histogram = {{AxisRequest{"w", {}, -10, 10, false}}};
  return run(experiment);
}

/// 4000 of 4e6 particles: a standard error of 1.6 %. The tail is a pure power only far out, which brings the larger
/// indices down by some per cent.
void expect_tail(double eta, double index, double relative) {
  const Result result = regression(eta);
  ASSERT_EQ(result.verdict.tails.size(), 1u);
  const TailIndex& tail = result.verdict.tails[0].index;
  EXPECT_EQ(tail.used, 4000u);
  EXPECT_NEAR(tail.value, index, relative * index) << "eta " << eta;
  EXPECT_EQ(result.verdict.has_no_variance(), index < 2);
}

TEST(Tail, OfOnlineRegressionAtSmallerRates) {
  expect_tail(0.5, 2.90397, 0.10);
  expect_tail(0.6, 2.30169, 0.10);
}

TEST(Tail, OfOnlineRegressionWithoutVariance) {
  expect_tail(0.7, 1.87055, 0.05);
  expect_tail(0.8, 1.54640, 0.05);
}

TEST(Tail, NothingIsClaimedOfAVarianceThatDoesNotExist) {
  const Result result = regression(1);
  ASSERT_TRUE(result.verdict.has_no_variance());
  EXPECT_NEAR(result.verdict.tails[0].index.value, 1.09083, 0.05 * 1.09083);
  EXPECT_FALSE(result.verdict.alpha.virial || result.verdict.alpha.corrected_virial);
  EXPECT_NE(result.verdict.statement.find("The tail of w falls like a power of index 1."), std::string::npos);
  EXPECT_NE(result.verdict.statement.find("neither variances nor a temperature are stated"), std::string::npos)
      << result.verdict.statement;
  const auto json =
      output::result_json(result, nlohmann::ordered_json::object(), nlohmann::ordered_json::object(), nullptr);
  EXPECT_FALSE(json["moments"]["w"].contains("variance"));
  EXPECT_FALSE(json["moments"]["loss"].contains("mean"));
  EXPECT_TRUE(json["moments"]["w"].contains("quantiles"));
  EXPECT_FALSE(json.contains("covariance"));
  EXPECT_NEAR(json["tail_index"]["w"]["estimate"], result.verdict.tails[0].index.value, 1e-12);
  EXPECT_TRUE(json["temperature"]["alpha"].empty());
}

}  // namespace
}  // namespace isotherm
