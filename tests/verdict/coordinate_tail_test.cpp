#include "verdict/coordinate_tail.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

namespace isotherm::verdict {
namespace {

/// `particles` of which a coordinate falls like |x - center|^-power on both sides, in a random order of sides.
Measurement falling(double center, double power, std::uint64_t particles) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> uniform;
  std::vector<double> values;
  for (std::uint64_t p = 0; p < particles; ++p) {
    const double size = std::pow(1 - uniform(random), -1 / power);
    values.push_back(center + (uniform(random) < 0.3 ? size : -size));
  }
  std::ranges::sort(values);
  const auto kept = static_cast<std::ptrdiff_t>(tail_count(particles) + 1);
  Measurement measurement;
  measurement.snapshots.emplace_back();
  SnapshotObservable x;
  x.name = "x";
  x.total.count = static_cast<double>(particles);
  measurement.snapshots.back().observables.push_back(x);
  measurement.final_positions.extremes.push_back(
      {{values.rbegin(), values.rbegin() + kept}, {values.begin(), values.begin() + kept}});
  return measurement;
}

TEST(CoordinateTail, IsThatOfTheDistanceFromTheCenterOnBothSides) {
  for (const double power : {1.2, 3.0}) {
    const std::vector<double> center = {5000};  // far beyond the distances that Hill's estimator uses
    const Measurement measurement = falling(5000, power, 200'000);
    const std::vector<CoordinateTail> tails = coordinate_tails(measurement, center);
    ASSERT_EQ(tails.size(), 1u);
    EXPECT_EQ(tails[0].coordinate, "x");
    EXPECT_EQ(tails[0].index.used, 894u);
    EXPECT_LT(std::abs(tails[0].index.value - power), 5 * tails[0].index.standard_error);
    EXPECT_EQ(tails[0].has_no_variance(), power < 2);
    Verdict verdict;
    verdict.tails = tails;
    EXPECT_EQ(verdict.has_no_variance("x"), power < 2);
    EXPECT_FALSE(verdict.has_no_variance("y"));
    EXPECT_GT(coordinate_tails(measurement, {})[0].index.value, 1.5 * power)
        << "seen from elsewhere the distances hardly differ";
  }
}

TEST(CoordinateTail, IsAbsentWhereNothingWasKept) {
  Measurement measurement = falling(0, 2, 5000);
  measurement.final_positions.extremes.clear();
  EXPECT_TRUE(coordinate_tails(measurement, {}).empty());
}

}  // namespace
}  // namespace isotherm::verdict
