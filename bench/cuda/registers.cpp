// bench_registers: from how many coordinates on the particles of each dynamics no longer fit in registers on sm_90, on
// a separable quadratic loss with Gaussian noise. Needs NVRTC and no device. Prints a table in Markdown.

#include <cstdio>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine/cuda/embedded_headers.hpp"
#include "engine/cuda/kernel_source.hpp"
#include "engine/cuda/nvrtc.hpp"
#include "engine/cuda/resources.hpp"
#include "experiment/plan.hpp"

namespace {

using namespace isotherm;
using namespace isotherm::engine::cuda;

constexpr std::size_t largest_dimension = 256;

KernelResources compile(const Nvrtc& nvrtc, const std::string& dynamics, Precision precision, std::size_t dimension) {
  Experiment experiment;
  experiment.loss = "quadratic";
  experiment.set["dimension"] = std::to_string(dimension);
  experiment.dynamics = dynamics;
  experiment.precision = precision;
  experiment.init = {{"point", {0.5}}};
  experiment.burn_in = 0;
  experiment.steps = 10;
  experiment.histogram = {{{dimension == 1 ? "x" : "x1", 100, -4, 4, false}}};
  CompileRequest request{make_kernel_source(make_plan(experiment, true).simulation).text, embedded_headers(),
                         compiler_options()};
  request.options.push_back("--gpu-architecture=sm_90");
  for (const KernelResources& kernel : read_resources(compile_in_registers(nvrtc, std::move(request)).log))
    if (kernel.kernel == symbol::advance_kernel) return kernel;
  throw std::runtime_error("ptxas says nothing of the kernel");
}

/// The smallest dimension that leaves the registers, by doubling and halving; nothing if `largest_dimension` does not.
std::optional<std::size_t> first_outside(const std::function<bool(std::size_t)>& in_registers) {
  std::size_t inside = 0, outside = 1;
  while (outside <= largest_dimension && in_registers(outside)) inside = std::exchange(outside, 2 * outside);
  if (outside > largest_dimension) return std::nullopt;
  while (outside - inside > 1) {
    const std::size_t middle = (inside + outside) / 2;
    (in_registers(middle) ? inside : outside) = middle;
  }
  return outside;
}

}  // namespace

int main() {
  try {
    std::string why_not;
    const Nvrtc* nvrtc = Nvrtc::load(why_not);
    if (nvrtc == nullptr) throw std::runtime_error(why_not);
    std::printf(
        "| dynamics | state rows at D | registers at D = 1, 8 in float | leaves them at | in double | leaves them at "
        "|\n");
    std::printf("|---|---|---|---|---|---|\n");
    for (const dynamics::Descriptor& rule : dynamics::registry()) {
      const std::size_t one = rule.state_rows(1), more = rule.state_rows(2) - one;
      std::printf("| %s | %s%s |", rule.name.c_str(), (more == 1 ? "D" : std::to_string(more) + " D").c_str(),
                  one == more ? "" : (" + " + std::to_string(one - more)).c_str());
      for (const Precision precision : {Precision::single, Precision::twofold}) {
        const auto resources = [&](std::size_t dimension) { return compile(*nvrtc, rule.name, precision, dimension); };
        const auto outside = first_outside([&](std::size_t d) { return resources(d).in_registers(); });
        std::printf(" %d, %d | %s |", resources(1).registers, resources(8).registers,
                    outside ? ("D = " + std::to_string(*outside)).c_str() : "not up to 256");
        std::fflush(stdout);
      }
      std::printf("\n");
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_registers: %s\n", error.what());
    return 1;
  }
}
