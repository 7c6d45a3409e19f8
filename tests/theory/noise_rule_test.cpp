// Quadratures of the noise laws.

#include "theory/noise_rule.hpp"

#include "theory/support.hpp"

namespace isotherm::theory {
namespace {

double moment(const NoiseRule& rule, int n) {
  double sum = 0;
  for (std::size_t i = 0; i < rule.nodes.size(); ++i) sum += rule.weights[i] * std::pow(rule.nodes[i], n);
  return sum;
}

// Mean 0, variance 1, and the cumulants of a mean of B: skewness / sqrt(B), excess kurtosis / B.
TEST(NoiseRule, HasTheMomentsOfItsLaw) {
  for (const char* name : {"gaussian", "rademacher", "uniform", "laplace", "student-t:12", "two-point:0.2"})
    for (const std::size_t batch : {1u, 3u, 8u}) {
      const noise::Choice law = noise::parse(name);
      const NoiseRule rule = noise_rule(law, batch);
      if (std::string(name) == "student-t:12" && batch > 1) {
        EXPECT_FALSE(rule.not_available.empty());
        continue;
      }
      ASSERT_EQ(rule.not_available, "") << name;
      const double b = std::string(name) == "gaussian" ? 1 : static_cast<double>(batch);
      for (const NoiseRule& r : {rule, gauss_rule(rule, 24)}) {
        EXPECT_NEAR(moment(r, 0), 1, 1e-14) << name;
        EXPECT_NEAR(moment(r, 1), 0, 1e-11) << name;
        EXPECT_NEAR(moment(r, 2), 1, 1e-11) << name;
        EXPECT_NEAR(moment(r, 3), *law.law->skewness(law.parameter) / std::sqrt(b), 1e-10) << name;
        EXPECT_NEAR(moment(r, 4), 3 + *law.excess_kurtosis() / b, 1e-9) << name;
      }
      EXPECT_EQ(symmetric(rule), std::string(name) != "two-point:0.2");
    }
}

TEST(NoiseRule, GaussRuleKeepsMomentsUpToTwiceItsNodes) {
  const NoiseRule fine = noise_rule(noise::parse("laplace"), 1), coarse = gauss_rule(fine, 6);
  EXPECT_EQ(coarse.nodes.size(), 6u);
  for (int n = 2; n <= 10; n += 2) expect_relative(moment(coarse, n), moment(fine, n), 1e-11);
  EXPECT_TRUE(symmetric(coarse));
}

TEST(NoiseRule, RefusesWithAReason) {
  EXPECT_NE(noise_rule(noise::parse("laplace"), 1000).not_available, "");
  EXPECT_NE(noise_rule(noise::parse("student-t:1.5"), 1).not_available, "");
  EXPECT_EQ(noise_rule(noise::parse("rademacher"), 300).not_available, "");
}

}  // namespace
}  // namespace isotherm::theory
