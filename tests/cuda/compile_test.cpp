// NVRTC compiles the fused kernels for sm_90 without a device; what it says of registers and memory is read from its
// log.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "cuda/examples.hpp"
#include "engine/cuda/embedded_headers.hpp"
#include "engine/cuda/kernel_source.hpp"
#include "engine/cuda/resources.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::test {
namespace {

using namespace engine::cuda;

const Nvrtc* nvrtc_or_null() {
  std::string why_not;
  return Nvrtc::load(why_not);
}

KernelImage compile(const std::string& source) {
  CompileRequest request{source, embedded_headers(), compiler_options()};
  request.options.push_back("--gpu-architecture=sm_90");
  return compile_in_registers(*nvrtc_or_null(), std::move(request));
}

class Compile : public testing::TestWithParam<Example> {
 protected:
  void SetUp() override {
    if (nvrtc_or_null() == nullptr) GTEST_SKIP() << "no NVRTC";
  }
};

void expect_in_registers(const Example& example, Use use) {
  const KernelImage image = compile(make_kernel_source(make_simulation(example), {}, use).text);
  EXPECT_EQ(image.log.find("warning"), std::string::npos) << image.log;
  const std::vector<KernelResources> kernels = read_resources(image.log);
  ASSERT_EQ(kernels.size(), 2u) << image.log;
  for (const KernelResources& kernel : kernels) {
    EXPECT_EQ(kernel.stack_bytes, 0) << kernel.kernel;
    EXPECT_EQ(kernel.spill_store_bytes, 0) << kernel.kernel;
    EXPECT_EQ(kernel.spill_load_bytes, 0) << kernel.kernel;
    EXPECT_GT(kernel.registers, 0) << kernel.kernel;
    testing::Test::RecordProperty(kernel.kernel + "_registers", kernel.registers);
    std::printf("%s, %s%s: %d registers\n", describe(example).c_str(), kernel.kernel.c_str(),
                use == Use::pack ? " of a pack" : "", kernel.registers);
  }
}

TEST_P(Compile, StaysInRegisters) { expect_in_registers(GetParam(), Use::alone); }

class CompilePack : public Compile {};

TEST_P(CompilePack, StaysInRegisters) { expect_in_registers(GetParam(), Use::pack); }

INSTANTIATE_TEST_SUITE_P(Losses, CompilePack, testing::ValuesIn(every_loss()), test_name);
INSTANTIATE_TEST_SUITE_P(Dynamics, CompilePack, testing::ValuesIn(every_dynamics({.loss = "muller-brown"})), test_name);
INSTANTIATE_TEST_SUITE_P(Schedules, CompilePack, testing::ValuesIn(every_schedule()), test_name);
INSTANTIATE_TEST_SUITE_P(Samplings, CompilePack, testing::ValuesIn(every_sampling()), test_name);
INSTANTIATE_TEST_SUITE_P(Averages, CompilePack,
                         testing::Values(with_averages(), with_averages({.precision = Precision::twofold})), test_name);

/// A separable quadratic loss of that many coordinates.
Example quadratic(int dimension) { return {.loss = "quadratic", .set = {{"dimension", std::to_string(dimension)}}}; }

INSTANTIATE_TEST_SUITE_P(Losses, Compile, testing::ValuesIn(every_loss()), test_name);
INSTANTIATE_TEST_SUITE_P(Dynamics, Compile, testing::ValuesIn(every_dynamics({.loss = "muller-brown"})), test_name);
INSTANTIATE_TEST_SUITE_P(Laws, Compile, testing::ValuesIn(every_law()), test_name);
INSTANTIATE_TEST_SUITE_P(InOneDimension, Compile, testing::ValuesIn(every_dynamics(quadratic(1))), test_name);
INSTANTIATE_TEST_SUITE_P(InTwoDimensions, Compile, testing::ValuesIn(every_dynamics(quadratic(2))), test_name);
INSTANTIATE_TEST_SUITE_P(InFourDimensions, Compile, testing::ValuesIn(every_dynamics(quadratic(4))), test_name);
INSTANTIATE_TEST_SUITE_P(InEightDimensions, Compile, testing::ValuesIn(every_dynamics(quadratic(8))), test_name);
INSTANTIATE_TEST_SUITE_P(Averages, Compile,
                         testing::Values(with_averages(), with_averages({.precision = Precision::twofold})), test_name);

/// Regressions in both precisions, where the rows are few and where they are many.
std::vector<Example> regressions() {
  std::vector<Example> examples;
  for (const std::size_t columns : {2, 10})
    for (const bool classifies : {false, true})
      for (const std::string sampling : {"", "reshuffle"})
        for (const std::size_t rows : {200, 300})
          for (const Precision precision : {Precision::single, Precision::twofold})
            examples.push_back(over_rows({rows, columns, sampling, 32, classifies, columns <= 10},
                                         {.precision = precision, .noise = "none"}));
  return examples;
}

INSTANTIATE_TEST_SUITE_P(Samplings, Compile, testing::ValuesIn(every_sampling()), test_name);
INSTANTIATE_TEST_SUITE_P(FreshLaws, Compile, testing::ValuesIn(every_fresh_law()), test_name);
INSTANTIATE_TEST_SUITE_P(Regressions, Compile, testing::ValuesIn(regressions()), test_name);

// The reader of logs sees a spill where there is one: in kernels held to too few registers.
TEST(CompileLog, ShowsSpills) {
  const Nvrtc* nvrtc = nvrtc_or_null();
  if (nvrtc == nullptr) GTEST_SKIP() << "no NVRTC";
  CompileRequest request{
      make_kernel_source(make_simulation({.loss = "muller-brown", .precision = Precision::twofold})).text,
      embedded_headers(), compiler_options()};
  const std::string bounds = "__launch_bounds__(block_threads)";
  for (CompileRequest::Header& header : request.headers) {
    for (std::size_t at; (at = header.text.find(bounds)) != std::string::npos;) header.text.erase(at, bounds.size());
  }
  request.options.insert(request.options.end(),
                         {"--gpu-architecture=sm_90", "--ptxas-options=-v", "--maxrregcount=24"});
  const std::vector<KernelResources> kernels = read_resources(nvrtc->compile(request).log);
  ASSERT_EQ(kernels.size(), 2u);
  EXPECT_TRUE(std::any_of(kernels.begin(), kernels.end(), [](const KernelResources& k) { return !k.in_registers(); }));
}

TEST(CompileInRegisters, GivesUpResidentThreadsForThem) {
  const Nvrtc* nvrtc = nvrtc_or_null();
  if (nvrtc == nullptr) GTEST_SKIP() << "no NVRTC";
  // 64 values alive at a time; 2048 resident threads have 32 registers each.
  const CompileRequest request{R"(
#ifdef ISOTHERM_ONE_RESIDENT_BLOCK
#define BOUNDS __launch_bounds__(256, 1)
#else
#define BOUNDS __launch_bounds__(1024, 2)
#endif
extern "C" __global__ void BOUNDS reverse(float* x) {
  float v[64];
#pragma unroll
  for (int i = 0; i < 64; ++i) v[i] = x[i * 1024 + threadIdx.x];
  __syncthreads();
#pragma unroll
  for (int i = 0; i < 64; ++i) x[i * 1024 + threadIdx.x] = v[63 - i] * v[i];
})",
                               {},
                               {"--gpu-architecture=sm_90"}};
  CompileRequest verbose = request;
  verbose.options.push_back("--ptxas-options=-v");
  const std::vector<KernelResources> dense = read_resources(nvrtc->compile(verbose).log);
  ASSERT_EQ(dense.size(), 1u);
  EXPECT_FALSE(dense[0].in_registers());
  const std::vector<KernelResources> sparse = read_resources(compile_in_registers(*nvrtc, request).log);
  ASSERT_EQ(sparse.size(), 1u);
  EXPECT_TRUE(sparse[0].in_registers());
  EXPECT_GT(sparse[0].registers, 64);
  // PTX says nothing of registers: it is compiled once.
  CompileRequest portable = request;
  portable.options = {"--gpu-architecture=compute_90"};
  EXPECT_NE(compile_in_registers(*nvrtc, portable).bytes.find(".entry reverse"), std::string::npos);
}

