#include "batch/run_points.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <numeric>
#include <thread>

#include "experiment/run.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::batch {
namespace {

/// Points that differ in everything that makes another program, another plan, another stream of numbers.
Experiment point(std::size_t index) {
  Experiment e;
  e.loss = index % 2 == 0 ? "double-well" : "x^4/4 + y^2 - x*y/2";
  e.dynamics = index % 3 == 0 ? "momentum" : "sgd";
  e.eta = {0.02 + 0.01 * static_cast<double>(index)};
  e.batch_size = 1 + index;
  e.seed = 7 + index / 4;
  e.particles = 3000;
  e.steps = 60;
  e.burn_in = 30;
  e.precision = index % 5 == 4 ? Precision::twofold : Precision::single;
  e.backend = Backend::cpu;
  return e;
}

void expect_same_bits(const Measurement& a, const Measurement& b) {
  ASSERT_EQ(a.histograms.size(), b.histograms.size());
  for (std::size_t h = 0; h < a.histograms.size(); ++h) {
    EXPECT_EQ(a.histograms[h].axes, b.histograms[h].axes);
    EXPECT_EQ(a.histograms[h].counts, b.histograms[h].counts);
  }
  ASSERT_EQ(a.last().observables.size(), b.last().observables.size());
  for (std::size_t o = 0; o < a.last().observables.size(); ++o) {
    const MomentSum &x = a.last().observables[o].total, &y = b.last().observables[o].total;
    EXPECT_EQ(x.mean, y.mean);
    EXPECT_EQ(x.variance(), y.variance());
    EXPECT_EQ(x.raw_fourth(), y.raw_fourth());
  }
}

class RunPoints : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RunPoints, EqualsRunsOneByOne) {
  constexpr std::size_t count = 7;
  std::vector<std::size_t> points(count);
  std::iota(points.begin(), points.end(), std::size_t{0});
  std::map<std::size_t, Result> found;
  std::mutex mutex;
  std::uint64_t particle_steps = 0;
  PointsRequest request;
  request.points = points;
  request.experiment = point;
  request.threads = GetParam();
  request.predictions = PredictionSet::gibbs;
  request.finished = [&](const PointOutcome& outcome) {
    const std::lock_guard lock(mutex);
    ASSERT_NE(outcome.result, nullptr) << outcome.failure;
    found[outcome.point] = *outcome.result;
  };
  request.on_particle_steps = [&](std::uint64_t steps) {
    const std::lock_guard lock(mutex);
    particle_steps += steps;
  };
  run_points(request);
  ASSERT_EQ(found.size(), count);
  EXPECT_EQ(particle_steps, count * 3000 * 90);
  for (const std::size_t i : points) {
    SCOPED_TRACE("point " + std::to_string(i));
    Experiment alone = point(i);
    alone.threads = 2;
    const Result expected = run(alone);
    expect_same_bits(found[i].measurement, expected.measurement);
    ASSERT_TRUE(expected.verdict.alpha.maximum_likelihood);
    EXPECT_EQ(found[i].verdict.alpha.maximum_likelihood->value, expected.verdict.alpha.maximum_likelihood->value);
    EXPECT_EQ(found[i].verdict.alpha.maximum_likelihood->standard_error,
              expected.verdict.alpha.maximum_likelihood->standard_error);
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, RunPoints, testing::Values(1, 3, 16));

/// As in a sweep by several processes: points come while others run, and some of them go elsewhere.
TEST(RunPoints, TakesPointsFromAQueue) {
  PointQueue queue(5);
  std::vector<std::size_t> order;
  std::mutex mutex;
  PointsRequest request;
  request.queue = &queue;
  request.threads = 3;
  request.experiment = point;
  request.predictions = PredictionSet::none;
  request.finished = [&](const PointOutcome& outcome) {
    const std::lock_guard lock(mutex);
    EXPECT_EQ(outcome.failure, "");
    order.push_back(outcome.point);
    if (outcome.point == 6) {  // the only large one: small ones follow
      queue.add_small(std::vector<std::size_t>{0, 1});
      queue.close_large();
    }
    if (order.size() == 3) {
      queue.add_small(std::vector<std::size_t>{2, 3});
      queue.close();
      queue.add_small(std::vector<std::size_t>{4});  // too late
    }
  };
  queue.add_large(std::vector<std::size_t>{6, 5});
  EXPECT_EQ(queue.give_large(0), std::vector<std::size_t>{});
  EXPECT_TRUE(queue.has_large());
  run_points(request);
  EXPECT_FALSE(queue.has_large());
  ASSERT_EQ(order.size(), 6u);
  EXPECT_EQ(order[0], 6u);
  EXPECT_EQ(order[1], 5u);
  std::sort(order.begin(), order.end());
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3, 5, 6}));
}

