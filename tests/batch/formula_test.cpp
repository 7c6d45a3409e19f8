#include "batch/formula.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "isotherm/core/error.hpp"

namespace isotherm::batch {
namespace {

double evaluate(const std::string& expression, const std::map<std::string, double>& values) {
  std::vector<std::string> names;
  for (const auto& [name, value] : values) names.push_back(name);
  return Formula(expression, names, "eta")([&](const std::string& name) { return values.at(name); });
}

TEST(Formula, IsArithmeticOfTheLossLanguage) {
  EXPECT_DOUBLE_EQ(evaluate("B*0.01", {{"B", 4}}), 0.04);
  EXPECT_DOUBLE_EQ(evaluate("(1-mu)*batch_size*0.01", {{"mu", 0.9}, {"batch_size", 16}}), 0.016);
  EXPECT_DOUBLE_EQ(evaluate("2*pi/sqrt(h) - max(h, 3)", {{"h", 2}}), 2 * 3.14159265358979323846 / std::sqrt(2.0) - 3);
  EXPECT_EQ(evaluate("7", {}), 7);
  for (double n = 1; n <= 200; ++n) EXPECT_EQ(evaluate("14*n/n", {{"n", n}}), 14) << n;
  for (double n = 1; n <= 200; ++n) EXPECT_EQ(evaluate("(14 + 14*n)/(n + 1)", {{"n", n}}), 14) << n;
}

TEST(Formula, AsksForTheNamesThatOccurOnly) {
  const Formula formula("mu + mu", {"mu", "eta"}, "eta");
  EXPECT_EQ(formula.names(), std::set<std::string>{"mu"});
  EXPECT_EQ(formula([](const std::string& name) {
              EXPECT_EQ(name, "mu");
              return 0.25;
            }),
            0.5);
}

TEST(Formula, UnknownNamesAreErrorsWithTheNearest) {
  try {
    Formula("batch_sise*2", {"batch_size", "mu"}, "sweep.toml:3:7: eta");
    FAIL();
  } catch (const InputError& error) {
    const std::string message = error.what();
    EXPECT_TRUE(message.starts_with("sweep.toml:3:7: eta: column 1: ")) << message;
    EXPECT_NE(message.find("batch_size"), std::string::npos) << message;
  }
  EXPECT_THROW(Formula("1 +", {}, "eta"), InputError);
}

TEST(EvaluationOrder, PutsEachAfterThoseItReads) {
  const EvaluationOrder order = evaluation_order({{2}, {}, {1, 3}, {}});
  EXPECT_EQ(order.order, (std::vector<std::size_t>{1, 3, 2, 0}));
  EXPECT_TRUE(order.cycle.empty());
  EXPECT_EQ(evaluation_order({{}, {}, {}}).order, (std::vector<std::size_t>{0, 1, 2}));
}

TEST(EvaluationOrder, FindsCycles) {
  EXPECT_EQ(evaluation_order({{0}}).cycle, (std::vector<std::size_t>{0, 0}));
  EXPECT_EQ(evaluation_order({{}, {2}, {3}, {1}}).cycle, (std::vector<std::size_t>{1, 2, 3, 1}));
  // On the way to a cycle, but no part of it.
  EXPECT_EQ(evaluation_order({{1}, {2}, {1}}).cycle, (std::vector<std::size_t>{1, 2, 1}));
}

}  // namespace
}  // namespace isotherm::batch
