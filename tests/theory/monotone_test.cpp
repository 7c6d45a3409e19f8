// Pieces on which a function rises or falls, and their inverse.

#include "theory/monotone.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace isotherm::theory {
namespace {

std::vector<double> grid(double lower, double upper, int intervals) {
  std::vector<double> points;
  for (int i = 0; i <= intervals; ++i) points.push_back(lower + (upper - lower) * i / intervals);
  return points;
}

Curve sine(double k) {
  return [k](double x) { return CurveSample{x, std::sin(k * x), k * std::cos(k * x), -k * k * std::sin(k * x)}; };
}

TEST(Monotone, SineCoarserThanItsPeriod) {
  // 64 periods on 37 grid intervals: the grid alone would alias.
  const double k = 2 * std::numbers::pi * 64;
  const auto pieces = monotone_pieces(sine(k), grid(0, 1, 37)).pieces;
  ASSERT_EQ(pieces.size(), 129u);
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    EXPECT_EQ(pieces[i].begin, pieces[i - 1].end);
    EXPECT_NEAR(pieces[i].begin, (static_cast<double>(i) - 0.5) / 128, 1e-14);
    EXPECT_NEAR(std::abs(pieces[i].begin_value), 1, 1e-14);
  }
}

TEST(Monotone, DomainEdges) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  // sqrt(1 - x^2), not a number outside (-1, 1).
  const Curve arc = [nan](double x) {
    const double y = 1 - x * x;
    return y < 0 ? CurveSample{x, nan, nan, nan}
                 : CurveSample{x, std::sqrt(y), -x / std::sqrt(y), -1 / std::pow(y, 1.5)};
  };
  const auto pieces = monotone_pieces(arc, grid(-3, 4, 50)).pieces;
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_EQ(pieces[0].begin, -1);
  EXPECT_NEAR(pieces[0].end, 0, 1e-15);
  EXPECT_EQ(pieces[1].end, 1);
}

TEST(Monotone, Poles) {
  const Curve pole = [](double x) { return CurveSample{x, -1 / (x * x), 2 / (x * x * x), -6 / (x * x * x * x)}; };
  EXPECT_TRUE(monotone_pieces(pole, grid(-1, 1.1, 30)).unbounded_below);
  const Curve logarithm = [](double x) {
    const double d = x - 0.3;
    return CurveSample{x, std::log(std::abs(d)), 1 / d, -1 / d / d};
  };
  const auto found = monotone_pieces(logarithm, grid(-1, 1.1, 30));
  EXPECT_TRUE(found.unbounded_below);
  EXPECT_NEAR(found.pole, 0.3, 1e-6);
  // Neither a cusp nor a kink is a pole.
  const Curve cusp = [](double x) {
    const double d = x - 0.3, r = std::abs(d);
    return CurveSample{x, std::pow(r, 0.25), std::copysign(0.25 * std::pow(r, -0.75), d), -0.1875 * std::pow(r, -1.75)};
  };
  EXPECT_FALSE(monotone_pieces(cusp, grid(-1, 1.1, 30)).unbounded_below);
  const Curve kink = [](double x) { return CurveSample{x, std::abs(x - 0.3), x < 0.3 ? -1.0 : 1.0, 0}; };
  EXPECT_FALSE(monotone_pieces(kink, grid(-1, 1.1, 30)).unbounded_below);
}

TEST(Monotone, Inverse) {
  const MonotonePiece rising{-0.25, 0.25, -1, 1};
  const Curve curve = sine(2 * std::numbers::pi);
  for (double level : {-0.999999, -0.3, 0.0, 1e-9, 0.7, 0.9999999999})
    EXPECT_NEAR(curve(invert(curve, rising, level)).value, level, 2e-15);
  const MonotonePiece falling{0.25, 0.75, 1, -1};
  EXPECT_NEAR(invert(curve, falling, 0.5), 5.0 / 12, 1e-15);
}

}  // namespace
}  // namespace isotherm::theory
