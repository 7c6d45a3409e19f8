// Points of a sweep as curves.

#include "batch/curves.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace isotherm::batch {
namespace {

CurveReading reading(double x, const std::string& curve, double value, double error, const std::string& averaged = "") {
  return {x, curve, averaged, {value, error}};
}

TEST(Curves, ReplicasAreAveragedAndPointsAreInOrder) {
  const auto curves =
      curves_of({reading(2, "a", 5, 0.3), reading(1, "a", 1, 0.3), reading(2, "a", 7, 0.4), reading(1, "b", 9, 0.1)});
  ASSERT_EQ(curves.size(), 2u);
  EXPECT_EQ(curves[0].label, "a");
  ASSERT_EQ(curves[0].points.size(), 2u);
  EXPECT_EQ(curves[0].points[0].x, 1);
  EXPECT_EQ(curves[0].points[1].y.value, 6);
  EXPECT_DOUBLE_EQ(curves[0].points[1].y.standard_error, 0.25);  // sqrt(0.3^2 + 0.4^2) / 2
  EXPECT_EQ(curves[0].points[1].readings, 2u);
  EXPECT_EQ(curves[1].points.size(), 1u);
}

TEST(Curves, PlacesThatDifferByRoundingAreOne) {
  EXPECT_EQ(curves_of({reading(0.1 + 0.2, "", 1, 1), reading(0.3, "", 2, 1)}).front().points.size(), 1u);
  EXPECT_EQ(curves_of({reading(0.30001, "", 1, 1), reading(0.3, "", 2, 1)}).front().points.size(), 2u);
}

TEST(Curves, AMeanThatLacksAPartIsNone) {
  const auto curves = curves_of({reading(1, "", 1, 1, "5"), reading(1, "", 3, 1, "10"), reading(2, "", 4, 1, "5")});
  ASSERT_EQ(curves.size(), 1u);
  ASSERT_EQ(curves[0].points.size(), 1u);
  EXPECT_EQ(curves[0].points[0].y.value, 2);
}

TEST(Curves, Agreement) {
  // At x = 1: 1 and 2 with errors 1 and 2. Weighted mean (1 + 2/4) / (1 + 1/4) = 1.2; chi^2 = 0.04 + 0.16.
  const auto found = agreement(curves_of({reading(1, "a", 1, 1), reading(1, "b", 2, 2), reading(3, "b", 9, 1)}));
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->chi_squared, 0.2, 1e-12);
  EXPECT_EQ(found->degrees_of_freedom, 1u);
  EXPECT_NEAR(found->p_value, std::erfc(std::sqrt(0.2 / 2)), 1e-12);
  EXPECT_FALSE(agreement(curves_of({reading(1, "a", 1, 1), reading(2, "b", 2, 2)})));
  EXPECT_FALSE(agreement(curves_of({reading(1, "a", 1, 0), reading(1, "b", 2, 2)})));
  EXPECT_LT(agreement(curves_of({reading(1, "a", 1, 0.1), reading(1, "b", 2, 0.1)}))->p_value, 1e-11);
}

TEST(Curves, LimitAtZero) {
  MeasuredCurve line, bent, jagged;
  for (const double x : {0.1, 0.2, 0.3, 0.4, 0.5, 0.6}) {
    line.points.push_back({x, {0.5 + x, 0.01}, 1});
    bent.points.push_back({x, {0.5 + x + 3 * x * x, 0.01}, 1});
    jagged.points.push_back({x, {jagged.points.size() % 2 == 0 ? 0.0 : 1.0, 0.01}, 1});
  }
  ASSERT_TRUE(limit_at_zero(line));
  EXPECT_EQ(limit_at_zero(line)->degree(), 1u);
  EXPECT_NEAR(limit_at_zero(line)->limit.value, 0.5, 1e-12);
  ASSERT_TRUE(limit_at_zero(bent));
  EXPECT_EQ(limit_at_zero(bent)->degree(), 2u);
  EXPECT_NEAR(limit_at_zero(bent)->limit.value, 0.5, 1e-12);
  EXPECT_FALSE(limit_at_zero(jagged));
  line.points.resize(3);
  EXPECT_FALSE(limit_at_zero(line));
}

}  // namespace
}  // namespace isotherm::batch
