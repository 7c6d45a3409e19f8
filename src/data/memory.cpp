#include "data/memory.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>

#include "isotherm/core/error.hpp"

namespace isotherm::data {
namespace {

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

std::optional<std::uint64_t> number_in(const std::string& path) {
  std::ifstream file(path);
  std::uint64_t value = 0;
  return file >> value ? std::optional(value) : std::nullopt;
}

/// The number after `key` in a file of lines "key number".
std::uint64_t number_after(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    std::uint64_t value = 0;
    if (words >> word >> value && word == key) return value;
  }
  return 0;
}

/// What is left below a limit, when pages of files that can be dropped are counted as free.
std::uint64_t left(std::uint64_t limit, std::uint64_t used, std::uint64_t droppable) {
  const std::uint64_t held = used - std::min(used, droppable);
  return limit - std::min(limit, held);
}

/// The control group of this process and all those around it.
std::uint64_t left_by_control_groups() {
  std::uint64_t least = unlimited;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool unified = controllers.empty();
    if (!unified && controllers != "memory") continue;
    const std::string root = unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
    for (std::string path = line.substr(second + 1);;) {
      const std::string folder = root + (path == "/" ? "" : path);
      const auto limit = number_in(folder + (unified ? "/memory.max" : "/memory.limit_in_bytes"));
      const auto used = number_in(folder + (unified ? "/memory.current" : "/memory.usage_in_bytes"));
      if (limit && used)
        least = std::min(
            least, left(*limit, *used,
                        number_after(folder + "/memory.stat", unified ? "inactive_file" : "total_inactive_file")));
      const std::size_t slash = path.rfind('/');
      if (path.size() <= 1 || slash == std::string::npos) break;
      path = slash == 0 ? "/" : path.substr(0, slash);
    }
  }
  return least;
}

std::uint64_t left_by_address_space() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return unlimited;
  return left(limit.rlim_cur, 1024 * number_after("/proc/self/status", "VmSize:"), 0);
}

std::string gigabytes(std::uint64_t bytes) {
  char text[32];
  if (bytes < 100'000'000)
    std::snprintf(text, sizeof text, "%.3g MB", static_cast<double>(bytes) / 1e6);
  else
    std::snprintf(text, sizeof text, "%.1f GB", static_cast<double>(bytes) / 1e9);
  return text;
}

}  // namespace

std::uint64_t available_memory() {
  const std::uint64_t machine = number_after("/proc/meminfo", "MemAvailable:");
  return std::min({machine == 0 ? unlimited : 1024 * machine, left_by_control_groups(), left_by_address_space()});
}

void require_memory(const std::string& what, std::uint64_t bytes, std::uint64_t limit) {
  if (limit == 0) limit = available_memory() / 10 * 9;
  if (bytes > limit)
    throw InputError(what + " take " + gigabytes(bytes) + " of memory, and " + gigabytes(limit) +
                     " are free; take fewer rows or columns");
}

}  // namespace isotherm::data
