// How claims are judged, and that what they name is there. The claims themselves are measured by `isotherm reproduce`.

#include "batch/claim.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <set>
#include <sstream>

#include "batch/lecture_files.hpp"

namespace isotherm::batch {
namespace {

Check check(double expected, double measured, double error = 0.01) { return {"a number", expected, {measured, error}}; }

TEST(Claim, HoldsWhereThePrintedNumberAgrees) {
  EXPECT_EQ(judge({.corrected = {check(1, 1.04)}}), ClaimVerdict::holds);
  EXPECT_EQ(judge({.corrected = {check(1, 1.04)}, .printed = {check(1.08, 1.04)}}), ClaimVerdict::holds);
}

TEST(Claim, FailsWhereTheCorrectedNumberDisagrees) {
  EXPECT_EQ(judge({.corrected = {check(1, 1), check(1, 1.06)}}), ClaimVerdict::failed);
  EXPECT_EQ(judge({.corrected = {check(1, 1), check(1, 0.94)}, .printed = {check(1, 1)}}), ClaimVerdict::failed);
}

TEST(Claim, ANumberThatIsNoneAgreesWithNothing) {
  EXPECT_EQ(judge({.corrected = {check(1, std::numeric_limits<double>::quiet_NaN())}}), ClaimVerdict::failed);
}

TEST(Claim, HoldsToLeadingOrderWhereTheDeviationVanishes) {
  const auto verdict = [](double at_large, double at_small, double order) {
    return judge({.corrected = {check(1, 1)},
                  .printed = {check(2, 1)},
                  .deviations = {{0.1, {at_large, 0.001}}, {0.05, {7, 7}}, {0.025, {at_small, 0.001}}},
                  .order = order});
  };
  EXPECT_EQ(verdict(0.4, 0.1, 1), ClaimVerdict::leading_order);
  EXPECT_EQ(verdict(-0.4, -0.1, 1), ClaimVerdict::leading_order);
  EXPECT_EQ(verdict(0.4, 0.3, 1), ClaimVerdict::does_not_hold);
  EXPECT_EQ(verdict(0.4, 0.2, 0.5), ClaimVerdict::leading_order);
  EXPECT_EQ(verdict(0.4, 0.2, 1), ClaimVerdict::does_not_hold);
}

TEST(Claim, DoesNotHoldWhereNothingVanishes) {
  EXPECT_EQ(judge({.corrected = {check(1, 1)}, .printed = {check(2, 1)}}), ClaimVerdict::does_not_hold);
}

TEST(Claim, ErrorsOfWhatIsExpectedCount) {
  Check published = check(1, 1.06);
  EXPECT_FALSE(published.agrees());
  published.expected_error = 0.02;
  EXPECT_TRUE(published.agrees());
}

TEST(Claims, AreAllThere) {
  std::set<std::string> ids;
  for (const Claim& claim : claims()) {
    EXPECT_TRUE(ids.insert(claim.id).second) << claim.id;
    EXPECT_FALSE(claim.statement.empty()) << claim.id;
    // Measured, tested by another, or background.
    EXPECT_TRUE(claim.evaluate || !claim.see.empty() || claim.id == "C31") << claim.id;
  }
  for (int i = 1; i <= 35; ++i) EXPECT_TRUE(ids.contains((i < 10 ? "C0" : "C") + std::to_string(i))) << i;
  for (int i = 1; i <= 5; ++i) EXPECT_TRUE(ids.contains("F" + std::to_string(i))) << i;
  for (int i = 1; i <= 7; ++i) EXPECT_TRUE(ids.contains("T" + std::to_string(i))) << i;
  for (const Claim& claim : claims())
    if (!claim.see.empty()) {
      EXPECT_TRUE(ids.contains(claim.see)) << claim.id;
    }
}

TEST(LectureFiles, AreThoseOfTheExamples) {
  std::set<std::string> used;
  for (const Claim& claim : claims())
    for (const std::string& file : claim.files) used.insert(file + ".toml");
  for (const LectureFile& file : lecture_files()) {
    std::ifstream stream(std::string(ISOTHERM_SOURCE_DIR) + "/examples/lecture/" + std::string(file.name));
    std::ostringstream text;
    text << stream.rdbuf();
    EXPECT_EQ(text.str(), file.text) << file.name << ": build again";
    if (file.name.ends_with(".toml")) {
      EXPECT_EQ(used.erase(std::string(file.name)), 1u) << file.name << " is in no claim";
    }
  }
  EXPECT_TRUE(used.empty()) << *used.begin() << " is not in examples/lecture";
}

TEST(Slope, IsThatOfAPower) {
  std::vector<double> x = {0.1, 0.05, 0.025};
  std::vector<Estimate> y;
  for (const double value : x) y.push_back({-3 * std::pow(value, 1.5), 1e-4});
  const Estimate slope = logarithmic_slope(x, y);
  EXPECT_NEAR(slope.value, 1.5, 1e-12);
  EXPECT_GT(slope.standard_error, 0);
}

}  // namespace
}  // namespace isotherm::batch
