#include "report/text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace isotherm::report {
namespace {

TEST(Typeset, NumbersHaveAMinusSignAndPowersOfTen) {
  EXPECT_EQ(typeset("-0.5"), "−0.5");
  EXPECT_EQ(typeset("1.2e-05"), "1.2\u202F×\u202F10⁻⁵");
  EXPECT_EQ(typeset("1e+06"), "10⁶");
  EXPECT_EQ(typeset("p = 1e-57564612345678"), "p = 10⁻⁵⁷⁵⁶⁴⁶¹²³⁴⁵⁶⁷⁸");
  EXPECT_EQ(typeset("-3e-24; 7"), "−3\u202F×\u202F10⁻²⁴; 7");
}

TEST(Typeset, WordsAreLeftAlone) {
  for (const char* text :
       {"x@last", "exact-chain", "T^2", "x1e5", "sgd-2e", "1/2", "student-t:5", "0x1p-3", "5.", "e-3"})
    EXPECT_EQ(typeset(text), text);
}

TEST(Mathematical, WordsBecomeLetters) {
  EXPECT_EQ(mathematical("T = eta sigma^2 / 2"), "T = η σ² / 2");
  EXPECT_EQ(mathematical("eta = (1 - mu) B eta_0"), "η = (1 − μ) B η₀");
  EXPECT_EQ(mathematical("sqrt(eta) -> 0, x >= -0.5 +- 1e-05"), "√(η) → 0, x ≥ −0.5 ± 10⁻⁵");
  EXPECT_EQ(mathematical("t^-12, beta1, sigma_x"), "t⁻¹², β₁, σ_x");
}

TEST(Mathematical, OtherWordsAndPowersAreLeftAlone) {
  for (const char* text : {"theta", "mundane", "x^(1/4)", "t^0.5", "a^b", "Sigmas"})
    EXPECT_EQ(mathematical(text), text);
}

TEST(PValue, GoesOnWhereItHasBecomeZero) {
  EXPECT_EQ(p_value(0.0321, -1.49), "0.032");
  EXPECT_EQ(p_value(0, -412.5), "10⁻⁴¹³");
  EXPECT_EQ(p_value(0, -4.2e12), "10⁻⁴²⁰⁰⁰⁰⁰⁰⁰⁰⁰⁰⁰");
  EXPECT_EQ(p_value(0, std::numeric_limits<double>::quiet_NaN()), "0");
}

TEST(Escaped, IsSafeInTextAndAttributes) {
  EXPECT_EQ(escaped("<a href=\"x\">&'\x01\n"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;\uFFFD\n");
}

}  // namespace
}  // namespace isotherm::report
