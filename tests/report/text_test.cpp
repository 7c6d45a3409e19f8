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

TEST(Mathematical, OptionsStayAsTheyAreTyped) {
  EXPECT_EQ(mathematical("use a smaller --eta; eta is"), "use a smaller --eta; η is");
  EXPECT_EQ(mathematical("chi-squared 3 of 7"), "χ² 3 of 7");
}

TEST(FormulaMarkup, HasIndicesAndPowers) {
  EXPECT_EQ(formula_markup("T_x < T_eff^2"), "T<sub>x</sub> &lt; T<sub>eff</sub>²");
  EXPECT_EQ(formula_markup("eta Sigma_cc t^-0.75"), "η Σ<sub>cc</sub> t<sup>−0.75</sup>");
  EXPECT_EQ(formula_markup("a_long_name"), "a_long_name");
}

TEST(WithError, SmallNumbersShareOnePowerOfTen) {
  EXPECT_EQ(with_error(8.1144e-6, 8.03e-8), "(8.114 ± 0.080)\u202F×\u202F10⁻⁶");
  EXPECT_EQ(with_error(-7e-6, 1.3e-5), "(−0.7 ± 1.3)\u202F×\u202F10⁻⁵");
  EXPECT_EQ(with_error(0.50000948, 8.7e-9), "0.5000094800 ± 0.0000000087");
  EXPECT_EQ(with_error(1.541353780267267e-13, 4e-29), "1.54135378\u202F×\u202F10⁻¹³");
  EXPECT_EQ(with_error(0.5, 0.0123), "0.500 ± 0.012");
  EXPECT_EQ(with_error(-1e-9, 1e-2), "0.000 ± 0.010");
  EXPECT_EQ(with_error(3, 0), "3");
}

TEST(Grouped, DigitsStayTogether) {
  EXPECT_EQ(grouped(1234567), "1\u00A0234\u00A0567");
  EXPECT_EQ(grouped(12), "12");
  EXPECT_EQ(grouped(0.5), "0.5");
}

TEST(TextWidth, NarrowLettersAreNarrow) {
  EXPECT_LT(text_width("illit", 12), 0.6 * text_width("nnonn", 12));
  EXPECT_LT(text_width("±", 12), text_width("ab", 12));
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
