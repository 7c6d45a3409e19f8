#include "verdict/group_test.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "verdict/synthetic.hpp"

namespace isotherm::verdict {
namespace {

const Axis axis{"x", 10, -3, 3, false};

Snapshot snapshot_of(const std::vector<double>& x) { return make_snapshot(x, 1, 0.01, 1, axis, 100); }

std::vector<double> repeated(Draws& draws, std::size_t count, std::size_t times) {
  std::vector<double> x(count);
  for (std::size_t i = 0; i < count; ++i) x[i] = i % times == 0 ? draws.normal() : x[i - 1];
  return x;
}

TEST(GroupTests, NameWhatTheyTest) {
  Draws draws(1);
  const auto tests = group_tests(snapshot_of(normal_draws(draws, 64 * 256, 1)), 1);
  ASSERT_EQ(tests.size(), 3u);
  EXPECT_EQ(tests[0].observable, "mean of x");
  EXPECT_EQ(tests[1].observable, "spread of x");
  EXPECT_EQ(tests[2].observable, "mean of loss");
  for (const GroupTest& test : tests) EXPECT_EQ(test.degrees_of_freedom, 63);
}

// 300 ensembles of 25000 particles, the last block ragged: uniform p-values of all three tests.
TEST(GroupTests, PValuesOfIndependentParticlesAreUniform) {
  std::vector<std::vector<double>> p_values(3);
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Draws draws(seed);
    const auto tests = group_tests(snapshot_of(normal_draws(draws, 25000, 2)), 1);
    ASSERT_EQ(tests.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) p_values[i].push_back(tests[i].p_value);
  }
  for (const auto& p : p_values) EXPECT_LT(uniformity(p), 1.95);
}

TEST(GroupTests, RejectNeighboursThatRepeatEachOther) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Draws draws(seed);
    const auto tests = group_tests(snapshot_of(repeated(draws, 250000, 2)), 1);
    double smallest = 1, mean = 0;
    for (const GroupTest& test : tests) {
      smallest = std::min(smallest, test.p_value);
      mean += test.chi_squared / 3;
    }
    EXPECT_LT(smallest, 1e-3 / 4);
    EXPECT_NEAR(mean, 2 * 63, 5 * 2 * std::sqrt(2 * 63.));
  }
}

/// Q of the raw values, by its definition.
double analysis_of_variance(const std::vector<double>& values) {
  std::vector<std::vector<double>> groups(synthetic_groups);
  for (std::size_t i = 0; i < values.size(); ++i)
    groups[i / particles_per_block % synthetic_groups].push_back(values[i]);
  const MomentSum total = moments_of(values);
  double between = 0, within = 0;
  for (const auto& group : groups) {
    const MomentSum sum = moments_of(group);
    between += sum.count * (sum.mean - total.mean) * (sum.mean - total.mean);
    within += sum.m2;
  }
  return between / within * (total.count - synthetic_groups);
}

TEST(GroupTests, FollowTheirDefinitionWhereGroupsDiffer) {
  Draws draws(6);
  std::vector<double> x = normal_draws(draws, 64 * 512, 1);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] += 0.02 * static_cast<double>(i / particles_per_block % synthetic_groups);
  const double mean = moments_of(x).mean;
  std::vector<double> squares, loss;
  for (const double value : x) {
    squares.push_back((value - mean) * (value - mean));
    loss.push_back(value * value / 2);
  }
  const auto tests = group_tests(snapshot_of(x), 1);
  ASSERT_EQ(tests.size(), 3u);
  EXPECT_NEAR(tests[0].chi_squared, analysis_of_variance(x), 1e-8 * tests[0].chi_squared);
  EXPECT_NEAR(tests[1].chi_squared, analysis_of_variance(squares), 1e-8 * tests[1].chi_squared);
  EXPECT_NEAR(tests[2].chi_squared, analysis_of_variance(loss), 1e-8 * tests[2].chi_squared);
}

TEST(GroupTests, RejectNeighboursThatCancel) {
  Draws draws(2);
  std::vector<double> x(64 * 256);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = i % 2 ? -x[i - 1] : draws.normal();
  const auto tests = group_tests(snapshot_of(x), 1);
  EXPECT_LT(tests[0].p_value, 1e-20);
  EXPECT_LT(tests[0].chi_squared, 1e-10);
}

TEST(GroupTests, RejectGroupsOfIdenticalParticles) {
  Draws draws(2);
  const auto tests = group_tests(snapshot_of(repeated(draws, 64 * 256, 256)), 1);
  ASSERT_EQ(tests.size(), 3u);
  for (const GroupTest& test : tests) EXPECT_EQ(test.p_value, 0);
}

TEST(GroupTests, AreNotMadeOfConstantsOrFewParticles) {
  EXPECT_TRUE(group_tests(snapshot_of(std::vector<double>(64 * 256, 0.3)), 1).empty());
  Draws draws(2);
  EXPECT_TRUE(group_tests(snapshot_of(normal_draws(draws, 200, 1)), 1).empty());
  EXPECT_TRUE(group_tests(snapshot_of({}), 1).empty());
  EXPECT_TRUE(group_tests(Snapshot{}, 1).empty());
}

TEST(GroupTests, LeaveOutASpreadThatIsTheSameForAllParticles) {
  Draws draws(4);
  std::vector<double> x(64 * 256);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = (i % 512 < 256) == (i % 2 == 0) ? 1 : -1;  // two equal wells
  const auto tests = group_tests(snapshot_of(x), 1);
  ASSERT_EQ(tests.size(), 1u);
  EXPECT_EQ(tests[0].observable, "mean of x");
}

}  // namespace
}  // namespace isotherm::verdict
