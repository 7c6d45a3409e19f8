#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "output/histogram_files.hpp"
#include "output/synthetic_result.hpp"

namespace isotherm::output {
namespace {

using Json = nlohmann::ordered_json;

TEST(Uhi, CountsAreSummedOverGroupsUnderflowFirst) {
  const Json json = uhi_json(synthetic_result().measurement.histograms.front());
  EXPECT_EQ(json["uhi_schema"], 1);
  EXPECT_EQ(json["storage"]["values"], Json({1, 4, 2, 1}));
  EXPECT_EQ(json["metadata"]["nonfinite"], 2);
  EXPECT_EQ(json["metadata"]["_variance_known"], true);
  EXPECT_EQ(json["writer_info"]["isotherm"]["version"], ISOTHERM_VERSION);
  const Json axis = json["axes"][0];
  EXPECT_EQ(axis["type"], "regular");
  EXPECT_EQ(axis["bins"], 2);
  EXPECT_EQ(axis["lower"], -1);
  EXPECT_EQ(axis["underflow"], true);
  EXPECT_EQ(axis["overflow"], true);
  EXPECT_EQ(axis["circular"], false);
  EXPECT_EQ(axis["metadata"]["name"], "x");
}

TEST(Uhi, TimeAveragesHaveVariancesByBatchMeansAndSnapshotsThoseOfPoisson) {
  const Measurement measurement = synthetic_result().measurement;
  const Json average = uhi_json(measurement.histograms.front()), snapshot = uhi_json(measurement.last().histograms[0]);
  EXPECT_EQ(average["storage"]["type"], "weighted");
  // Groups of 4 and 4 entries with shares (0, 1/2, 1/4, 1/4) and (1/4, 1/2, 1/4, 0): a share's mean moves by 1/8.
  EXPECT_EQ(average["storage"]["variances"], Json({1.0, 0.0, 0.0, 1.0}));
  EXPECT_EQ(snapshot["storage"]["type"], "int");
  EXPECT_FALSE(snapshot["storage"].contains("variances"));
  Histogram ungrouped = measurement.histograms.front();
  ungrouped.groups = 1;
  ungrouped.counts = ungrouped.nonfinite = {1, 4, 2, 1};
  EXPECT_EQ(uhi_json(ungrouped)["metadata"]["_variance_known"], false);
}

TEST(Uhi, TwoAxesAreNestedInCOrder) {
  Histogram joint;
  joint.name = "x,y";
  joint.axes = {{"x", 1, 0, 1, false}, {"y", 2, 0, 1, false}};
  for (std::uint64_t i = 0; i < 12; ++i) joint.counts.push_back(i);
  joint.nonfinite = {0};
  const Json values = uhi_json(joint)["storage"]["values"];
  EXPECT_EQ(values, Json({{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9, 10, 11}}));
}

TEST(Uhi, PeriodicAxesHaveNoUnderflowAndOneBinMore) {
  Histogram joint;
  joint.name = "x,y";
  joint.axes = {{"x", 2, 0, 1, true}, {"y", 1, 0, 1, false}};
  joint.counts = {0, 0, 0, /**/ 1, 2, 3, /**/ 4, 5, 6, /**/ 0, 0, 0};
  joint.nonfinite = {0};
  const Json json = uhi_json(joint);
  EXPECT_EQ(json["axes"][0]["underflow"], false);
  EXPECT_EQ(json["axes"][0]["circular"], true);
  EXPECT_EQ(json["storage"]["values"], Json({{1, 2, 3}, {4, 5, 6}, {0, 0, 0}}));
}

TEST(Uhi, AFileHoldsEveryHistogramByName) {
  const Result result = synthetic_result();
  const Json json = uhi_json(all_histograms(result.measurement));
  std::vector<std::string> names;
  for (const auto& [name, histogram] : json.items()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"x", "x@5", "x@last"}));
  EXPECT_EQ(json["x@last"]["metadata"]["step"], 12);
}

}  // namespace
}  // namespace isotherm::output
