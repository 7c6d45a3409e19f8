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
