#include "engine/cuda/shared_library.hpp"

#include <dlfcn.h>

namespace isotherm::engine::cuda {

SharedLibrary::SharedLibrary(const std::string& what, std::span<const std::string> names) : what_(what) {
  for (const std::string& name : names) {
    handle_ = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle_ != nullptr) return;
  }
  why_not_ = "no " + what_ + ": " + (names.empty() ? "no library" : names.front()) + " not found";
}

void* SharedLibrary::address(const char* symbol) {
  void* found = dlsym(handle_, symbol);
  if (found == nullptr) why_not_ = what_ + " is too old: it has no " + symbol;
  return found;
}

}  // namespace isotherm::engine::cuda
