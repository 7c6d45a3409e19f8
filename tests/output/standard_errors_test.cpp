#include "output/standard_errors.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace isotherm::output {
namespace {

/// Sums of one sample, merged value by value.
MomentSum sums_of(const std::vector<double>& values) {
  MomentSum sum;
  for (const double value : values) sum = merge(sum, MomentSum{1, value, 0, 0, 0});
  return sum;
}

TEST(StandardErrors, OfKnownSamples) {
  const MomentSum sum = sums_of({1, 2, 3, 4, 10});
  EXPECT_NEAR(*mean_standard_error(sum), std::sqrt(12.5 / 5), 1e-14);
  const double fourth = (81 + 16 + 1 + 0 + 1296) / 5.0;
  EXPECT_NEAR(*variance_standard_error(sum), std::sqrt((fourth - 2.0 / 4 * 12.5 * 12.5) / 5), 1e-12);
  const double second = 130 / 5.0, raw_fourth = (1 + 16 + 81 + 256 + 10000) / 5.0;
  EXPECT_NEAR(*second_moment_standard_error(sum), std::sqrt((raw_fourth - second * second) / 5), 1e-12);
}

TEST(StandardErrors, AbsentWhereThereIsNoSpread) {
  EXPECT_FALSE(mean_standard_error(sums_of({1})));
  EXPECT_FALSE(variance_standard_error(sums_of({1, 2, 3})));
  const double counts[] = {5, 0}, means[] = {1, 0};
  EXPECT_FALSE(batch_standard_error(counts, means));
}

TEST(StandardErrors, BatchMeansWeighGroupsByTheirCounts) {
  const double counts[] = {1, 3, 0}, means[] = {0, 4, 99};
  // Mean 3; deviations 1/4 * -3 and 3/4 * 1; two groups.
  EXPECT_NEAR(*batch_standard_error(counts, means), std::sqrt(2 * (0.5625 + 0.5625)), 1e-14);
}

/// 300 ensembles of 64 groups of 40 correlated pairs: the standard errors of mean, variance, fourth moment and
/// covariance give z values of standard deviation 1 within 5 of its standard errors, 1/sqrt(600).
TEST(StandardErrors, GiveStandardNormalScores) {
  std::mt19937_64 words(3);
  std::normal_distribution<double> normal;
  constexpr int repetitions = 300, group_size = 40;
  double squares[4] = {};
  for (int r = 0; r < repetitions; ++r) {
    std::vector<MomentSum> groups(64);
    std::vector<ComomentSum> pairs(64);
    for (std::size_t g = 0; g < 64; ++g) {
      pairs[g] = {0, {0, 0}, {0, 0, 0, 0}};
      for (int i = 0; i < group_size; ++i) {
        const double x = normal(words), y = 0.6 * x + 0.8 * normal(words);
        groups[g] = merge(groups[g], MomentSum{1, x, 0, 0, 0});
        pairs[g] = merge(pairs[g], ComomentSum{1, {x, y}, {0, 0, 0, 0}});
      }
    }
    MomentSum total;
    for (const MomentSum& group : groups) total = merge(total, group);
    ComomentSum pair{0, {0, 0}, {0, 0, 0, 0}};
    for (const ComomentSum& group : pairs) pair = merge(pair, group);
    const double z[] = {total.mean / *mean_standard_error(total),
                        (total.variance() - 1) / *variance_standard_error(total),
                        (total.raw_fourth() - 3) / *fourth_moment_standard_error(groups),
                        (pair.covariance(0, 1) - 0.6) / *covariance_standard_error(pairs, pair, 0, 1)};
    for (int k = 0; k < 4; ++k) squares[k] += z[k] * z[k];
  }
  for (const double square : squares) EXPECT_NEAR(std::sqrt(square / repetitions), 1, 5 / std::sqrt(2.0 * repetitions));
}

}  // namespace
}  // namespace isotherm::output