// In PTX only what carries its rounding (".rn") is safe from being contracted to a fused multiply-add, and only these
// operations give the same bits on every machine.
TEST(Ptx, RoundsEveryOperationByItself) {
  const Nvrtc* nvrtc = nvrtc_or_null();
  if (nvrtc == nullptr) GTEST_SKIP() << "no NVRTC";
  const std::regex floating_point("\\n\\s+(?:@!?%p\\d+ )?([a-z0-9]+)((?:\\.[a-z0-9]+)*)\\.f(?:32|64)\\s");
  const std::set<std::string> rounded = {"add", "sub", "mul", "fma", "div", "rcp", "sqrt"},
                              exact = {"mov", "ld", "st", "setp", "selp", "neg", "abs", "cvt"};
  for (const Precision precision : {Precision::single, Precision::twofold}) {
    CompileRequest request{make_kernel_source(make_simulation({.loss = every_function, .precision = precision})).text,
                           embedded_headers(), compiler_options()};
    request.options.push_back("--gpu-architecture=compute_90");
    const std::string ptx = nvrtc->compile(request).bytes;
    std::map<std::string, int> seen;
    for (std::sregex_iterator match(ptx.begin(), ptx.end(), floating_point), end; match != end; ++match) {
      const std::string operation = (*match)[1], modifiers = (*match)[2];
      ++seen[operation];
      if (operation == "rsqrt") {  // the first guess of root_in_range
        EXPECT_EQ(modifiers + (precision == Precision::single ? "" : " in double"), ".approx.ftz");
        continue;
      }
      EXPECT_TRUE(rounded.contains(operation) ? modifiers == ".rn" : exact.contains(operation)) << match->str();
      EXPECT_EQ(modifiers.find("ftz"), std::string::npos) << match->str();
      EXPECT_EQ(modifiers.find("approx"), std::string::npos) << match->str();
    }
    for (const char* operation : {"add", "sub", "mul", "fma", "div", "sqrt"}) EXPECT_GT(seen[operation], 0);
  }
}

