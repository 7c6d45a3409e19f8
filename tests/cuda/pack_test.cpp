// Settings that share launches give, run on the host's threads, the bits of each alone on the CPU.

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "batch/run_points.hpp"
#include "cuda/equality.hpp"
#include "cuda/examples.hpp"
#include "cuda/host_device.hpp"
#include "engine/cuda/device.hpp"
#include "engine/cuda/engine.hpp"
#include "engine/cuda/kernel_source.hpp"
#include "experiment/run.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::test {
namespace {

/// One text: other constants, seeds, particles, starts, schedules, ranges and numbers of bins.
std::vector<Example> unequal() {
  return {{},
          {.eta = 0.01, .sigma = 3, .particles = 1, .seed = 5},
          {.eta = 0.1, .start = {"normal", {-1, 0.5}}, .particles = 70 * 256 - 3, .steps = 9, .thinning = 9},
          {.sigma = 0.5, .particles = 300, .burn_in = 0, .histograms = {{Axis{"x", 99, -1, 4}}}},
          {.particles = 512, .seed = 123456789012345, .burn_in = 20, .steps = 31, .thinning = 2},
          {.eta = 0.3, .particles = 257, .steps = 1, .thinning = 1},
          {.eta = 0.02, .particles = 1000, .seed = 8, .histograms = {{Axis{"x", 2000, 0, 2}}}}};
}

unsigned most_together(const LaunchLog& log) {
  return log.settings.empty() ? 0 : *std::max_element(log.settings.begin(), log.settings.end());
}

/// Expects the bits of the CPU, and that all were in one launch.
void expect_same_as_cpu_in_one_pack(const std::vector<Example>& examples, const engine::cuda::Tuning& tuning = {}) {
  LaunchLog log;
  expect_same_as_cpu_together(
      examples, [&log] { return make_logging_host_device(&log); }, tuning);
  EXPECT_EQ(most_together(log), examples.size());
}

engine::cuda::Tuning short_launches() {
  engine::cuda::Tuning tuning;
  tuning.launch_steps = 5;
  return tuning;
}

TEST(Pack, OneTwoAndSevenSettings) {
  for (const std::size_t settings : {1, 2, 7}) {
    std::vector<Example> examples = unequal();
    examples.resize(settings);
    expect_same_as_cpu_in_one_pack(examples);
    expect_same_as_cpu_in_one_pack(examples, short_launches());
  }
}

TEST(Pack, SettingsOfTwoTextsAndOfMoreThanOnePack) {
  engine::cuda::Tuning tuning;
  tuning.pack_settings = 4;
  std::vector<std::unique_ptr<LaunchLog>> logs;
  std::vector<Example> examples = unequal();
  examples.push_back({.loss = "quartic"});
  expect_same_as_cpu_together(
      examples,
      [&] {
        logs.push_back(std::make_unique<LaunchLog>());
        return make_logging_host_device(logs.back().get());
      },
      tuning);
  std::vector<unsigned> most;
  for (const auto& log : logs) most.push_back(most_together(*log));
  EXPECT_EQ(most, (std::vector<unsigned>{4, 3, 1}));
}

TEST(Pack, OtherPlacesOfTablesAndCounters) {
  engine::cuda::Tuning tuning;
  tuning.pack_table_bytes = 0;
  expect_same_as_cpu_in_one_pack(unequal(), tuning);
  tuning = {};
  tuning.shared_counter_bytes = 0;
  expect_same_as_cpu_in_one_pack(unequal(), tuning);
}

TEST(Pack, HistogramsOfEveryKind) {
  const Example first{.loss = "himmelblau", .eta = 0.01, .histograms = every_kind_of_histogram()};
  Example second = first;
  second.eta = 0.003;
  second.particles = 3000;
  second.histograms[1][0].bins = 20;
  second.histograms[5][0].lower = -3;
  expect_same_as_cpu_in_one_pack({first, second}, short_launches());
}

TEST(Pack, ConstantsOfStepsAndAverages) {
  for (const Precision precision : {Precision::single, Precision::twofold})
    expect_same_as_cpu_in_one_pack(
        {with_averages({.dynamics = "adam", .precision = precision, .schedule = "cosine:0.3,20"}),
         with_averages({.dynamics = "adam", .precision = precision, .schedule = "cosine:0.1,33", .particles = 300})},
        short_launches());
}

// Other batch sizes, rows and seeds; tables in shared memory and not. In both the last batch of an epoch is short.
TEST(Pack, Examples) {
  const auto regression = [](std::size_t rows, const char* sampling, std::uint64_t batch_size, std::uint64_t seed) {
    return over_rows({.rows = rows, .columns = 2, .sampling = sampling, .batch_size = batch_size},
                     {.noise = "none", .particles = 100 * seed, .seed = seed});
  };
  for (const char* sampling : {"", "without-replacement", "reshuffle"})
    for (const std::size_t rows : {80, 1000})
      expect_same_as_cpu_in_one_pack({regression(rows, sampling, 3, 1), regression(rows + 2, sampling, 7, 4)},
                                     short_launches());
}

TEST(Pack, FreshExamples) {
  std::vector<Example> examples;
  for (const std::uint64_t batch_size : {1, 5, 32})
    examples.push_back({.loss = "(w*a - b)^2/2",
                        .noise = "none",
                        .particles = 100 * batch_size,
                        .histograms = {{Axis{"w", 40, -2, 2}}},
                        .variant = "batch of " + std::to_string(batch_size),
                        .change = [batch_size](Experiment& e) {
                          e.noise = "gaussian";
                          e.random = {"a=normal", "b=rademacher"};
                          e.batch_size = batch_size;
                        }});
  expect_same_as_cpu_in_one_pack(examples, short_launches());
}

// What diverges is counted apart, and the others do not notice.
TEST(Pack, OneDiverges) {
  std::vector<Example> examples = unequal();
  examples[1] = {.eta = 50, .sigma = 3, .particles = 700};
  const engine::Simulation simulation = make_simulation(examples[1]);
  const Outcome alone = run(*engine::make_cpu_engine(simulation, 1), simulation, simulation.blocks(), {});
  EXPECT_GT(std::accumulate(alone.histograms[0].nonfinite.begin(), alone.histograms[0].nonfinite.end(), 0ull), 0u);
  expect_same_as_cpu_in_one_pack(examples);
}

/// A device whose launches fail from some number on.
class Failing final : public engine::cuda::Device {
 public:
  explicit Failing(int good_launches) : device_(make_host_device()), left_(good_launches) {}
  std::string description() const override { return device_->description(); }
  std::size_t free_bytes() const override { return device_->free_bytes(); }
  std::size_t shared_bytes() const override { return device_->shared_bytes(); }
  engine::cuda::Address allocate(std::size_t bytes) override { return device_->allocate(bytes); }
  void release(engine::cuda::Address address) noexcept override { device_->release(address); }
  void copy_to_device(engine::cuda::Address to, std::span<const std::byte> from) override {
    device_->copy_to_device(to, from);
  }
  void copy_to_host(std::span<std::byte> to, engine::cuda::Address from) const override {
    device_->copy_to_host(to, from);
  }
  void fill_zero(engine::cuda::Address address, std::size_t bytes) override { device_->fill_zero(address, bytes); }
  void load(const std::string& source, std::size_t shared_bytes) override { device_->load(source, shared_bytes); }
  engine::cuda::Address global(const char* name) override { return device_->global(name); }
  void launch(const char* kernel, const LaunchShape& shape, void* argument) override {
    if (kernel == std::string(engine::cuda::symbol::advance_kernel) && --left_ < 0) throw RunError("no more");
    device_->launch(kernel, shape, argument);
  }
  void synchronize() override { device_->synchronize(); }
  std::uint64_t sum(engine::cuda::Address counts, std::size_t size) const override {
    return device_->sum(counts, size);
  }

