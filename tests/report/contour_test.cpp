#include "report/contour.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace isotherm::report {
namespace {

TEST(Contour, OfAConeIsACircleInOnePiece) {
  constexpr std::size_t size = 41;
  constexpr double middle = 20, radius = 12.3;
  std::vector<double> values(size * size);
  for (std::size_t x = 0; x < size; ++x)
    for (std::size_t y = 0; y < size; ++y)
      values[x * size + y] = -std::hypot(static_cast<double>(x) - middle, static_cast<double>(y) - middle);
  const auto lines = contour(values, size, size, -radius);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].front().x, lines[0].back().x);
  EXPECT_EQ(lines[0].front().y, lines[0].back().y);
  // Along an edge a cone is straight to second order: 1 / (8 radius) is the most that interpolation can miss.
  for (const Point& p : lines[0]) EXPECT_NEAR(std::hypot(p.x - middle, p.y - middle), radius, 1 / (8 * radius));
}

TEST(Contour, ThatLeavesTheGridEndsAtItsBorder) {
  // f = x on 3 columns and 4 rows: one straight line at 0.25.
  std::vector<double> values;
  for (const double x : {0.0, 1.0, 2.0}) values.insert(values.end(), 4, x);
  const auto lines = contour(values, 3, 4, 0.25);
  ASSERT_EQ(lines.size(), 1u);
  ASSERT_EQ(lines[0].size(), 4u);
  for (const Point& p : lines[0]) EXPECT_DOUBLE_EQ(p.x, 0.25);
  EXPECT_DOUBLE_EQ(std::abs(lines[0].front().y - lines[0].back().y), 3);
}

TEST(Contour, OfASaddleHasTwoLinesAndNoneOfAPlain) {
  const std::vector<double> saddle = {1, 0, 0, 1};
  EXPECT_EQ(contour(saddle, 2, 2, 0.5).size(), 2u);
  EXPECT_TRUE(contour(std::vector<double>(4, 1.0), 2, 2, 0.5).empty());
}

TEST(LevelOfShare, IsThatOfTheLastCellThatIsNeeded) {
  const std::vector<double> p = {0.1, 0.4, 0.2, 0.3};
  EXPECT_EQ(level_of_share(p, 0.5), 0.3);
  EXPECT_EQ(level_of_share(p, 0.95), 0.1);
  EXPECT_EQ(level_of_share(std::vector<double>{0.2, 0.1}, 0.9), 0);  // most is outside of the axes
}

}  // namespace
}  // namespace isotherm::report
