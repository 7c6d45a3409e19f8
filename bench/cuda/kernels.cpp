// The fused kernels of representative cases: sgd and other dynamics in float and double, 256 bins every 10th step.
//
//   bench_kernels [CASE...]               time them by CUDA events: Markdown table
//   bench_kernels --json [CASE...]        the same, one line of JSON
//   bench_kernels --images DIR [CASE...]  compile them for sm_90 into DIR: NAME.cubin, and cases.json for
//                                         bench/cuda/instructions.py. Needs NVRTC and no device
//   bench_kernels --pack-images DIR [CASE...]  the same of the programs that the settings of a sweep share
//
// Exit status 3: nothing to time them on.

#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/cuda/embedded_headers.hpp"
#include "engine/cuda/kernel_source.hpp"
#include "engine/cuda/nvrtc.hpp"
#include "engine/cuda/resources.hpp"
#include "experiment/plan.hpp"

namespace {

using namespace isotherm;
using namespace isotherm::engine::cuda;

constexpr std::uint64_t thinning = 10;

struct Case {
  std::string name, loss = "double-well", dynamics = "sgd", noise = "gaussian";
  double eta = 0.05, sigma = 1;
  Precision precision = Precision::single;
  AxisRequest axis = {"x", 256, -2, 2, false};
  std::string dimension = "";
};

std::vector<Case> cases() {
  std::vector<Case> all = {
      {.name = "double-well"},
      {.name = "double-well-8-bins", .axis = {"x", 8, -2, 2, false}},
      {.name = "double-well-rademacher", .noise = "rademacher"},
      {.name = "double-well-double", .precision = Precision::twofold},
      {.name = "rugged", .loss = "rugged", .eta = 0.01},
      {.name = "muller-brown", .loss = "muller-brown", .eta = 1e-4, .sigma = 50, .axis = {"x", 256, -2, 2, false}},
      {.name = "himmelblau", .loss = "himmelblau", .eta = 0.005, .axis = {"x", 256, -6, 6, false}},
      {.name = "quadratic-8", .loss = "quadratic", .axis = {"x1", 256, -2, 2, false}, .dimension = "8"},
  };
  for (const dynamics::Descriptor& rule : dynamics::registry())
    if (rule.name != "sgd") all.push_back({.name = "double-well-" + rule.name, .dynamics = rule.name});
  return all;
}

engine::Simulation simulate(const Case& one, std::uint64_t particles) {
  Experiment experiment;
  experiment.loss = one.loss;
  if (!one.dimension.empty()) experiment.set["dimension"] = one.dimension;
  experiment.dynamics = one.dynamics;
  experiment.precision = one.precision;
  experiment.particles = particles;
  experiment.burn_in = 0;
  experiment.steps = std::uint64_t{1} << 40;
  experiment.thinning = thinning;
  experiment.init = {{"point", {0.5}}};
  experiment.histogram = {{one.axis}};
  const dynamics::Descriptor& rule = dynamics::find(one.dynamics);
  if (rule.uses_eta) experiment.eta = {one.eta};
  if (rule.uses_dt) experiment.dt = one.eta;
  if (rule.stochastic) {
    experiment.noise = one.noise;
    experiment.sigma = std::to_string(one.sigma);
  }
  return make_plan(experiment, true).simulation;
}

nlohmann::ordered_json compile(const Nvrtc& nvrtc, const Case& one, Use use, const std::filesystem::path& folder) {
  const engine::Simulation simulation = simulate(one, 1 << 20);
  const KernelSource source = make_kernel_source(simulation, {}, use);
  CompileRequest request{source.text, embedded_headers(), compiler_options()};
  request.options.push_back("--gpu-architecture=sm_90");
  const KernelImage image = compile_in_registers(nvrtc, std::move(request));
  const std::filesystem::path file = folder / (one.name + ".cubin");
  if (!std::ofstream(file, std::ios::binary)
           .write(image.bytes.data(), static_cast<std::streamsize>(image.bytes.size())))
    throw std::runtime_error("cannot write " + file.string());
  for (const KernelResources& kernel : read_resources(image.log)) {
    if (kernel.kernel != symbol::advance_kernel) continue;
    const std::size_t numbers = simulation.draws.numbers_per_step();
    const std::size_t of_unit = simulation.draws.law == random::Law::sign ? 128
                                : one.precision == Precision::single      ? 4
                                                                          : 2;
    return {{"name", one.name},
            {"group_steps", numbers == 0 ? 1 : of_unit / std::gcd(numbers, of_unit)},
            {"thinning", thinning},
            {"particles_per_thread", source.particles_per_thread},
            {"block_threads", source.block_threads()},
            {"shared_bytes", source.shared_bytes()},
            {"registers", kernel.registers},
            {"in_registers", kernel.in_registers()}};
  }
  throw std::runtime_error("ptxas says nothing of the kernel");
}

void check(cudaError_t error) {
  if (error != cudaSuccess) throw std::runtime_error(cudaGetErrorString(error));
}

/// Median of the particle-steps per second of seven launches' worth, after one that warms up.
double measure(const Case& one) {
  constexpr std::uint64_t particles = 1 << 23, steps = 8192;
  const engine::Simulation simulation = simulate(one, particles);
  std::string why_not;
  const std::unique_ptr<engine::Engine> engine = engine::make_cuda_engine(simulation, 0, why_not);
  if (engine == nullptr) throw std::runtime_error(why_not);
  engine->start({0, simulation.blocks()});
  engine->advance(0, steps);
  cudaEvent_t begin, end;
  check(cudaEventCreate(&begin));
  check(cudaEventCreate(&end));
  std::vector<double> rates;
  for (std::uint64_t i = 1; i <= 7; ++i) {
    check(cudaEventRecord(begin));
    engine->advance(i * steps, (i + 1) * steps);
    check(cudaEventRecord(end));
    check(cudaEventSynchronize(end));
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, begin, end));
    rates.push_back(static_cast<double>(particles * steps) / (milliseconds / 1e3));
  }
  check(cudaEventDestroy(begin));
  check(cudaEventDestroy(end));
  std::sort(rates.begin(), rates.end());
  return rates[rates.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  std::string folder;
  bool json = false;
  Use use = Use::alone;
  if (!words.empty() && words[0] == "--json") {
    json = true;
    words.erase(words.begin());
  } else if (words.size() >= 2 && (words[0] == "--images" || words[0] == "--pack-images")) {
    if (words[0] == "--pack-images") use = Use::pack;
    folder = words[1];
    words.erase(words.begin(), words.begin() + 2);
  }
  std::vector<Case> chosen = cases();
  for (const std::string& word : words)
    if (std::none_of(chosen.begin(), chosen.end(), [&](const Case& one) { return one.name == word; })) {
      std::fprintf(stderr, "bench_kernels: no case \"%s\"; there are", word.c_str());
      for (const Case& one : chosen) std::fprintf(stderr, " %s", one.name.c_str());
      std::fprintf(stderr, "\n");
      return 2;
    }
  if (!words.empty())
    std::erase_if(chosen,
                  [&](const Case& one) { return std::find(words.begin(), words.end(), one.name) == words.end(); });
  try {
    nlohmann::ordered_json results = nlohmann::ordered_json::array();
    if (!folder.empty()) {
      std::string why_not;
      const Nvrtc* nvrtc = Nvrtc::load(why_not);
      if (nvrtc == nullptr) throw std::runtime_error(why_not);
      std::filesystem::create_directories(folder);
      for (const Case& one : chosen) results.push_back(compile(*nvrtc, one, use, folder));
      std::ofstream(std::filesystem::path(folder) / "cases.json") << results.dump(1) << "\n";
      return 0;
    }
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
      std::fprintf(stderr, "bench_kernels: no CUDA device; nothing is timed\n");
      return 3;
    }
    if (!json) std::printf("| case | particle-steps/s |\n|---|---|\n");
    for (const Case& one : chosen) {
      const double rate = measure(one);
      results.push_back({{"name", one.name}, {"particle_steps_per_second", rate}});
      if (!json) std::printf("| %s | %.3g |\n", one.name.c_str(), rate);
    }
    if (json) std::cout << results.dump() << "\n";
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_kernels: %s\n", error.what());
    return 1;
  }
}
