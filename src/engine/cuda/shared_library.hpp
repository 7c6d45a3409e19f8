#pragma once
// Opens the driver and NVRTC at run time, so that one binary runs with and without them.

#include <span>
#include <string>

namespace isotherm::engine::cuda {

/// A shared library that stays open until the process ends: kernels and contexts may outlive any one object.
class SharedLibrary {
 public:
  /// Opens the first of `names` that can be opened. If none can, the object is false and why_not() says so in one line.
  SharedLibrary(const std::string& what, std::span<const std::string> names);

  explicit operator bool() const { return handle_ != nullptr; }
  const std::string& why_not() const { return why_not_; }

  /// Sets `function` to the symbol; false, with why_not(), if the library lacks it.
  template <class Function>
  bool find(const char* symbol, Function*& function) {
    function = reinterpret_cast<Function*>(address(symbol));
    return function != nullptr;
  }

 private:
  void* address(const char* symbol);

  void* handle_ = nullptr;
  std::string what_, why_not_;
};

}  // namespace isotherm::engine::cuda
