// The limit on processors that are made up, and sane rates of the one that is here.

#include <gtest/gtest.h>

#include "bench/issue.hpp"
#include "engine/simulation.hpp"

namespace {

using namespace isotherm;
using namespace isotherm::bench;

/// Vectors of 10 particles. Multiply-adds and integer products share two ports, additions have two others, logic has
/// all four; a root takes ten times as long. Rates in vectors per second.
IssueRates four_ports() {
  const auto ports = [](std::size_t kind) -> unsigned {
    switch (static_cast<Kind>(kind)) {
      case Kind::fused:
      case Kind::integer_multiply:
        return 0b0011;
      case Kind::add:
      case Kind::shift:
        return 0b1100;
      default:
        return 0b1111;
    }
  };
  IssueRates rates;
  rates.lanes = 10;
  rates.frequency = 1;
  rates.all = 4;
  rates.increments = 0.5;
  for (std::size_t a = 0; a < kind_count; ++a) rates.alone[a] = __builtin_popcount(ports(a));
  rates.alone[static_cast<std::size_t>(Kind::root)] = 0.1;
  for (std::size_t a = 0; a < kind_count; ++a)
    for (std::size_t b = 0; b < kind_count; ++b)
      rates.together[a][b] = a == b ? rates.alone[a]
                                    : std::min<double>(__builtin_popcount(ports(a) | ports(b)),
                                                       2 * std::min(rates.alone[a], rates.alone[b]));
  return rates;
}

TEST(Limit, OneKind) {
  Operations work;
  work[Kind::fused] = 30;
  EXPECT_DOUBLE_EQ(limit_of(work, four_ports()).seconds, 30 / (10 * 2.0));
  EXPECT_EQ(limit_of(work, four_ports()).bound, "fma");
}

TEST(Limit, KindsOnTheSamePortsAddUp) {
  Operations work;
  work[Kind::fused] = 30;
  work[Kind::integer_multiply] = 10;
  work[Kind::add] = 25;
  EXPECT_DOUBLE_EQ(limit_of(work, four_ports()).seconds, 40 / (10 * 2.0));
  EXPECT_EQ(limit_of(work, four_ports()).bound, "fma, integer_multiply");
  work[Kind::shift] = 20;
  EXPECT_DOUBLE_EQ(limit_of(work, four_ports()).seconds, 45 / (10 * 2.0));
  EXPECT_EQ(limit_of(work, four_ports()).bound, "add, shift");
}

TEST(Limit, AllPorts) {
  Operations work;
  work[Kind::fused] = 10;
  work[Kind::add] = 10;
  work[Kind::logic] = 60;
  EXPECT_DOUBLE_EQ(limit_of(work, four_ports()).seconds, 80 / (10 * 4.0));
  EXPECT_EQ(limit_of(work, four_ports()).bound, "all vector operations");
}

TEST(Limit, SlowKindsAndIncrements) {
  Operations work;
  work[Kind::fused] = 10;
  work[Kind::root] = 2;
  EXPECT_DOUBLE_EQ(limit_of(work, four_ports()).seconds, 2 / (10 * 0.1));
  EXPECT_EQ(limit_of(work, four_ports()).bound, "sqrt");
  work.increments = 3;
  EXPECT_DOUBLE_EQ(limit_of(work, four_ports()).seconds, 3 / 0.5);
  EXPECT_EQ(limit_of(work, four_ports()).bound, "increments");
}

TEST(Limit, MoreWorkNeverTakesLess) {
  Operations work;
  double before = 0;
  for (std::size_t step = 0; step < 5 * kind_count; ++step) {
    work.vector[step * 7 % kind_count] += 3;
    const double now = limit_of(work, four_ports()).seconds;
    EXPECT_GE(now, before);
    before = now;
  }
}

TEST(Issue, RatesOfThisProcessor) {
  EXPECT_GT(measured_frequency(), 1e8);
  for (const std::string& simd : engine::simd_targets()) {
    for (const Precision precision : {Precision::single, Precision::twofold}) {
      const std::optional<IssueRates> rates = measure_issue(simd, precision);
      EXPECT_EQ(rates.has_value(), simd != "scalar");
      if (!rates) continue;
      EXPECT_EQ(rates->simd, simd);
      EXPECT_GE(rates->lanes, 2);
      for (const double rate : rates->alone) EXPECT_GT(rate, 0);
      EXPECT_GE(rates->all, rates->of(Kind::logic));
      EXPECT_GT(rates->increments, 0);
    }
  }
}

}  // namespace
