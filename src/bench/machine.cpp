#include "bench/machine.hpp"

#include <omp.h>
#include <unistd.h>

#include <algorithm>
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

std::uint64_t cache_bytes(int name) { return static_cast<std::uint64_t>(std::max(sysconf(name), 0L)); }

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
#ifdef _SC_LEVEL1_DCACHE_SIZE
  machine.level_1_bytes = cache_bytes(_SC_LEVEL1_DCACHE_SIZE);
  machine.level_2_bytes = cache_bytes(_SC_LEVEL2_CACHE_SIZE);
  machine.level_3_bytes = cache_bytes(_SC_LEVEL3_CACHE_SIZE);
#endif
  machine.compiler = ISOTHERM_BENCH_COMPILER;
  machine.version = ISOTHERM_VERSION;
  machine.commit = commit;
  machine.date = now();
  return machine;
}

}  // namespace isotherm::bench
