#include "cli/values.hpp"

#include <gtest/gtest.h>

#include <string>

namespace isotherm::cli {
namespace {

/// What is wrong with a value, or "" if it is right.
template <class Read>
std::string complaint(const Read& read) {
  try {
    read();
  } catch (const ValueError& error) {
    return error.what();
  }
  return "";
}

TEST(Values, NumbersAreTheWholeText) {
  EXPECT_EQ(read_number("0.05"), 0.05);
  EXPECT_EQ(read_number(" -1e-3 "), -1e-3);
  EXPECT_EQ(read_number("+2"), 2);
  EXPECT_EQ(read_number(".5"), 0.5);
  for (const char* wrong : {"", " ", "x", "1x", "0.1 0.2", "1,2", "--1", "+-1", "0x10", "1e", "e5", "1_000"}) {
    EXPECT_EQ(complaint([&] { read_number(wrong); }), "must be a number") << wrong;
  }
  for (const char* wrong : {"nan", "-nan", "inf", "-inf", "infinity"}) {
    EXPECT_EQ(complaint([&] { read_number(wrong); }), "must be a finite number") << wrong;
  }
  EXPECT_NE(complaint([] { read_number("1e400"); }).find("outside of the range"), std::string::npos);
}

TEST(Values, PositiveNumbers) {
  EXPECT_EQ(read_positive("1e-300"), 1e-300);
  for (const char* wrong : {"0", "-0", "-1"}) {
    EXPECT_EQ(complaint([&] { read_positive(wrong); }), "must be greater than 0") << wrong;
  }
}

TEST(Values, CountsMayBeWrittenWithAnExponent) {
  EXPECT_EQ(read_count("4e6", 1, 1u << 30), 4000000u);
  EXPECT_EQ(read_count("1.5e3", 1, 1u << 30), 1500u);
  EXPECT_EQ(read_count("18446744073709551615", 0, ~std::uint64_t{0}), ~std::uint64_t{0});
  const std::uint64_t most = std::uint64_t{1} << 50;
  for (const char* wrong :
       {"0", "-5", "1e30", "1125899906842625", "1.5", "nan", "inf", "many", "", "99999999999999999999"}) {
    EXPECT_EQ(complaint([&] { read_count(wrong, 1, most); }),
              "must be a whole number from 1 to 1125899906842624 (2^50)")
        << wrong;
  }
}

TEST(Values, ChoicesNameTheNearest) {
  const std::vector<std::string> choices = {"float", "double"};
  EXPECT_EQ(read_choice("double", choices), "double");
  EXPECT_EQ(complaint([&] { read_choice("duble", choices); }), "must be one of float, double; did you mean double?");
  EXPECT_EQ(complaint([&] { read_choice("quadruple-precision", choices); }), "must be one of float, double");
}

TEST(Values, SplitsOutsideOfBracketsOnly) {
  EXPECT_EQ(split("max(x,y), x[1]:2 ,z", ','), (std::vector<std::string>{"max(x,y)", "x[1]:2", "z"}));
  EXPECT_EQ(split("", ','), std::vector<std::string>{""});
  EXPECT_EQ(split("a,", ','), (std::vector<std::string>{"a", ""}));
  const std::vector<std::string> texts = {"1,2", "3"};
  EXPECT_EQ(split_all(texts, ','), (std::vector<std::string>{"1", "2", "3"}));
  const std::vector<std::string> hole = {"1,,2"};
  EXPECT_EQ(complaint([&] { split_all(hole, ','); }), "has an empty entry");
}

TEST(Values, HistogramsReadAndWriteBack) {
  for (const char* text : {"x:200:-2:2", "x:100:-2:2,y:50:-1:1", "x:64:0:6.283185307179586:periodic", "x:200", "x",
                           "max(x,y):50:0:1", "sum(i, 1, 3, x[i]^2):10:0:1,loss:10:0:0.1"}) {
    EXPECT_EQ(write_histogram(read_histogram(text)), text);
  }
  const HistogramRequest joint = read_histogram("x:100:-2:2 , max(x,y):50:0:1:periodic");
  ASSERT_EQ(joint.size(), 2u);
  EXPECT_EQ(joint[1].expression, "max(x,y)");
  EXPECT_EQ(*joint[1].bins, 50u);
  EXPECT_TRUE(joint[1].periodic);
  EXPECT_EQ(*joint[0].lower, -2);
}

TEST(Values, WrongHistogramsSayWhatWouldBeRight) {
  const auto wrong = [](const char* text) { return complaint([&] { read_histogram(text); }); };
  EXPECT_EQ(wrong("x:200:2:-2"), "lower end 2 must be less than upper end -2");
  EXPECT_EQ(wrong("x:200:1:1"), "lower end 1 must be less than upper end 1");
  EXPECT_EQ(wrong("x:0:-2:2"), "number of bins '0' must be a whole number from 1 to 1048576 (2^20)");
  EXPECT_EQ(wrong("x:1e9:-2:2"), "number of bins '1e9' must be a whole number from 1 to 1048576 (2^20)");
  EXPECT_EQ(wrong("x:200:a:2"), "lower end 'a' must be a number");
  EXPECT_EQ(wrong("x:200:0:nan"), "upper end 'nan' must be a finite number");
  EXPECT_EQ(wrong("x:200:-1e308:1e308"), "the range is too wide for a number");
  EXPECT_EQ(wrong("x:200:0:1:round"), "'round' must be 'periodic' or absent");
  EXPECT_EQ(wrong("x:10:0:1,y:10:0:1,z:10:0:1"), "must have one or two axes, not 3");
  EXPECT_EQ(wrong("x:10:0:1,x:20:0:1"), "must have two different axes");
  EXPECT_EQ(wrong("x:4096:0:1,y:4096:0:1"), "must have at most 4194304 bins in all");
  EXPECT_NE(wrong("x:200:-2").find("EXPRESSION:BINS:LOWER:UPPER"), std::string::npos);
  EXPECT_NE(wrong("").find("needs an expression"), std::string::npos);
}

TEST(Values, InitialLawsReadAndWriteBack) {
  for (const char* text : {"point:1", "normal:0,0.5", "normal:0,0.5,-1,1", "uniform:-1,1"})
    EXPECT_EQ(write_initial(read_initial(text)), text);
  const auto wrong = [](const char* text) { return complaint([&] { read_initial(text); }); };
  EXPECT_EQ(wrong("normal:0"), "must be normal:MEAN,SD, or normal:MEAN,SD,LOWER,UPPER to clamp it");
  EXPECT_EQ(wrong("normal:0,1,2,1"), "lower end must be less than upper end");
  EXPECT_EQ(wrong("point"), "must be point:V");
  EXPECT_EQ(wrong("uniform:1,1"), "lower end must be less than upper end");
  EXPECT_EQ(wrong("normal:0,-1"), "standard deviation must be 0 or greater");
  EXPECT_EQ(wrong("norml:0,1"), "law 'norml' must be one of point, normal, uniform; did you mean normal?");
  EXPECT_EQ(wrong("point:x"), "parameter 'x' must be a number");
}

}  // namespace
}  // namespace isotherm::cli