TEST(PointQueue, GivesWhatIsThereAndNoMore) {
  PointQueue queue(3);
  queue.add_small(std::vector<std::size_t>{7, 8, 9});
  queue.close();
  EXPECT_EQ(queue.take_large(), std::nullopt);
  EXPECT_EQ(queue.give_small(2), (std::vector<std::size_t>{7, 8}));
  EXPECT_EQ(queue.take_small(), 9u);
  EXPECT_EQ(queue.give_small(2), std::vector<std::size_t>{});
  EXPECT_EQ(queue.take_small(), std::nullopt);
}

TEST(PointQueue, SaysHowManyThreadsWait) {
  PointQueue queue(3);
  EXPECT_EQ(queue.wanted_small(), 0u);
  std::atomic<std::size_t> taken = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        if (queue.take_small()) ++taken;
      });
    while (queue.wanted_small() < 3) std::this_thread::yield();
    queue.add_small(std::vector<std::size_t>{7});
    EXPECT_EQ(queue.wanted_small(), 2u);  // whether it has been taken yet or not
    queue.close();
    EXPECT_EQ(queue.wanted_small(), 0u);
  }
  EXPECT_EQ(taken, 1u);
}

TEST(PointQueue, ForgetsWhatWaitsWhenItIsCleared) {
  PointQueue queue(3);
  queue.add_large(std::vector<std::size_t>{1});
  queue.add_small(std::vector<std::size_t>{2});
  queue.clear();
  EXPECT_EQ(queue.take_large(), std::nullopt);
  EXPECT_EQ(queue.take_small(), std::nullopt);
}

TEST(RunPoints, FailuresAreOutcomesAndTheOthersGoOn) {
  const std::vector<std::size_t> points = {0, 1, 2, 3};
  std::map<std::size_t, std::string> failures;
  std::mutex mutex;
  PointsRequest request;
  request.points = points;
  request.threads = 2;
  request.experiment = [](std::size_t i) {
    Experiment e = point(0);
    if (i == 1) e.eta = {500};             // diverges
    if (i == 2) e.loss = "x^2 + nothing";  // is refused
    return e;
  };
  request.finished = [&](const PointOutcome& outcome) {
    const std::lock_guard lock(mutex);
    EXPECT_EQ(outcome.result == nullptr, !outcome.failure.empty());
    EXPECT_FALSE(outcome.incidental);
    failures[outcome.point] = outcome.failure;
  };
  run_points(request);
  ASSERT_EQ(failures.size(), 4u);
  EXPECT_EQ(failures[0], "");
  EXPECT_NE(failures[1].find("every particle is non-finite"), std::string::npos) << failures[1];
  EXPECT_NE(failures[2].find("'nothing'"), std::string::npos) << failures[2];
  EXPECT_EQ(failures[3], "");
}

TEST(RunPoints, StopsBetweenSegments) {
  std::vector<std::size_t> points(1000);
  std::iota(points.begin(), points.end(), std::size_t{0});
  std::atomic<bool> stop = false;
  std::atomic<std::size_t> finished = 0;
  PointsRequest request;
  request.points = points;
  request.threads = 2;
  request.experiment = [](std::size_t) { return point(1); };
  request.stop = &stop;
  request.finished = [&](const PointOutcome& outcome) {
    EXPECT_EQ(outcome.failure, "");  // a point that was given up is no failure
    if (++finished == 3) stop = true;
  };
  EXPECT_THROW(run_points(request), Stopped);
  EXPECT_LE(finished, 5u);
}

TEST(RunPoints, PassesOnWhatTheCallerThrows) {
  const std::vector<std::size_t> points = {0, 1, 2, 3, 4, 5, 6, 7};
  PointsRequest request;
  request.points = points;
  request.threads = 2;
  request.experiment = point;
  request.finished = [](const PointOutcome&) { throw RunError("disk full"); };
  EXPECT_THROW(run_points(request), RunError);
}

TEST(RunPoints, LargePointsAreThoseWithWorkForAllThreads) {
  Experiment e;
  e.particles = 1 << 20;
  e.steps = 1 << 16;
  EXPECT_TRUE(is_large(e, 16));
  EXPECT_FALSE(is_large(e, 128));
  e.steps /= 2;
  EXPECT_FALSE(is_large(e, 16));
  e.burn_in = 1 << 15;
  EXPECT_TRUE(is_large(e, 16));
}

}  // namespace
}  // namespace isotherm::batch