 private:
  std::unique_ptr<engine::cuda::Device> device_;
  int left_;
};

TEST(Pack, AllOfALaunchHearThatItFailed) {
  const auto device = engine::cuda::share_device([] { return std::make_unique<Failing>(2); }, 3, short_launches());
  std::vector<std::future<void>> settings;
  for (const std::uint64_t seed : {1, 2, 3})
    settings.push_back(std::async(std::launch::async, [&device, seed] {
      const engine::Simulation simulation = make_simulation({.seed = seed});
      run(*device->make_engine(simulation, 1), simulation, simulation.blocks(), {});
    }));
  for (std::future<void>& setting : settings) EXPECT_THROW(setting.get(), RunError);
}

// Rows of the tables and memory come back: many more engines, one after the other and side by side, than there are
// places, and of whose counters memory holds three.
TEST(Pack, PlacesAndMemoryAreGivenBack) {
  engine::cuda::Tuning tuning;
  tuning.pack_settings = 4;
  const auto device = engine::cuda::share_device(make_host_device, 2, tuning);
  constexpr std::size_t bins = 16000000;
  const Example example{.particles = 300,
                        .histograms = {{Axis{"x", bins, -2, 2}}, {Axis{"-x", bins, -2, 2}}}};  // 244 MiB
  const engine::Simulation simulation = make_simulation(example);
  std::vector<std::future<void>> threads;
  for (int thread = 0; thread < 5; ++thread)
    threads.push_back(std::async(std::launch::async, [&] {
      for (int i = 0; i < 2; ++i) {
        const auto engine = device->make_engine(simulation, 1);
        engine->start({0, simulation.blocks()});
        engine->advance(0, 3);
      }
    }));
  for (std::future<void>& thread : threads) EXPECT_NO_THROW(thread.get());
}

/// Eleven points of one text and one of another; the fifth diverges.
Experiment point(std::size_t index) {
  Experiment experiment;
  experiment.loss = index == 7 ? "quartic" : "double-well";
  experiment.eta = {index == 4 ? 500 : 0.02 + 0.01 * static_cast<double>(index)};
  experiment.seed = 7 + index / 4;
  experiment.particles = 100 + 300 * index;
  experiment.steps = 60 + index;
  experiment.burn_in = 30;
  return experiment;
}

TEST(Pack, PointsOfASweepAreThoseOfRuns) {
  LaunchLog log;
  const std::vector<std::size_t> points = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  std::map<std::size_t, Result> found;
  std::map<std::size_t, std::string> failures;
  std::mutex mutex;
  batch::PointsRequest request;
  request.points = points;
  request.experiment = point;
  request.threads = 2;
  request.predictions = PredictionSet::none;
  request.share_device = [&](int, std::size_t engines, std::string&) {
    engine::cuda::Tuning tuning;
    tuning.launch_steps = 16;
    const auto open = [&log, first = true]() mutable {
      return std::exchange(first, false) ? make_logging_host_device(&log) : make_host_device();
    };
    return engine::cuda::share_device(open, engines, tuning);
  };
  request.finished = [&](const batch::PointOutcome& outcome) {
    const std::lock_guard lock(mutex);
    if (outcome.result != nullptr)
      found[outcome.point] = *outcome.result;
    else
      failures[outcome.point] = outcome.failure;
  };
  batch::run_points(request);
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_NE(failures[4].find("every particle is non-finite"), std::string::npos) << failures[4];
  ASSERT_EQ(found.size(), points.size() - 1);
  for (const auto& [index, result] : found) {
    SCOPED_TRACE(index);
    EXPECT_EQ(result.execution.backend, "cuda");
    Experiment alone = point(index);
    alone.backend = Backend::cpu;
    Plan plan = make_plan(alone);
    plan.predictions = PredictionSet::none;
    const Result expected = run(plan);
    for (std::size_t h = 0; h < expected.measurement.histograms.size(); ++h)
      EXPECT_EQ(result.measurement.histograms[h].counts, expected.measurement.histograms[h].counts);
    const Snapshot &last = result.measurement.last(), &expected_last = expected.measurement.last();
    for (std::size_t o = 0; o < expected_last.observables.size(); ++o) {
      EXPECT_EQ(last.observables[o].total.mean, expected_last.observables[o].total.mean);
      EXPECT_EQ(last.observables[o].total.variance(), expected_last.observables[o].total.variance());
    }
  }
}

}  // namespace
}  // namespace isotherm::test
