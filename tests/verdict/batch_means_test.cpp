#include "verdict/batch_means.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "verdict/chi_squared.hpp"
#include "verdict/distance.hpp"
#include "verdict/synthetic.hpp"

namespace isotherm::verdict {
namespace {

const Axis axis{"x", 40, -3.5, 3.5, false};

/// Time average over `samples` steps of particles that follow x' = a x + sqrt(1 - a^2) xi, group after group.
Histogram correlated(std::uint64_t seed, std::size_t particles_per_group, int samples, double a, double sd = 1) {
  Histogram histogram = make_histogram("x", axis, std::vector<double>{});
  Draws draws(seed);
  for (std::size_t g = 0; g < histogram.groups; ++g)
    for (std::size_t particle = 0; particle < particles_per_group; ++particle) {
      double x = draws.normal();
      for (int sample = 0; sample < samples; ++sample) {
        x = a * x + std::sqrt(1 - a * a) * draws.normal();
        const Histogram one = make_histogram("x", axis, std::vector<double>{sd * x});
        for (std::size_t i = 0; i < axis.extent(); ++i) histogram.counts[g * axis.extent() + i] += one.counts[i];
      }
    }
  return histogram;
}

/// Independent counts with `sizes` entries in the groups.
Histogram independent(std::uint64_t seed, const std::vector<std::uint64_t>& sizes, const std::vector<double>& law) {
  Histogram histogram = make_histogram("x", axis, std::vector<double>{});
  Draws draws(seed);
  for (std::size_t g = 0; g < histogram.groups; ++g) {
    const auto counts = draws.multinomial(law, sizes[g]);
    std::copy(counts.begin(), counts.end(), histogram.counts.begin() + static_cast<std::ptrdiff_t>(g * axis.extent()));
  }
  return histogram;
}

TEST(BalancedGroups, LeavesOutTheRaggedAndTheEmpty) {
  EXPECT_EQ(balanced_groups(std::vector<double>{100, 49, 50, 0, 80}), (std::vector<std::size_t>{0, 2, 4}));
  EXPECT_TRUE(balanced_groups(std::vector<double>{0, 0}).empty());
  EXPECT_TRUE(balanced_groups(std::vector<double>{}).empty());
}

TEST(EffectiveSamples, IsTheNumberOfIndependentDraws) {
  const std::vector<double> law = normal_probabilities(axis, 1);
  MomentSum ratios;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const double effective = effective_samples(independent(seed, std::vector<std::uint64_t>(64, 200), law), 1);
    ratios = merge(ratios, MomentSum{1, 12800 / effective, 0, 0, 0});
  }
  EXPECT_NEAR(ratios.mean, 1, 5 * std::sqrt(ratios.variance() / ratios.count));
}

TEST(EffectiveSamples, FallsBackToTheParticles) {
  Histogram histogram = make_histogram("x", axis, std::vector<double>(2560, 0.1));  // 10 groups
  EXPECT_EQ(effective_samples(histogram, 2560), 2560);
  histogram = make_histogram("x", axis, std::vector<double>(65536, 0.1));  // all the same
  EXPECT_EQ(effective_samples(histogram, 1234), 1234);
}

// One effective number serves slots that are correlated differently, so the floors are good to a few percent only.
TEST(EffectiveSamples, GivesTheFloorOfCorrelatedCounts) {
  const std::vector<double> law = normal_probabilities(axis, 1);
  MomentSum variation, variation_floor;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Histogram histogram = correlated(seed, 8, 20, 0.95);
    const Distances seen = distances(histogram.axes, histogram.total(), law);
    const Distances floor = DistanceFloor(histogram.axes, law)(effective_samples(histogram, 64 * 8));
    variation = merge(variation, MomentSum{1, seen.total_variation, 0, 0, 0});
    variation_floor = merge(variation_floor, MomentSum{1, floor.total_variation, 0, 0, 0});
  }
  EXPECT_NEAR(variation_floor.mean / variation.mean, 1, 0.1);
  const double as_if_independent = DistanceFloor(std::vector{axis}, law)(64 * 8 * 20).total_variation;
  EXPECT_GT(variation.mean, 1.3 * as_if_independent);
}

// 500 and 200 runs. The p-values are uniform (KS below its 99.9 % quantile), and as many are below 0.05 as should be.
TEST(BatchMeans, PValuesOfTheRightLawAreUniform) {
  const std::vector<double> law = normal_probabilities(axis, 1);
  std::vector<double> p_values;
  std::size_t small = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const TestResult test =
        batch_means_test(independent(seed, std::vector<std::uint64_t>(64, 256), law), law, 64 * 256);
    ASSERT_EQ(test.not_applicable, "");
    ASSERT_EQ(test.degrees_of_freedom, 7);
    p_values.push_back(test.p.probability);
    small += test.p.probability < 0.05;
  }
  EXPECT_LT(uniformity(p_values), 1.95);
  EXPECT_LT(std::abs(binomial_z(small, 500, 0.05)), 5);
}

