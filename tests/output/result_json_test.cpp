#include "output/result_json.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "output/synthetic_result.hpp"

namespace isotherm::output {
namespace {

using Json = nlohmann::ordered_json;

Json written() {
  const Json experiment = {{"loss", "(x^2+y^2)/2"}};
  const Json files = {{"result", "result.json"}};
  // Through text, because that is where non-finite numbers become null.
  return Json::parse(result_json(synthetic_result(), experiment, files, nullptr).dump());
}

TEST(ResultJson, SaysWhatRan) {
  const Json json = written();
  EXPECT_EQ(json["schema"], "isotherm-result/1");
  EXPECT_EQ(json["experiment"]["loss"], "(x^2+y^2)/2");
  EXPECT_EQ(json["execution"]["particle_steps_per_second"], 2000);
  const Json ensemble = {{"particles", 5}, {"burn_in", 2},   {"steps", 10},
                         {"samples", 2},   {"nonfinite", 1}, {"first_nonfinite_step", 3}};
  EXPECT_EQ(json["ensemble"], ensemble);
  EXPECT_EQ(json["files"]["result"], "result.json");
  EXPECT_EQ(json["warnings"][0], "one particle left");
}

TEST(ResultJson, MomentsAreOfTheLastSnapshot) {
  const Json x = written()["moments"]["x"];
  EXPECT_DOUBLE_EQ(x["mean"], 1.5);
  EXPECT_DOUBLE_EQ(x["variance"], 5.0 / 3);
  EXPECT_DOUBLE_EQ(x["second_moment"], 3.5);
  EXPECT_DOUBLE_EQ(x["fourth_moment"], 24.5);
  EXPECT_NEAR(x["mean_standard_error"], std::sqrt(5.0 / 12), 1e-12);
  EXPECT_NEAR(x["skewness"], 0, 1e-12);
  EXPECT_DOUBLE_EQ(x["quantiles"]["0.5"], 1);
  EXPECT_GT(x["quantiles_standard_errors"]["0.5"], 0);
  EXPECT_EQ(written()["moments"].size(), 3u);
}

TEST(ResultJson, CovarianceIsOfAllParticles) {
  const Json json = written();
  EXPECT_NEAR(json["covariance"][0][0], 5.0 / 3, 1e-12);
  EXPECT_EQ(json["covariance"][0][1], 0);
  EXPECT_EQ(json["covariance_standard_errors"].size(), 2u);
}

TEST(ResultJson, OnlyRequestedSnapshotsAreListed) {
  const Json snapshots = written()["snapshots"];
  ASSERT_EQ(snapshots.size(), 1u);
  EXPECT_EQ(snapshots[0]["step"], 5);
  EXPECT_DOUBLE_EQ(snapshots[0]["time"], 0.5);
  EXPECT_TRUE(snapshots[0]["temperature"].contains("alpha"));
  EXPECT_TRUE(snapshots[0].contains("covariance"));
}

TEST(ResultJson, AbsentEstimatesAreLeftOut) {
  const Json temperature = written()["temperature"];
  EXPECT_DOUBLE_EQ(temperature["reference_alpha"], 0.5);
  EXPECT_DOUBLE_EQ(temperature["effective_temperature"], 0.05);
  EXPECT_EQ(temperature["effective_temperature_formula"], "eta sigma^2 / 2");
  EXPECT_EQ(temperature["alpha"].size(), 1u);
  EXPECT_DOUBLE_EQ(temperature["alpha"]["virial"]["standard_error"], 0.0004);
}

TEST(ResultJson, ComparisonsHaveFloorsOrReasons) {
  const Json comparisons = written()["comparisons"];
  ASSERT_EQ(comparisons.size(), 2u);
  EXPECT_TRUE(comparisons[0]["kl_divergence"].is_null());  // infinite
  EXPECT_DOUBLE_EQ(comparisons[0]["floor"]["wasserstein_1"], 0.04);
  EXPECT_EQ(comparisons[0]["verdict"], "rejected");
  EXPECT_DOUBLE_EQ(comparisons[0]["log10_p_value"], -412.5);
  EXPECT_FALSE(comparisons[0].contains("reason"));
  EXPECT_EQ(comparisons[1]["verdict"], "not applicable");
  EXPECT_EQ(comparisons[1]["reason"], "no temperature gives the measured mean loss");
  EXPECT_FALSE(comparisons[1].contains("kl_divergence"));
  EXPECT_EQ(written()["outcome"]["gibbs"], "rejected");
}

TEST(ResultJson, DiagnosticsThatDoNotApplyAreLeftOut) {
  EXPECT_TRUE(written()["diagnostics"].empty());
  Result result = synthetic_result();
  result.verdict.diagnostics.autocorrelation_time = 19.5;
  result.verdict.diagnostics.burn_in_sufficient = false;
  const Json diagnostics = result_json(result, Json::object(), Json::object(), nullptr)["diagnostics"];
  const Json expected = {{"autocorrelation_time", 19.5}, {"burn_in_sufficient", false}};
  EXPECT_EQ(diagnostics, expected);
}

TEST(PredictionsJson, LeavesOutWhatDoesNotApply) {
  const Json json = predictions_json(synthetic_result().predictions);
  ASSERT_EQ(json.size(), 1u);
  const Json gibbs = json["predictions"][0];
  EXPECT_EQ(gibbs["prediction"], "gibbs");
  EXPECT_DOUBLE_EQ(gibbs["coordinates"]["x"]["variance"], 0.05);
  EXPECT_DOUBLE_EQ(gibbs["coordinates"]["x"]["quantiles"]["0.99"], 0.52);
  EXPECT_TRUE(gibbs["coordinates"]["y"].empty());
  EXPECT_DOUBLE_EQ(gibbs["log_partition_function"], -1.25);
  EXPECT_DOUBLE_EQ(gibbs["covariance"][1][1], 0.05);
  EXPECT_EQ(gibbs["probabilities"]["x"]["values"].size(), 4u);
  EXPECT_EQ(gibbs["probabilities"]["x"]["axes"][0]["bins"], 2);
  const Json refused = json["predictions"][1];
  EXPECT_EQ(refused.size(), 2u);
  EXPECT_EQ(refused["not_applicable"], "no temperature gives the measured mean loss");
}

}  // namespace
}  // namespace isotherm::output
