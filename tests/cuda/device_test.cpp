// What only a GPU can show: the engine on it gives the bits of the CPU engine.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <span>
#include <vector>

#include "cuda/equality.hpp"
#include "cuda/examples.hpp"
#include "engine/cuda/driver_device.hpp"
#include "engine/cuda/engine.hpp"
#include "engine/cuda/kernel_source.hpp"

namespace isotherm::test {
namespace {

class OnDevice : public testing::Test {
 protected:
  void SetUp() override {
    std::string why_not;
    if (engine::cuda::open_device(0, why_not) == nullptr) GTEST_SKIP() << why_not;
  }

  static std::unique_ptr<engine::cuda::Device> device() {
    std::string why_not;
    return engine::cuda::open_device(0, why_not);
  }
};

TEST_F(OnDevice, OneDimension) {
  for (const Precision precision : {Precision::single, Precision::twofold}) {
    expect_same_as_cpu({.precision = precision, .particles = 1000003, .burn_in = 100, .steps = 1000, .thinning = 10},
                       &device);
  }
}

TEST_F(OnDevice, EveryKindOfHistogram) {
  for (const Precision precision : {Precision::single, Precision::twofold}) {
    expect_same_as_cpu({.loss = "himmelblau",
                        .precision = precision,
                        .eta = 0.01,
                        .particles = 100001,
                        .histograms = every_kind_of_histogram()},
                       &device);
  }
}

TEST_F(OnDevice, EveryFunction) {
  for (const Precision precision : {Precision::single, Precision::twofold}) {
    expect_same_as_cpu({.loss = every_function,
                        .precision = precision,
                        .particles = 300001,
                        .steps = 300,
                        .histograms = {{Axis{"loss", 40, 0, 10}}}},
                       &device);
  }
}

TEST_F(OnDevice, CountersBeyondTheDefaultSharedMemory) {
  engine::cuda::Tuning tuning;
  tuning.shared_counter_bytes = 96 * 1024;
  expect_same_as_cpu({.loss = "himmelblau",
                      .eta = 0.01,
                      .particles = 100001,
                      .histograms = {{Axis{"x", 140, -5, 5}, Axis{"y", 140, -5, 5}}}},
                     &device, tuning);
}

TEST_F(OnDevice, ReportsAnUnknownDevice) {
  std::string why_not;
  EXPECT_EQ(engine::cuda::open_device(1000, why_not), nullptr);
  EXPECT_NE(why_not.find("no CUDA device 1000"), std::string::npos) << why_not;
}

// Settings that share launches, of unequal sizes and schedules, with counters in shared and in global memory; two
// texts.
TEST_F(OnDevice, Packs) {
  std::vector<Example> examples;
  for (std::uint64_t i = 0; i < 40; ++i)
    examples.push_back({.loss = i % 5 == 4 ? "himmelblau" : "double-well",
                        .eta = 0.01 + 0.001 * static_cast<double>(i),
                        .particles = 100 + 777 * i,
                        .seed = 1 + i / 3,
                        .burn_in = 10 * i,
                        .steps = 300 + i,
                        .histograms = {{Axis{"x", 100 + 1000 * i, -2, 2}}}});
  expect_same_as_cpu_together(examples, &device);
}

TEST_F(OnDevice, PacksWithExamples) {
  for (const char* sampling : {"", "without-replacement", "reshuffle"}) {
    std::vector<Example> examples;
    for (const std::uint64_t batch_size : {3, 7, 11})
      examples.push_back(over_rows({.rows = 1000, .columns = 3, .sampling = sampling, .batch_size = batch_size},
                                   {.noise = "none", .particles = 10000 * batch_size, .seed = batch_size}));
    expect_same_as_cpu_together(examples, &device);
  }
}

TEST_F(OnDevice, RunningAverages) {
  for (const Precision precision : {Precision::single, Precision::twofold}) {
    expect_same_as_cpu(with_averages({.precision = precision, .particles = 100001}), &device);
    expect_same_as_cpu(
        with_averages(
            {.loss = "himmelblau", .dynamics = "momentum", .precision = precision, .eta = 0.01, .particles = 100001}),
        &device);
  }
}

// Every mantissa, in an even and an odd binade next to where normal numbers take their radius from, and at the ends of
// the range.
TEST_F(OnDevice, RootsInRangeAreRounded) {
  const std::string source = R"(
#include "isotherm/lane/scalar.hpp"
#include "kernels/arguments.hpp"
extern "C" __global__ void isotherm_start(const isotherm::kernels::StartArguments arguments) {
  float* x = static_cast<float*>(arguments.state) + blockIdx.x * 256 + threadIdx.x;
  *x = isotherm::scalar::f32::root_in_range(*x).v;
})";
  const auto gpu = device();
  gpu->load(source, 0);
  std::vector<float> numbers(std::size_t{1} << 23), roots(numbers.size());
  engine::cuda::Buffer memory(*gpu, numbers.size() * sizeof(float));
  for (const int exponent : {-100, -23, -22, 0, 5, 98}) {
    for (std::size_t i = 0; i < numbers.size(); ++i)
      numbers[i] = std::ldexp(1 + static_cast<float>(i) * 0x1p-23f, exponent);
    numbers[1] = 0;
    numbers[2] = -0.0f;
    gpu->copy_to_device(memory.address(), std::as_bytes(std::span(numbers)));
    kernels::StartArguments arguments{};
    arguments.state = reinterpret_cast<void*>(memory.address());
    gpu->launch(engine::cuda::symbol::start_kernel, {numbers.size() / 256, 256, 0}, &arguments);
    gpu->synchronize();
    gpu->copy_to_host(std::as_writable_bytes(std::span(roots)), memory.address());
    for (std::size_t i = 0; i < numbers.size(); ++i)
      ASSERT_EQ(std::bit_cast<std::uint32_t>(roots[i]), std::bit_cast<std::uint32_t>(std::sqrt(numbers[i])))
          << numbers[i];
  }
}

// Launches begin and end inside the 128 steps that share a Philox block.
TEST_F(OnDevice, Signs) {
  engine::cuda::Tuning tuning;
  tuning.launch_steps = 37;
  for (const char* dimension : {"1", "2", "3", "12"}) {
    expect_same_as_cpu({.loss = "quadratic",
                        .set = {{"dimension", dimension}},
                        .noise = "rademacher",
                        .particles = 100001,
                        .burn_in = 100,
                        .steps = 300},
                       &device, tuning);
  }
}

// A table in global memory, and one that is longer than the chip's caches together with the particles.
TEST_F(OnDevice, TablesInGlobalMemory) {
  engine::cuda::Tuning tuning;
  tuning.shared_table_bytes = 0;
  for (const char* sampling : {"", "without-replacement", "reshuffle"}) {
    expect_same_as_cpu(
        over_rows({.rows = 20000, .columns = 10, .sampling = sampling, .batch_size = 32, .counts_loss = false},
                  {.noise = "none", .particles = 100001, .steps = 100}),
        &device, tuning);
  }
}

class DeviceConformance : public OnDevice, public testing::WithParamInterface<Example> {};

TEST_P(DeviceConformance, SameAsCpu) {
  Example example = GetParam();
  example.particles = 10001;
  example.steps = 100;
  expect_same_as_cpu(example, &device);
}

INSTANTIATE_TEST_SUITE_P(Losses, DeviceConformance, testing::ValuesIn(every_loss({.eta = 1e-3})), test_name);
INSTANTIATE_TEST_SUITE_P(Dynamics, DeviceConformance, testing::ValuesIn(every_dynamics({.loss = "two-temperatures"})),
                         test_name);
INSTANTIATE_TEST_SUITE_P(Pairs, DeviceConformance, testing::ValuesIn(every_pair({.eta = 1e-3})), test_name);
INSTANTIATE_TEST_SUITE_P(Laws, DeviceConformance, testing::ValuesIn(every_law()), test_name);
INSTANTIATE_TEST_SUITE_P(Samplings, DeviceConformance, testing::ValuesIn(every_sampling()), test_name);
INSTANTIATE_TEST_SUITE_P(FreshLaws, DeviceConformance, testing::ValuesIn(every_fresh_law()), test_name);
INSTANTIATE_TEST_SUITE_P(Schedules, DeviceConformance, testing::ValuesIn(every_schedule()), test_name);

// Runs everywhere: without a device there is no engine, and one line says why.
TEST(MakeCudaEngine, SaysWhyThereIsNone) {
  std::string why_not;
  const auto engine = engine::make_cuda_engine(make_simulation({}), 0, why_not);
  if (engine != nullptr) {
    EXPECT_EQ(engine->backend(), "cuda");
    EXPECT_NE(engine->device(), "");
    EXPECT_GE(engine->preferred_chunk(), engine::block_size);
  } else {
    EXPECT_TRUE(why_not.starts_with("no ")) << why_not;
    EXPECT_EQ(why_not.find('\n'), std::string::npos) << why_not;
  }
}

}  // namespace
}  // namespace isotherm::test
