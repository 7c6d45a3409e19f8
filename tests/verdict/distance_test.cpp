#include "verdict/distance.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "verdict/synthetic.hpp"

namespace isotherm::verdict {
namespace {

TEST(Distances, OfAHandComputedCase) {
  const std::vector<Axis> axes = {{"x", 2, 0, 3, false}};
  const std::vector<std::uint64_t> counts = {10, 20, 30, 40};
  const std::vector<double> expected = {0.2, 0.3, 0.4, 0.1};
  const Distances d = distances(axes, counts, expected);
  EXPECT_NEAR(d.kl_divergence, .1 * std::log(.5) + .2 * std::log(2 / 3.) + .3 * std::log(.75) + .4 * std::log(4.),
              1e-15);
  EXPECT_NEAR(d.total_variation, 0.3, 1e-15);
  EXPECT_NEAR(*d.kolmogorov_smirnov, 0.3, 1e-15);  // O - P = -.1, -.2, -.3 at 0, 1.5, 3
  EXPECT_NEAR(*d.wasserstein_1, 1.5 * (0.1 / 2 + 0.2 + 0.3 / 2), 1e-15);
}

TEST(Distances, VanishForEqualLaws) {
  const std::vector<Axis> axes = {{"x", 2, 0, 3, false}};
  const Distances d = distances(axes, std::vector<std::uint64_t>{25, 25, 25, 25}, std::vector<double>(4, 0.25));
  EXPECT_EQ(d.kl_divergence, 0);
  EXPECT_EQ(d.total_variation, 0);
  EXPECT_EQ(*d.kolmogorov_smirnov, 0);
  EXPECT_EQ(*d.wasserstein_1, 0);
}

TEST(Distances, SeeAllMassInAFlowBinAsMassAtTheNearerEnd) {
  const std::vector<Axis> axes = {{"x", 4, 0, 8, false}};
  const std::vector<double> at_lower = {0, 1, 0, 0, 0, 0};
  const Distances d = distances(axes, std::vector<std::uint64_t>{0, 0, 0, 0, 0, 9}, at_lower);
  EXPECT_EQ(d.total_variation, 1);
  EXPECT_EQ(*d.kolmogorov_smirnov, 1);
  EXPECT_DOUBLE_EQ(*d.wasserstein_1, 7);  // from the middle of the first bin, on the trapezoid, to the upper end
  EXPECT_TRUE(std::isinf(d.kl_divergence));
}

TEST(Distances, AreInfiniteInInformationOnlyWhereSomethingImpossibleWasSeen) {
  const std::vector<Axis> axes = {{"x", 1, 0, 1, false}};
  const std::vector<double> expected = {0, 1, 0};
  EXPECT_EQ(distances(axes, std::vector<std::uint64_t>{0, 5, 0}, expected).kl_divergence, 0);
  EXPECT_TRUE(std::isinf(distances(axes, std::vector<std::uint64_t>{1, 5, 0}, expected).kl_divergence));
}

TEST(Distances, HaveNoDistributionFunctionInTwoDimensionsOrOnACircle) {
  const Axis x{"x", 1, 0, 1, false}, circle{"x", 1, 0, 1, true};
  const std::vector<std::uint64_t> nine(9, 1), three = {0, 4, 0};
  const std::vector<double> ninth(9, 1 / 9.), all = {0, 1, 0};
  for (const Distances& d :
       {distances(std::vector{x, x}, nine, ninth), distances(std::vector{circle}, three, all),
        DistanceFloor(std::vector{x, x}, ninth)(100), DistanceFloor(std::vector{circle}, all)(100)}) {
    EXPECT_FALSE(d.kolmogorov_smirnov);
    EXPECT_FALSE(d.wasserstein_1);
  }
}

struct FloorCase {
  const char* name;
  std::size_t bins;
  double lower, upper;
  std::uint64_t samples;
};

class Floor : public ::testing::TestWithParam<FloorCase> {};

// The means of 2000 replications, each within 5 standard errors plus what the formulas leave out: 0.3 % of the
// Kullback-Leibler, variation and Wasserstein floors, 1 % of the Kolmogorov-Smirnov floor.
TEST_P(Floor, IsTheMeanOverMultinomialDraws) {
  const FloorCase& c = GetParam();
  const std::vector<Axis> axes = {{"x", c.bins, c.lower, c.upper, false}};
  const std::vector<double> expected = normal_probabilities(axes[0], 1);
  const Distances floor = DistanceFloor(axes, expected)(static_cast<double>(c.samples));
  constexpr int replications = 2000;
  std::vector<std::vector<double>> seen(4);
  Draws draws(11);
  for (int r = 0; r < replications; ++r) {
    const Distances d = distances(axes, draws.multinomial(expected, c.samples), expected);
    seen[0].push_back(d.kl_divergence);
    seen[1].push_back(d.total_variation);
    seen[2].push_back(*d.kolmogorov_smirnov);
    seen[3].push_back(*d.wasserstein_1);
  }
  const double floors[] = {floor.kl_divergence, floor.total_variation, *floor.kolmogorov_smirnov, *floor.wasserstein_1};
  const double left_out[] = {0.003, 0.003, 0.01, 0.003};
  const char* names[] = {"KL", "TV", "KS", "W1"};
  for (int i = 0; i < 4; ++i) {
    const MomentSum sum = moments_of(seen[i]);
    const double standard_error = std::sqrt(sum.variance() / replications);
    EXPECT_NEAR(floors[i], sum.mean, 5 * standard_error + left_out[i] * sum.mean)
        << names[i] << " ratio " << floors[i] / sum.mean;
  }
}

INSTANTIATE_TEST_SUITE_P(Axes, Floor,
                         ::testing::Values(FloorCase{"fine", 200, -4, 4, 5000}, FloorCase{"coarse", 20, -3, 3, 5000},
                                           FloorCase{"sparse", 400, -5, 5, 300}, FloorCase{"one_bin", 1, -1, 1, 1000},
                                           FloorCase{"overflow", 30, -3, 0, 3000}),
                         [](const auto& info) { return info.param.name; });

TEST(Floors, AgreeWithPublishedNumbersOnANormalLaw) {
  // Large-sample values for the normal law: E KL = (K - 1) / (2 N); E W1 = 1.28838 sd / sqrt(N).
  const std::vector<Axis> axes = {{"x", 4000, -7, 7, false}};
  const std::vector<double> expected = normal_probabilities(axes[0], 1);
  const double n = 1e16;
  const Distances floor = DistanceFloor(axes, expected)(n);
  EXPECT_NEAR(*floor.wasserstein_1 * std::sqrt(n), 1.28838, 2e-5);
  const std::vector<Axis> few = {{"x", 50, -2, 2, false}};
  EXPECT_NEAR(DistanceFloor(few, normal_probabilities(few[0], 1))(n).kl_divergence * 2 * n, 51, 1e-6);
}

TEST(Floors, AreThoseOfTheRestBesideSlotsOfAlmostNoProbability) {
  // Down to the least number there is: such a slot is hit with probability N p, and adds -p ln(N p) at most.
  const std::vector<Axis> axes = {{"x", 2, 0, 1, false}};
  const double without = DistanceFloor(axes, std::vector<double>{0, 0.5, 0.5, 0})(1000).kl_divergence;
  for (const double p : {1e-300, 1e-310, 5e-324})
    EXPECT_EQ(DistanceFloor(axes, std::vector<double>{p, 0.5, 0.5, 0})(1000).kl_divergence, without) << p;
  for (const double samples : {1e-3, 1.0, 1e9})
    EXPECT_TRUE(std::isfinite(DistanceFloor(axes, std::vector<double>{5e-324, 1, 0, 0})(samples).kl_divergence));
}

TEST(Floors, VanishWhereOneSlotHoldsAll) {
  const std::vector<Axis> axes = {{"x", 2, 0, 1, false}};
  const Distances floor = DistanceFloor(axes, std::vector<double>{0, 1, 0, 0})(1000);
  EXPECT_EQ(floor.kl_divergence, 0);
  EXPECT_EQ(floor.total_variation, 0);
  EXPECT_EQ(*floor.wasserstein_1, 0);
  EXPECT_GE(*floor.kolmogorov_smirnov, 0);
}

}  // namespace
}  // namespace isotherm::verdict
