#include "ranks/ranks.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "isotherm/core/error.hpp"

namespace isotherm {
namespace {

class Alone final : public Ranks {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  int local_rank() const override { return 0; }
  int local_size() const override { return 1; }
  bool send(int, std::span<const std::byte>, double) override { return true; }
  std::optional<std::vector<std::byte>> receive(int, double) override { return std::nullopt; }
  bool meet(double) override { return true; }
  void leave() override {}
  void abort(int status) override { std::_Exit(status); }
};

int number_in(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? 0 : std::atoi(text);
}

/// Processes that a launcher started together: Open MPI's mpirun; MPICH's and Intel's, and srun with pmi2; srun with
/// pmix.
int launched() {
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"})
    if (const int size = number_in(variable); size > 0) return size;
  return std::getenv("PMIX_RANK") != nullptr ? number_in("SLURM_STEP_NUM_TASKS") : 0;
}

constexpr const char* module = "isotherm-mpi.so";

/// Beside the program, as it is built, or in the library folder, as it is installed; "" if it is in neither.
std::filesystem::path module_path() {
  std::error_code error;
  const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (const std::filesystem::path& path : {here / module, here.parent_path() / "lib" / "isotherm" / module})
    if (std::filesystem::exists(path, error)) return path;
  return {};
}

}  // namespace

std::unique_ptr<Ranks> one_rank() { return std::make_unique<Alone>(); }

std::unique_ptr<Ranks> open_ranks() {
  const int processes = launched();
  if (processes <= 1) return one_rank();
  const std::string started = "started as one of " + std::to_string(processes) + " processes, but ";
  const std::filesystem::path path = module_path();
  if (path.empty())
    throw RunError(started + "this isotherm was built without MPI; install libopenmpi-dev and build again");
  // Open MPI's own modules look for its symbols among the global ones.
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (handle == nullptr) throw RunError(started + std::string(dlerror()));
  const auto open = reinterpret_cast<Ranks* (*)()>(dlsym(handle, "isotherm_open_ranks"));
  if (open == nullptr) throw RunError(started + path.string() + " is not of this isotherm");
  return std::unique_ptr<Ranks>(open());
}

std::string describe_mpi() {
  const std::filesystem::path path = module_path();
  return path.empty() ? "not built in" : path.string();
}

}  // namespace isotherm
