// Learning rates against their formulas, and the errors of texts that are none.

#include "schedule/schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "isotherm/core/error.hpp"

namespace isotherm::schedule {
namespace {

constexpr double pi = std::numbers::pi;

void expect_rate(const Schedule& schedule, std::uint64_t t, double expected) {
  EXPECT_NEAR(schedule.rate(t), expected, 1e-15 * expected) << "update " << t;
}

/// The time of every state up to `last` is the plain sum of the rates.
void expect_time_is_the_sum(const Schedule& schedule, std::uint64_t last) {
  long double sum = 0;
  EXPECT_EQ(schedule.time(0), 0);
  for (std::uint64_t n = 1; n <= last; ++n) {
    sum += schedule.rate(n);
    if (n % 7 != 1 && n != last) continue;
    EXPECT_NEAR(schedule.time(n), static_cast<double>(sum), 1e-14 * static_cast<double>(sum)) << "state " << n;
  }
}

/// constant_after is the least number that it can be, as far as `last` shows.
void expect_settles(const Schedule& schedule, std::uint64_t after, std::uint64_t last) {
  EXPECT_EQ(schedule.constant_after, after);
  for (std::uint64_t t = after + 1; t <= last; ++t)
    ASSERT_EQ(schedule.rate(t), schedule.rate(after + 1)) << "update " << t;
  if (after > 0) {
    EXPECT_NE(schedule.rate(after), schedule.rate(after + 1));
  }
  EXPECT_EQ(schedule.is_constant(), after == 0);
}

TEST(Schedule, Constant) {
  const Schedule schedule = parse("constant", 0.3);
  expect_rate(schedule, 1, 0.3);
  expect_rate(schedule, 1'000'000, 0.3);
  expect_settles(schedule, 0, 10);
  EXPECT_EQ(schedule.time(1000), 1000 * 0.3);
}

TEST(Schedule, Step) {
  const Schedule schedule = parse("step:0.2@0,0.1@5000,0.3@5001", 0);
  expect_rate(schedule, 1, 0.2);
  expect_rate(schedule, 5000, 0.2);  // leads from state 4999 to state 5000
  expect_rate(schedule, 5001, 0.1);
  expect_rate(schedule, 5002, 0.3);
  expect_settles(schedule, 5001, 6000);
  expect_time_is_the_sum(schedule, 5100);
  EXPECT_NEAR(schedule.time(1'000'000'000'000), 1000 + 0.1 + 0.3 * (1e12 - 5001), 1e-3);
}

TEST(Schedule, StepsThatDoNotChangeTheRateAreNone) {
  expect_settles(parse("step:0.2@0", 0), 0, 10);
  expect_settles(parse("step:0.2@0,0.1@50,0.1@70,0.1@90", 0), 50, 100);
  expect_settles(parse("step:0.2@0,0.2@50", 0), 0, 100);
}

TEST(Schedule, Power) {
  const Schedule schedule = parse("power:0.5,0.75", 0);
  expect_rate(schedule, 1, 0.5);
  expect_rate(schedule, 16, 0.5 / 8);
  expect_rate(schedule, 10'000, 0.5 / 1000);
  EXPECT_EQ(schedule.constant_after, never);
  expect_time_is_the_sum(schedule, 1000);
  // Harmonic number 10^6 = log n + gamma + 1/(2 n) - 1/(12 n^2).
  EXPECT_NEAR(parse("power:1,1", 0).time(1'000'000), std::log(1e6) + std::numbers::egamma + 0.5e-6 - 1e-12 / 12, 1e-14);
  expect_settles(parse("power:0.1,0", 0), 0, 100);
}

TEST(Schedule, Linear) {
  const Schedule schedule = parse("linear:0.2,0.04,8", 0);
  expect_rate(schedule, 1, 0.2);
  expect_rate(schedule, 2, 0.18);
  expect_rate(schedule, 8, 0.06);
  expect_rate(schedule, 9, 0.04);
  expect_rate(schedule, 900, 0.04);
  expect_settles(schedule, 8, 100);
  expect_time_is_the_sum(schedule, 100);
  // 8 START - (START - END) (0 + ... + 7) / 8.
  EXPECT_NEAR(schedule.time(8), 1.6 - 0.16 * 3.5, 1e-15);
  EXPECT_EQ(parse("linear:0.2,0,8", 0).rate(9), 0);
  EXPECT_EQ(parse("linear:0.2,0,8", 0).time(1'000'000), parse("linear:0.2,0,8", 0).time(8));
  expect_settles(parse("linear:0.1,0.1,50", 0), 0, 100);
  expect_rate(parse("linear:0.1,0.3,4", 0), 3, 0.2);
}

TEST(Schedule, InverseLog) {
  const Schedule schedule = parse("inverse-log:0.5", 0);
  expect_rate(schedule, 1, 0.5 / std::log(1 + std::numbers::e));
  expect_rate(schedule, 1'000'000, 0.5 / std::log(1'000'000 + std::numbers::e));
  EXPECT_EQ(schedule.constant_after, never);
  expect_time_is_the_sum(schedule, 1000);
}

TEST(Schedule, Cosine) {
  const Schedule schedule = parse("cosine:0.3,200", 0);
  for (const std::uint64_t cycle : {0u, 1u, 1000u}) {
    expect_rate(schedule, 200 * cycle + 1, 0.3);
    expect_rate(schedule, 200 * cycle + 101, 0.15);
    expect_rate(schedule, 200 * cycle + 51, 0.15 * (1 + std::numbers::sqrt2 / 2));
    expect_rate(schedule, 200 * cycle + 200, 0.3 * std::pow(std::sin(pi / 400), 2));
  }
  for (std::uint64_t t = 1; t <= 500; ++t)
    EXPECT_NEAR(schedule.rate(t), 0.15 * (std::cos(pi * static_cast<double>((t - 1) % 200) / 200) + 1), 1e-16);
  EXPECT_EQ(schedule.constant_after, never);
  expect_time_is_the_sum(schedule, 700);
  // The cosines of a cycle add up to 1: all but the first cancel in pairs.
  EXPECT_NEAR(schedule.time(1000), 5 * 0.15 * (200 + 1), 1e-12);
  expect_settles(parse("cosine:0.3,1", 0), 0, 20);
}

TEST(Schedule, WarmUp) {
  const Schedule schedule = parse("warm-up:50", 0.4);
  expect_rate(schedule, 1, 0.008);
  expect_rate(schedule, 25, 0.2);
  expect_rate(schedule, 49, 0.392);
  expect_rate(schedule, 50, 0.4);
  expect_rate(schedule, 5000, 0.4);
  expect_settles(schedule, 49, 200);
  expect_time_is_the_sum(schedule, 200);
  EXPECT_NEAR(schedule.time(200), 0.4 * (25.5 + 150), 1e-13);
  expect_settles(parse("warm-up:1", 0.4), 0, 20);
}

TEST(Schedule, TimeIsClosedWhereTheRateIsConstant) {
  // Summing this up would take centuries.
  EXPECT_NEAR(parse("warm-up:10", 0.1).time(std::uint64_t{1} << 60), 0.1 * std::pow(2.0, 60), 1e3);
}

TEST(Schedule, EveryExampleIsRight) {
  for (const Kind& kind : registry()) {
    EXPECT_EQ(&find(kind.example), &kind);
    const Schedule schedule = parse(kind.example, 0.1);
    EXPECT_GT(schedule.rate(1), 0) << kind.name;
    EXPECT_EQ(kind.usage.substr(0, kind.usage.find(':')), kind.name);
    EXPECT_FALSE(kind.formula.empty());
    EXPECT_FALSE(kind.source.empty());
    // A kind that scales --eta gives twice the rate at twice the eta, and the others do not look at it.
    EXPECT_EQ(parse(kind.example, 0.2).rate(3), (kind.scales_eta ? 2 : 1) * schedule.rate(3)) << kind.name;
  }
  EXPECT_EQ(registry().front().name, "constant");
}

TEST(Schedule, ErrorsNameTheOptionTheProblemAndTheUsage) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"constant:0.1", "constant takes no numbers"},
      {"step", "the rates are missing"},
      {"step:", "'' has no @STATE"},
      {"step:0.2", "'0.2' has no @STATE"},
      {"step:0.2@10", "the first rate must start @0, not @10"},
      {"step:0.2@0,0.1@50,0.05@50", "states must ascend, and @50 does not"},
      {"step:0.2@0,0.1@50,0.05@20", "states must ascend, and @20 does not"},
      {"step:0.2@0,0.1@0", "'0' is not a number of a state"},
      {"step:0.2@0,0.1@1.5", "'1.5' is not a number of a state"},
      {"step:0.2@0,0@10", "a rate must be greater than 0, not 0"},
      {"step:0.2@0,x@10", "'x' is not a number"},
      {"step:0.2@0,0.1@", "'' is not a number"},
      {"power", "power takes two numbers"},
      {"power:0.5", "power takes two numbers"},
      {"power:0.5,1,2", "power takes two numbers"},
      {"power:0,1", "C must be greater than 0, not 0"},
      {"power:0.5,-1", "A must be 0 or greater, not -1"},
      {"power:a,1", "'a' is not a number"},
      {"power:1e999,1", "'1e999' is not a number"},
      {"linear:0.1,0.01", "linear takes three numbers"},
      {"linear:0,0.01,10", "START must be greater than 0, not 0"},
      {"linear:0.1,-0.01,10", "END must be 0 or greater, not -0.01"},
      {"linear:0.1,0.01,0", "'0' is not a number of steps"},
      {"linear:0.1,0.01,2.5", "'2.5' is not a number of steps"},
      {"linear:0.1,0.01,1e30", "'1e30' is not a number of steps"},
      {"inverse-log", "inverse-log takes one number"},
      {"inverse-log:-1", "C must be greater than 0, not -1"},
      {"cosine:0.3", "cosine takes two numbers"},
      {"cosine:-0.3,200", "A0 must be greater than 0, not -0.3"},
      {"cosine:0.3,0", "'0' is not a number of steps"},
      {"cosine:0.3,", "'' is not a number"},
      {"warm-up", "warm-up takes one number"},
      {"warm-up:-5", "'-5' is not a number of steps"},
  };
  for (const auto& [text, problem] : wrong) {
    const Kind& kind = find(text);
    try {
      parse(text, 0.1);
      ADD_FAILURE() << text << " was accepted";
    } catch (const InputError& error) {
      EXPECT_EQ(std::string(error.what()),
                "--schedule: " + problem + "; write " + kind.usage + ", for example --schedule " + kind.example);
    }
  }
}

TEST(Schedule, AnUnknownNameGetsTheNearest) {
  try {
    parse("cosin:0.3,200", 0.1);
    ADD_FAILURE();
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()),
              "--schedule: unknown schedule 'cosin'; did you mean 'cosine'? There are constant, step, power, linear, "
              "inverse-log, cosine, warm-up");
  }
}

}  // namespace
}  // namespace isotherm::schedule