// A sweep over settings, ranges and sampling compiles once.
TEST(KernelSource, DependsOnShapesOnly) {
  const std::string text = make_kernel_source(make_simulation({})).text;
  EXPECT_EQ(make_kernel_source(make_simulation({.eta = 0.01, .sigma = 3, .particles = 77, .seed = 5, .steps = 9})).text,
            text);
  EXPECT_EQ(make_kernel_source(make_simulation({.histograms = {{Axis{"x", 99, -1, 4}}}})).text, text);
  EXPECT_NE(make_kernel_source(make_simulation({.histograms = {{Axis{"x", 9, -1, 4}}}})).text, text);  // by warp
  EXPECT_NE(make_kernel_source(make_simulation({.loss = "quartic"})).text, text);
  EXPECT_NE(make_kernel_source(make_simulation({.precision = Precision::twofold})).text, text);
  EXPECT_NE(make_kernel_source(make_simulation({.histograms = {{Axis{"x", 99, -1, 4, true}}}})).text, text);
}

TEST(KernelSource, OfAPackHoldsAsManySettingsAsFitInConstantMemory) {
  const auto pack = [](const Example& example) { return make_kernel_source(make_simulation(example), {}, Use::pack); };
  const KernelSource source = pack({});
  EXPECT_EQ(source.settings, 128u);
  EXPECT_NE(source.text.find("__constant__ real isotherm_step_constants[128]["), std::string::npos);
  EXPECT_EQ(pack({.eta = 0.01, .sigma = 3, .particles = 77, .seed = 5, .steps = 9}).text, source.text);
  const Example many{.loss = "sum(i, 1, 20, (1 + cos(i))*x[i]^2/2)"};
  EXPECT_EQ(pack(many).settings, 64u);
  const Example more{.loss = "sum(i, 1, 500, (1 + cos(i))*x[i]^2/2)"};
  EXPECT_EQ(pack(more).settings, 16u);
  EXPECT_NE(pack(more).text.find("__constant__ real isotherm_step_constants[16]["), std::string::npos);
  EXPECT_NE(pack(more).text.find("__device__ real isotherm_start_constants[16]["), std::string::npos);
}

