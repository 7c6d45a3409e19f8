#include "engine/cuda/driver.hpp"

#include <memory>

#include "engine/cuda/shared_library.hpp"
#include "isotherm/core/error.hpp"

#define ISOTHERM_SYMBOL_TEXT(name) #name
#define ISOTHERM_SYMBOL(name) ISOTHERM_SYMBOL_TEXT(name)

namespace isotherm::engine::cuda {

const Driver* Driver::load(std::string& why_not) {
  struct Loaded {
    std::unique_ptr<Driver> driver;
    std::string why_not;
  };
  static const Loaded loaded = [] {
    const std::string names[] = {"libcuda.so.1", "libcuda.so"};
    SharedLibrary library("CUDA driver", names);
    if (!library) return Loaded{nullptr, library.why_not()};
    std::unique_ptr<Driver> driver(new Driver);
#define ISOTHERM_LOAD(member, function) \
  if (!library.find(ISOTHERM_SYMBOL(function), driver->member)) return Loaded{nullptr, library.why_not()};
    ISOTHERM_CUDA_DRIVER_FUNCTIONS(ISOTHERM_LOAD)
#undef ISOTHERM_LOAD
    const CUresult result = driver->init(0);
    if (result != CUDA_SUCCESS) return Loaded{nullptr, "no CUDA device: cuInit: " + driver->describe(result)};
    return Loaded{std::move(driver), ""};
  }();
  why_not = loaded.why_not;
  return loaded.driver.get();
}

std::string Driver::describe(CUresult result) const {
  const char* name = nullptr;
  const char* text = nullptr;
  get_error_name(result, &name);
  get_error_string(result, &text);
  if (name == nullptr) return "error " + std::to_string(static_cast<int>(result));
  return std::string(name) + " (" + (text == nullptr ? "no description" : text) + ")";
}

void Driver::check(CUresult result, const std::string& what) const {
  if (result != CUDA_SUCCESS) throw RunError("CUDA: " + what + ": " + describe(result));
}

}  // namespace isotherm::engine::cuda
