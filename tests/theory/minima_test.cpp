// Local minima and their curvatures.

#include <algorithm>

#include "theory/support.hpp"

namespace isotherm::theory {
namespace {

TEST(Minima, OneDimension) {
  loss::Problem wells = problem("tilted-double-well", {{"c", "0.05"}});
  const auto minima = find_minima(wells);
  ASSERT_EQ(minima.size(), 2u);
  EXPECT_LT(minima[0].value, minima[1].value);
  for (const Minimum& minimum : minima) {
    const double x = minimum.point[0];
    EXPECT_NEAR(x * x * x - x + 0.05, 0, 1e-15);
    EXPECT_NEAR(minimum.curvatures[0], 3 * x * x - 1, 1e-14);
  }
}

TEST(Minima, EveryRipple) {
  // x + A k sin(k x) = 0 with A = 2, k = 20: count the sign changes of the slope on a fine grid.
  loss::Problem p = problem("rugged", {{"A", "2"}, {"k", "20"}});
  std::size_t expected = 0;
  double previous = -1;
  for (int i = -420000; i <= 420000; ++i) {
    const double x = 1e-4 * (i + 0.5), slope = x + 40 * std::sin(20 * x);
    if (previous < 0 && slope >= 0) ++expected;
    previous = slope;
  }
  EXPECT_EQ(find_minima(p).size(), expected);
}

TEST(Minima, WellsFinerThanAnyGrid) {
  loss::Problem p = problem("((x-1000)^2-1e-4)^2");
  const auto minima = find_minima(p);
  ASSERT_EQ(minima.size(), 2u);
  EXPECT_NEAR(std::min(minima[0].point[0], minima[1].point[0]), 999.99, 1e-9);
  EXPECT_NEAR(std::max(minima[0].point[0], minima[1].point[0]), 1000.01, 1e-9);
}

TEST(Minima, DegenerateAndKinked) {
  loss::Problem quartic = problem("quartic"), kink = problem("abs(x-2)");
  ASSERT_EQ(find_minima(quartic).size(), 1u);
  EXPECT_NEAR(find_minima(quartic)[0].curvatures[0], 0, 1e-12);
  ASSERT_EQ(find_minima(kink).size(), 1u);
  EXPECT_NEAR(find_minima(kink)[0].point[0], 2, 1e-14);
}

TEST(Minima, Himmelblau) {
  loss::Problem p = problem("himmelblau");
  const auto minima = find_minima(p);
  ASSERT_EQ(minima.size(), 4u);
  const double points[4][2] = {{3.0, 2.0},
                               {-2.805118086953, 3.131312518250},
                               {-3.779310253378, -3.283185991286},
                               {3.584428340330, -1.848126526964}};
  for (const auto& expected : points)
    EXPECT_TRUE(std::any_of(minima.begin(), minima.end(), [&](const Minimum& m) {
      return std::abs(m.point[0] - expected[0]) < 1e-9 && std::abs(m.point[1] - expected[1]) < 1e-9;
    })) << expected[0];
}

TEST(Minima, MullerBrown) {
  loss::Problem p = problem("muller-brown");
  const auto minima = find_minima(p);
  ASSERT_EQ(minima.size(), 3u);
  EXPECT_NEAR(minima[0].value, -146.6995172, 1e-6);
  EXPECT_NEAR(minima[1].value, -108.1667241, 1e-6);
  EXPECT_NEAR(minima[2].value, -80.7678181, 1e-6);
  for (const Minimum& minimum : minima) EXPECT_GT(minimum.curvatures[0], 0);
}

TEST(Minima, CoupledQuadratic) {
  loss::Problem p = problem("quadratic", {{"h", "2,0.6;0.6,1"}});
  const auto minima = find_minima(p);
  ASSERT_EQ(minima.size(), 1u);
  EXPECT_NEAR(minima[0].curvatures[0], 1.5 - std::sqrt(0.61), 1e-14);
  EXPECT_NEAR(minima[0].curvatures[1], 1.5 + std::sqrt(0.61), 1e-14);
}

TEST(Minima, CombinationsOfIndependentParts) {
  loss::Problem p = problem("(x^2-1)^2/4+(y^2-4)^2/4+(z-1)^2");
  const auto minima = find_minima(p);
  ASSERT_EQ(minima.size(), 4u);
  for (const Minimum& minimum : minima) {
    EXPECT_NEAR(std::abs(minimum.point[0]), 1, 1e-14);
    EXPECT_NEAR(std::abs(minimum.point[1]), 2, 1e-14);
    EXPECT_NEAR(minimum.point[2], 1, 1e-14);
    const double curvatures[] = {2, 2, 8};
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(minimum.curvatures[i], curvatures[i], 1e-12);
  }
}

TEST(Minima, BeyondTwoDimensions) {
  loss::Problem p = problem("x*y*z+x^4+y^4+z^4");  // xyz < 0 and |x| = |y| = |z| = 1/4
  const auto minima = find_minima(p);
  ASSERT_GE(minima.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(minima[i].value, -1.0 / 256, 1e-12);
    for (double x : minima[i].point) EXPECT_NEAR(std::abs(x), 0.25, 1e-7);
  }
}

TEST(Minima, NoneWhereThereIsNoLowerBound) {
  for (const char* loss : {"0*x", "x", "-x^2", "x*y", "x^3", "x^3+y^3+x*y*100", "x^2+y"}) {
    loss::Problem p = problem(loss);
    for (const Minimum& minimum : find_minima(p)) EXPECT_GT(minimum.curvatures[0], 0) << loss;
  }
  for (const char* loss : {"0*x", "x", "-x^2", "x*y", "x^3", "x^2+y"}) {
    loss::Problem p = problem(loss);
    EXPECT_TRUE(find_minima(p).empty()) << loss;
  }
}

}  // namespace
}  // namespace isotherm::theory