TEST(KernelSource, OfEveryLossWithEveryDynamics) {
  for (const Example& pair : every_pair({.eta = 1e-3}))
    EXPECT_NO_THROW(make_kernel_source(make_simulation(pair))) << describe(pair);
}

TEST(KernelSource, SharesThreadsWhereStepsAreShort) {
  const auto per_thread = [](const Example& example) {
    return make_kernel_source(make_simulation(example)).particles_per_thread;
  };
  EXPECT_EQ(per_thread({}), 2u);
  EXPECT_EQ(per_thread({.precision = Precision::twofold}), 2u);
  EXPECT_EQ(per_thread({.loss = "muller-brown"}), 1u);                            // a long step
  EXPECT_EQ(per_thread({.loss = "quadratic", .set = {{"dimension", "8"}}}), 1u);  // many registers
  EXPECT_EQ(make_kernel_source(make_simulation({})).block_threads(), 128u);
}

TEST(KernelSource, GivesEachWarpCountersWhereTheyAreFew) {
  const KernelSource few = make_kernel_source(make_simulation({.histograms = {{Axis{"x", 61, -2, 2}}}}));
  EXPECT_EQ(few.shared_counters, 64u);  // with underflow, overflow and what is not finite
  EXPECT_EQ(few.counter_copies, 4u);
  EXPECT_EQ(few.shared_bytes(), 1024u);
  const KernelSource many = make_kernel_source(make_simulation({.histograms = {{Axis{"x", 62, -2, 2}}}}));
  EXPECT_EQ(many.counter_copies, 1u);
  EXPECT_EQ(many.shared_bytes(), 260u);
}

TEST(KernelSource, RefusesWhatWouldNotCompileInTime) {
  engine::cuda::Tuning tuning;
  tuning.maximum_cost = 3;
  try {
    make_kernel_source(make_simulation({}), tuning);
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("and a CUDA kernel may have 3"), std::string::npos) << error.what();
  }
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

const std::filesystem::path source_folder = ISOTHERM_SOURCE_DIR;

TEST(EmbeddedHeaders, AreTheFiles) {
  const auto headers = embedded_headers();
  EXPECT_GT(headers.size(), 10u);
  for (const CompileRequest::Header& header : headers) {
    const auto in_include = source_folder / "include" / header.name;
    EXPECT_EQ(header.text, read(std::filesystem::exists(in_include) ? in_include : source_folder / header.name))
        << header.name << ": rebuild isotherm_engine_cuda";
  }
}

// nvcc reads a generated program from the source tree: each project file that it opens is among the embedded ones, and
// the other way round.
TEST(EmbeddedHeaders, AreWhatNvccReads) {
  const auto folder = std::filesystem::temp_directory_path();
  const auto program = folder / ("isotherm-closure-" + std::to_string(getpid()) + ".cu");
  const auto list = folder / ("isotherm-closure-" + std::to_string(getpid()) + ".d");
  std::ofstream(program) << make_kernel_source(make_simulation({})).text;
  const std::string command = ISOTHERM_TEST_NVCC " -std=c++17 -M -I" + (source_folder / "include").string() + " -I" +
                              source_folder.string() + " -o " + list.string() + " " + program.string();
  ASSERT_EQ(std::system(command.c_str()), 0);
  std::set<std::string> read_by_nvcc;
  std::istringstream words(read(list));
  for (std::string word; words >> word;) {
    for (const auto& root : {source_folder / "include", source_folder}) {
      if (word.starts_with(root.string() + "/")) {
        read_by_nvcc.insert(std::filesystem::path(word).lexically_relative(root).string());
        break;
      }
    }
  }
  std::set<std::string> embedded;
  for (const CompileRequest::Header& header : embedded_headers()) embedded.insert(header.name);
  EXPECT_EQ(embedded, read_by_nvcc);
  std::filesystem::remove(program);
  std::filesystem::remove(list);
}

}  // namespace
}  // namespace isotherm::test
