#include "verdict/partition.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "verdict/synthetic.hpp"

namespace isotherm::verdict {
namespace {

const std::vector<Axis> line(std::size_t bins) { return {{"x", bins, 0, 1, false}}; }

using Parts = std::vector<std::size_t>;

TEST(MergeSparse, MergesInwardsFromBothEnds) {
  const std::vector<double> expected = {1e-300, 3, 8, 20, 30, 12, 9.5, 0.4, 0};
  const Partition merged = merge_sparse(line(7), expected, 10);
  EXPECT_EQ(merged.part, (Parts{0, 0, 0, 1, 2, 3, 3, 3, 3}));
  EXPECT_EQ(merged.parts, 4u);
}

TEST(MergeSparse, MergesAcrossAValley) {
  const std::vector<double> expected = {0, 50, 11, 4, 1, 2, 5, 60, 0};
  const Partition merged = merge_sparse(line(7), expected, 10);
  EXPECT_EQ(merged.part, (Parts{0, 0, 1, 2, 2, 2, 2, 3, 3}));
}

TEST(MergeSparse, IsOnePartWhereTheWholeExpectsLess) {
  const Partition merged = merge_sparse(line(2), std::vector<double>{1, 2, 3, 3.5}, 10);
  EXPECT_EQ(merged.parts, 1u);
  EXPECT_EQ(merged.part, (Parts{0, 0, 0, 0}));
}

TEST(MergeSparse, KeepsEveryPartFilledForAnyCounts) {
  Draws draws(7);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<double> expected(42);
    for (double& value : expected) value = 40 * std::pow(draws.uniform(), 6);
    const Partition merged = merge_sparse(line(40), expected, 10);
    const std::vector<double> sums = merged.sums(std::span<const double>(expected));
    ASSERT_EQ(sums.size(), merged.parts);
    if (merged.parts > 1) {
      EXPECT_GE(*std::min_element(sums.begin(), sums.end()), 10 * (1 - 1e-12));
    }
    EXPECT_TRUE(std::is_sorted(merged.part.begin(), merged.part.end()));
  }
}

TEST(MergeSparse, PoolsSparseCellsOfTwoAxes) {
  const std::vector<Axis> plane = {{"x", 1, 0, 1, false}, {"y", 1, 0, 1, false}};
  const std::vector<double> expected = {1, 5, 2, 6, 40, 7, 0, 12, 3};
  const Partition merged = merge_sparse(plane, expected, 10);
  EXPECT_EQ(merged.parts, 3u);
  EXPECT_EQ(merged.part, (Parts{2, 2, 2, 2, 0, 2, 2, 1, 2}));
}

TEST(MergeSparse, GivesATooSmallPoolToTheSparsestCell) {
  const std::vector<Axis> plane = {{"x", 1, 0, 1, false}, {"y", 1, 0, 1, false}};
  const std::vector<double> expected = {0, 1, 0, 1, 40, 2, 0, 12, 0};
  const Partition merged = merge_sparse(plane, expected, 10);
  EXPECT_EQ(merged.parts, 2u);
  EXPECT_EQ(merged.part, (Parts{1, 1, 1, 1, 0, 1, 1, 1, 1}));
}

TEST(EqualParts, DividesASmoothLawEvenly) {
  const Axis axis{"x", 200, -4, 4, false};
  const std::vector<double> probabilities = normal_probabilities(axis, 1);
  const Partition equal = equal_parts(std::vector{axis}, probabilities);
  ASSERT_EQ(equal.parts, 8u);
  for (const double sum : equal.sums(std::span<const double>(probabilities))) EXPECT_NEAR(sum, 0.125, 0.01);
}

TEST(EqualParts, SurvivesHeavySlots) {
  const std::vector<double> heavy = {0, 0.01, 0.01, 0.9, 0.02, 0.05, 0.01, 0};
  const Partition equal = equal_parts(line(6), heavy);
  EXPECT_GE(equal.parts, 2u);
  for (const double sum : equal.sums(std::span<const double>(heavy))) EXPECT_GE(sum, 0.25 / 8);
}

TEST(EqualParts, IsOnePartWhereOneSlotHoldsAll) {
  for (const std::size_t slot : {0, 3, 7}) {
    std::vector<double> all(8);
    all[slot] = 1;
    EXPECT_EQ(equal_parts(line(6), all).parts, 1u);
  }
}

TEST(EqualParts, DividesTwoAxesThreeByThree) {
  const Axis axis{"x", 60, -4, 4, false};
  const std::vector<double> one = normal_probabilities(axis, 1);
  std::vector<double> joint;
  for (const double p : one)
    for (const double q : one) joint.push_back(p * q);
  const Partition equal = equal_parts(std::vector{axis, axis}, joint);
  ASSERT_EQ(equal.parts, 9u);
  for (const double sum : equal.sums(std::span<const double>(joint))) EXPECT_NEAR(sum, 1 / 9., 0.03);
}

}  // namespace
}  // namespace isotherm::verdict
