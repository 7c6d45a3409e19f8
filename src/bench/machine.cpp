#include "bench/machine.hpp"

#include <omp.h>

#include <cstdlib>
#include <ctime>
#include <fstream>

#include "bench/commit.hpp"

namespace isotherm::bench {
namespace {

/// The first value of a name in Linux's description of the processor, or "".
std::string processor_entry(const std::string& name) {
  std::ifstream information("/proc/cpuinfo");
  for (std::string line; std::getline(information, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with(name) && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "";
}

/// Names of virtual machines say little: family and model tell which processor it is.
std::string processor() {
  const std::string name = processor_entry("model name"), family = processor_entry("cpu family"),
                    model = processor_entry("model\t");
  if (name.empty()) return "CPU";
  return family.empty() || model.empty() ? name : name + " (family " + family + ", model " + model + ")";
}

std::string first_line(const std::string& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

/// Bytes of the first processor's cache of data of this level, as Linux knows it ("48K", "32M").
std::uint64_t cache_bytes(const std::string& level) {
  for (int index = 0; index < 8; ++index) {
    const std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + '/';
    if (first_line(folder + "level") != level || first_line(folder + "type") == "Instruction") continue;
    const std::string size = first_line(folder + "size");
    const std::uint64_t unit = size.ends_with('M') ? 1 << 20 : size.ends_with('K') ? 1 << 10 : 1;
    return std::strtoull(size.c_str(), nullptr, 10) * unit;
  }
  return 0;
}

std::string now() {
  const std::time_t time = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&time, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

}  // namespace

Machine this_machine() {
  Machine machine;
  machine.cpu = processor();
  machine.cores = omp_get_num_procs();
  machine.level_1_bytes = cache_bytes("1");
  machine.level_2_bytes = cache_bytes("2");
  machine.level_3_bytes = cache_bytes("3");
  machine.compiler = ISOTHERM_BENCH_COMPILER;
  machine.version = ISOTHERM_VERSION;
  machine.commit = commit;
  machine.date = now();
  return machine;
}

}  // namespace isotherm::bench
