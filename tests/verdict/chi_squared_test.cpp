#include "verdict/chi_squared.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "verdict/synthetic.hpp"

namespace isotherm::verdict {
namespace {

const Axis axis{"x", 60, -3.5, 3.5, false};

TestResult test_of(const std::vector<std::uint64_t>& counts, const std::vector<double>& expected, unsigned fitted = 0) {
  return chi_squared_test(std::vector{axis}, counts, expected, fitted);
}

TEST(ChiSquared, OfAHandComputedCase) {
  const std::vector<Axis> axes = {{"x", 2, 0, 1, false}};
  const TestResult test =
      chi_squared_test(axes, std::vector<std::uint64_t>{0, 40, 55, 5}, std::vector<double>{.02, .5, .4, .08});
  // Merged to 52 and 48 expected, 40 and 60 seen: (12^2 / 52) + (12^2 / 48).
  EXPECT_NEAR(test.statistic, 144 / 52. + 144 / 48., 1e-12);
  EXPECT_EQ(test.degrees_of_freedom, 1);
  EXPECT_NEAR(test.p.probability, std::erfc(std::sqrt(test.statistic / 2)), 1e-14);
}

// 1000 seeds: the p-values of the right law are uniform (KS below the 99.9 % quantile at fixed seeds).
TEST(ChiSquared, PValuesOfTheRightLawAreUniform) {
  const std::vector<double> expected = normal_probabilities(axis, 1);
  std::vector<double> p_values;
  for (std::uint64_t seed = 0; seed < 1000; ++seed)
    p_values.push_back(test_of(Draws(seed).multinomial(expected, 4000), expected).p.probability);
  EXPECT_LT(uniformity(p_values), 1.95);
}

TEST(ChiSquared, PValuesStayUniformOverTwoAxes) {
  const Axis small{"x", 12, -3, 3, false};
  const std::vector<Axis> axes = {small, small};
  std::vector<double> joint;
  for (const double p : normal_probabilities(small, 1))
    for (const double q : normal_probabilities(small, 1)) joint.push_back(p * q);
  std::vector<double> p_values;
  for (std::uint64_t seed = 0; seed < 500; ++seed)
    p_values.push_back(chi_squared_test(axes, Draws(seed).multinomial(joint, 4000), joint).p.probability);
  EXPECT_LT(uniformity(p_values), 1.95);
}

// With sd estimated from the same counts' own particles, one degree of freedom is gone.
TEST(ChiSquared, LosesADegreeOfFreedomToAFittedParameter) {
  std::vector<double> p_values;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Draws draws(seed);
    const std::vector<double> x = normal_draws(draws, 4000, 1);
    double squares = 0;
    for (const double value : x) squares += value * value;
    const auto counts = make_histogram("x", axis, x).total();
    const std::vector<double> fitted = normal_probabilities(axis, std::sqrt(squares / static_cast<double>(x.size())));
    const TestResult test = test_of(counts, fitted, 1);
    EXPECT_EQ(test.degrees_of_freedom, test_of(counts, fitted).degrees_of_freedom - 1);
    p_values.push_back(test.p.probability);
  }
  EXPECT_LT(uniformity(p_values), 1.95);
}

TEST(ChiSquared, RejectsAVarianceThatIsFivePercentOff) {
  const std::vector<double> expected = normal_probabilities(axis, 1);
  const std::vector<double> wrong = normal_probabilities(axis, std::sqrt(1.05));
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    EXPECT_LT(test_of(Draws(seed).multinomial(wrong, 250000), expected).p.probability, 1e-6);
}

TEST(ChiSquared, ReportsHugeStatisticsWithoutNaN) {
  std::vector<std::uint64_t> counts(axis.extent());
  counts.back() = 1000000;  // everything in overflow
  const TestResult test = test_of(counts, normal_probabilities(axis, 1));
  EXPECT_EQ(test.p.probability, 0);
  EXPECT_TRUE(std::isfinite(test.p.log10));
  EXPECT_LT(test.p.log10, -1e6);
}

TEST(ChiSquared, NeedsTwoBinsAndOneMoreForAFit) {
  const std::vector<Axis> axes = {{"x", 1, 0, 1, false}};
  const std::vector<std::uint64_t> counts = {30, 40, 0};
  const std::vector<double> half = {.5, .5, 0}, one = {0, 1, 0};
  EXPECT_TRUE(chi_squared_test(axes, counts, half).not_applicable.empty());
  EXPECT_FALSE(chi_squared_test(axes, counts, half, 1).not_applicable.empty());
  EXPECT_FALSE(chi_squared_test(axes, counts, one).not_applicable.empty());
  EXPECT_FALSE(chi_squared_test(axes, std::vector<std::uint64_t>{0, 0, 0}, half).not_applicable.empty());
}

}  // namespace
}  // namespace isotherm::verdict
