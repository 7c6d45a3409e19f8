#include "verdict/tail.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace isotherm::verdict {
namespace {

// Reference values: mpmath with 40 digits.

TEST(Tail, ChiSquaredAgreesWithReference) {
  const struct {
    double statistic, degrees_of_freedom, log10;
  } cases[] = {{3.2, 1, -1.1328964223140196},    {130.5, 63, -5.8968392898730559}, {1e4, 100, -2053.0027079617204},
               {1.5e6, 85, -325527.38112203402}, {2e3, 1, -436.04327371607295},    {1e6, 5e5, -33319.219623375238}};
  for (const auto& c : cases)
    EXPECT_NEAR(chi_squared_tail(c.statistic, c.degrees_of_freedom).log10 / c.log10, 1, 1e-11) << c.statistic;
}

TEST(Tail, FisherAgreesWithReference) {
  const struct {
    double statistic, numerator, denominator, log10, tolerance;
  } cases[] = {{2.1, 7, 57, -1.2358372509608308, 1e-13},
               {4, 1, 30, -1.2626081925447727, 1e-13},
               {100, 7, 57, -28.913817583486803, 1e-13},
               {1e14, 7, 57, -369.86288314838672, 1e-7}};
  for (const auto& c : cases)
    EXPECT_NEAR(f_tail(c.statistic, c.numerator, c.denominator).log10 / c.log10, 1, c.tolerance) << c.statistic;
}

TEST(Tail, GoesOnWhereTheProbabilityUnderflows) {
  double before = 0;
  for (double statistic = 1000; statistic < 2000; statistic += 5) {  // p passes the smallest double on the way
    const Tail tail = chi_squared_tail(statistic, 50);
    EXPECT_LT(tail.log10, before);
    EXPECT_NEAR(tail.probability, std::pow(10, tail.log10), 1e-9 * tail.probability + 1e-320);
    before = tail.log10;
  }
}

TEST(Tail, IsDefinedAtBothEnds) {
  for (const auto& tail : {chi_squared_tail(0, 5), f_tail(0, 3, 30)}) {
    EXPECT_EQ(tail.probability, 1);
    EXPECT_EQ(tail.log10, 0);
  }
  const double infinity = std::numeric_limits<double>::infinity();
  for (const auto& tail : {chi_squared_tail(infinity, 5), f_tail(infinity, 3, 30)}) {
    EXPECT_EQ(tail.probability, 0);
    EXPECT_EQ(tail.log10, -infinity);
  }
}

TEST(Tail, LowerAndUpperAddToOne) {
  for (const double statistic : {0.5, 20.0, 63.0, 130.0})
    EXPECT_NEAR(chi_squared_tail(statistic, 63).probability + chi_squared_lower_tail(statistic, 63), 1, 1e-14);
}

}  // namespace
}  // namespace isotherm::verdict