TEST(BatchMeans, PValuesStayUniformForCorrelatedSteps) {
  const std::vector<double> law = normal_probabilities(axis, 1);
  std::vector<double> p_values;
  std::size_t small = 0, small_naively = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Histogram histogram = correlated(seed, 16, 20, 0.8);
    p_values.push_back(batch_means_test(histogram, law, 64 * 16).p.probability);
    small += p_values.back() < 0.05;
    small_naively += chi_squared_test(histogram.axes, histogram.total(), law).p.probability < 0.05;
  }
  EXPECT_LT(uniformity(p_values), 1.95);
  EXPECT_LT(std::abs(binomial_z(small, 200, 0.05)), 5);
  EXPECT_GT(binomial_z(small_naively, 200, 0.05), 5);  // what the counts would claim as if they were independent
}

TEST(BatchMeans, PValuesStayUniformForUnequalGroups) {
  const std::vector<double> law = normal_probabilities(axis, 1);
  std::vector<std::uint64_t> sizes(64, 512);
  for (std::size_t g = 40; g < 64; ++g) sizes[g] = 256;
  sizes[63] = 3;  // the ragged last block, left out
  std::vector<double> p_values;
  for (std::uint64_t seed = 0; seed < 300; ++seed)
    p_values.push_back(batch_means_test(independent(seed, sizes, law), law, 30000).p.probability);
  EXPECT_LT(uniformity(p_values), 1.95);
}

TEST(BatchMeans, RejectsAWrongVariance) {
  const std::vector<double> law = normal_probabilities(axis, 1);
  EXPECT_LT(batch_means_test(correlated(1, 256, 10, 0.5, std::sqrt(1.1)), law, 64 * 256).p.probability, 1e-6);
}

TEST(BatchMeans, NeedsGroups) {
  const std::vector<double> law = normal_probabilities(axis, 1);
  Draws draws(3);
  const Histogram few = make_histogram("x", axis, normal_draws(draws, 31 * 256, 1));
  EXPECT_NE(batch_means_test(few, law, 31 * 256).not_applicable.find("at least 32 groups"), std::string::npos);
  const Histogram merged = make_histogram("x", axis, few.total());
  EXPECT_NE(batch_means_test(merged, law, 31 * 256).not_applicable.find("too many bins"), std::string::npos);
  const Histogram empty = make_histogram("x", axis, std::vector<double>{});
  EXPECT_NE(batch_means_test(empty, law, 0).not_applicable, "");
}

TEST(BatchMeans, RejectsParticlesThatAreAllInOneBin) {
  const std::vector<double> law = normal_probabilities(axis, 1);
  const TestResult test = batch_means_test(make_histogram("x", axis, std::vector<double>(65536, 9.0)), law, 65536);
  EXPECT_EQ(test.not_applicable, "");
  EXPECT_EQ(test.p.probability, 0);
  EXPECT_NEAR(test.p.log10, 65536 * std::log10(0.125), 4000);  // the outermost eighth
}

TEST(BatchMeans, RejectsEmptyBins) {
  // Half of the line is never visited, so its bins have no scatter of their own.
  const std::vector<double> law = normal_probabilities(axis, 1);
  Draws draws(5);
  std::vector<double> x = normal_draws(draws, 64 * 256, 1);
  for (double& value : x) value = std::abs(value);
  const TestResult test = batch_means_test(make_histogram("x", axis, x), law, x.size());
  EXPECT_EQ(test.not_applicable, "");
  EXPECT_LT(test.p.log10, -50);
}

TEST(BatchMeans, IsNotApplicableToOneExpectedBinOrEqualGroups) {
  std::vector<double> one(axis.extent());
  one[20] = 1;
  const std::vector<double> law = normal_probabilities(axis, 1);
  Histogram equal = make_histogram("x", axis, std::vector<double>{});
  for (std::size_t g = 0; g < 64; ++g)
    for (std::size_t i = 0; i < axis.extent(); ++i) equal.counts[g * axis.extent() + i] = 10 + i;
  EXPECT_NE(batch_means_test(equal, one, 1000).not_applicable.find("one bin"), std::string::npos);
  EXPECT_NE(batch_means_test(equal, law, 1000).not_applicable.find("do not differ"), std::string::npos);
}

}  // namespace
}  // namespace isotherm::verdict
