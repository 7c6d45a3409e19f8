// Numbers of a loaded machine say nothing: only that they are all there.

#include "bench/cases.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "dynamics/dynamics.hpp"
#include "isotherm/core/error.hpp"

namespace {

using namespace isotherm;
using namespace isotherm::bench;

CaseRequest request(const std::string& pattern) {
  CaseRequest request;
  request.quick = true;
  request.pattern = pattern;
  request.effort = {0.001, 1, nullptr};
  return request;
}

std::set<std::string> names(const CaseRequest& request) {
  std::set<std::string> found;
  for (const Case& one : cases(request)) found.insert(one.name);
  return found;
}

TEST(Cases, CoverWhatMatters) {
  CaseRequest full = request("");
  full.quick = false;
  const std::set<std::string> all = names(full);
  for (const char* name : {"loss/double-well",
                           "loss/rugged",
                           "loss/muller-brown",
                           "dimension/1",
                           "dimension/2",
                           "dimension/10",
                           "dimension/100",
                           "precision/float",
                           "precision/double",
                           "histogram/every-step",
                           "histogram/none",
                           "histogram/1e6-bins",
                           "histogram/256x256-bins",
                           "noise/rademacher",
                           "examples/1e3-rows-batch-1",
                           "examples/1e5-rows-reshuffle-batch-32",
                           "examples/fresh-batch-32",
                           "particles/1e3",
                           "particles/1e9",
                           "steps/1e2",
                           "steps/1e5"})
    EXPECT_TRUE(all.contains(name)) << name;
  for (const dynamics::Descriptor& rule : dynamics::registry())
    EXPECT_EQ(all.contains("dynamics/" + rule.name), rule.name != "sgd") << rule.name;
  const std::set<std::string> quick = names(request(""));
  EXPECT_LT(quick.size(), all.size());
  for (const std::string& name : quick) EXPECT_TRUE(all.contains(name)) << name;
}

TEST(Cases, PatternAndThreads) {
  EXPECT_EQ(names(request("muller")), std::set<std::string>{"loss/muller-brown"});
  EXPECT_EQ(cases(request("muller")).size(), 2);
  CaseRequest alone = request("muller");
  alone.threads = 1;
  EXPECT_EQ(cases(alone).size(), 1);
  try {
    cases(request("no-such-case"));
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("--cases no-such-case"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("noise/"), std::string::npos);
  }
}

TEST(Cases, OneThatIsMeasured) {
  for (const char* name : {"histogram/256x256-bins", "precision/double", "noise/rademacher-no-histogram"}) {
    std::vector<std::string> said;
    const CaseReport report = measure_cases(request(name), [&](const std::string& what) { said.push_back(what); });
    ASSERT_GE(said.size(), 2);  // more where there is a GPU
    EXPECT_EQ(said[0], "the processor");
    EXPECT_EQ(said[1], name);
    ASSERT_FALSE(report.cases.empty());
    const CaseSpeed& speed = report.cases.front();
    EXPECT_EQ(speed.name, name);
    EXPECT_EQ(speed.threads, 1);
    EXPECT_GT(speed.particle_steps_per_second(), 0);
    EXPECT_TRUE(std::isfinite(speed.particle_steps_per_second()));
    EXPECT_EQ(speed.particle_steps, static_cast<double>(speed.experiment.particles * speed.experiment.steps));
    EXPECT_GT(speed.operations.total(), 0);
    EXPECT_EQ(speed.limit.has_value(), !report.issue.empty());
    if (speed.limit) {
      EXPECT_GT(*speed.limit, 0);
    }
    EXPECT_GT(report.frequency, 0);
    EXPECT_FALSE(report.machine.date.empty());
  }
}

TEST(Cases, ExamplesOfASecond) {
  CaseRequest wanted = request("examples/1e3-rows-reshuffle-batch-32");
  wanted.threads = 1;
  const CaseReport report = measure_cases(wanted);
  ASSERT_FALSE(report.cases.empty());
  const CaseSpeed& speed = report.cases.front();
  // 31 batches of 32 and one of 8.
  EXPECT_EQ(speed.examples_per_step, 1000.0 / 32);
  EXPECT_EQ(speed.examples_per_second(), speed.examples_per_step * speed.particle_steps_per_second());
  // Ten multiply-adds for a residual, ten for the sums.
  EXPECT_GE(speed.operations[Kind::fused], 20 * speed.examples_per_step);
  EXPECT_EQ(measure_cases(request("histogram/none")).cases.front().examples_per_step, 0);
}

TEST(Cases, MemoryOfAJointHistogram) {
  const CaseReport report = measure_cases(request("histogram/256x256-bins"));
  const CaseSpeed& speed = report.cases.front();
  // Two rows of float, one table of 258 x 258 slots, and a count of non-finite particles.
  EXPECT_EQ(speed.memory.state, speed.experiment.particles * 2 * sizeof(float));
  EXPECT_EQ(speed.memory.counts, (258 * 258 + 1) * sizeof(std::uint64_t));
  EXPECT_EQ(speed.memory.tables, speed.memory.counts);
  EXPECT_EQ(speed.memory.total(), speed.memory.state + 2 * speed.memory.counts);
}

TEST(Cases, Spread) {
  CaseReport report;
  const auto add = [&](const std::string& name, double seconds, int threads) {
    CaseSpeed speed;
    speed.name = name;
    speed.backend = "cpu";
    speed.seconds = seconds;
    speed.particle_steps = 1;
    speed.threads = threads;
    report.cases.push_back(speed);
  };
  add("particles/1e3", 9, 2);
  add("particles/1e4", 3, 2);
  EXPECT_FALSE(report.spread("particles", 1e4, 1e9));
  add("particles/1e5", 2, 2);
  add("particles/1e6", 4, 2);
  add("particles/1e6", 400, 1);
  add("steps/1e4", 100, 2);
  EXPECT_DOUBLE_EQ(report.spread("particles", 1e4, 1e9).value(), 2);
}

TEST(Cases, StopWhenAsked) {
  const std::atomic<bool> stop = true;
  CaseRequest stopped = request("loss/double-well");
  stopped.effort.stop = &stop;
  EXPECT_ANY_THROW(measure_cases(stopped));
}

}  // namespace
