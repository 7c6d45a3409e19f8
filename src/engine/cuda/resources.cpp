#include "engine/cuda/resources.hpp"

#include <algorithm>
#include <regex>
#include <sstream>

namespace isotherm::engine::cuda {

std::vector<KernelResources> read_resources(const std::string& log) {
  const std::regex kernel("Function properties for (\\w+)"), registers("Used (\\d+) registers"),
      memory("(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads");
  std::vector<KernelResources> all;
  std::istringstream lines(log);
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_search(line, match, kernel)) {
      all.emplace_back().kernel = match[1];
    } else if (!all.empty() && std::regex_search(line, match, memory)) {
      all.back().stack_bytes = std::stoi(match[1]);
      all.back().spill_store_bytes = std::stoi(match[2]);
      all.back().spill_load_bytes = std::stoi(match[3]);
    } else if (!all.empty() && std::regex_search(line, match, registers)) {
      all.back().registers = std::stoi(match[1]);
    }
  }
  return all;
}

namespace {

constexpr int most_registers = 255;  ///< of a thread

bool any_kernel(const KernelImage& image, bool (*holds)(const KernelResources&)) {
  const std::vector<KernelResources> kernels = read_resources(image.log);
  return std::any_of(kernels.begin(), kernels.end(), holds);
}

}  // namespace

KernelImage compile_in_registers(const Nvrtc& nvrtc, CompileRequest request) {
  request.options.push_back("--ptxas-options=-v");
  KernelImage image = nvrtc.compile(request);
  const auto spills = [](const KernelResources& k) { return k.spill_store_bytes > 0; };
  if (!any_kernel(image,
                  [](const KernelResources& k) { return k.spill_store_bytes > 0 && k.registers < most_registers; }))
    return image;
  request.options.push_back("--define-macro=ISOTHERM_ONE_RESIDENT_BLOCK");
  KernelImage sparse = nvrtc.compile(request);
  return any_kernel(sparse, spills) ? image : sparse;
}

}  // namespace isotherm::engine::cuda
