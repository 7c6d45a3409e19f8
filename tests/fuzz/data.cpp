// Data files: CSV, NPY and NPZ, told apart by their content. All columns are read, and each by itself.

#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <string>
#include <vector>

#include "data/table.hpp"
#include "fuzz/target.hpp"

namespace isotherm {
namespace {

/// A file in memory, by its name.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* bytes, std::size_t size) : descriptor_(::memfd_create("table", MFD_CLOEXEC)) {
    while (size > 0) {
      const ssize_t written = ::write(descriptor_, bytes, size);
      fuzz::require(written > 0);
      bytes += written, size -= static_cast<std::size_t>(written);
    }
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

constexpr std::uint64_t memory_limit = std::uint64_t{1} << 26;
constexpr std::size_t most_columns = 64;

void read(const std::string& path, const std::vector<std::string>& columns) {
  data::Table table = data::read_table(path, columns, memory_limit);
  fuzz::require(table.rows > 0 && table.values.size() == table.rows * columns.size());
  for (const double value : table.values) fuzz::require(std::isfinite(value));
  data::place_of_row(path, table.rows - 1);
  data::standardize(table);
}

}  // namespace
}  // namespace isotherm

int isotherm::fuzz::target(const std::uint8_t* bytes, std::size_t size) {
  using namespace isotherm;
  const MemoryFile file(bytes, size);
  std::vector<std::string> names;
  fuzz::accept_input_errors([&] { names = data::read_header(file.path()).names; });
  if (names.size() > most_columns) names.resize(most_columns);
  fuzz::accept_input_errors([&] { read(file.path(), names); });
  if (!names.empty()) fuzz::accept_input_errors([&] { read(file.path(), {names.back()}); });
  return 0;
}
