#pragma once
// The CUDA driver API, opened at run time.

#include <cuda.h>

#include <string>

namespace isotherm::engine::cuda {

// Member and function; cuda.h maps some of the names to versioned symbols, which the loader follows.
// clang-format off
#define ISOTHERM_CUDA_DRIVER_FUNCTIONS(X)                        \
  X(init, cuInit)                                                \
  X(driver_get_version, cuDriverGetVersion)                      \
  X(get_error_name, cuGetErrorName)                              \
  X(get_error_string, cuGetErrorString)                          \
  X(device_get_count, cuDeviceGetCount)                          \
  X(device_get, cuDeviceGet)                                     \
  X(device_get_name, cuDeviceGetName)                            \
  X(device_get_attribute, cuDeviceGetAttribute)                  \
  X(primary_context_retain, cuDevicePrimaryCtxRetain)            \
  X(primary_context_release, cuDevicePrimaryCtxRelease)          \
  X(context_set_current, cuCtxSetCurrent)                        \
  X(context_synchronize, cuCtxSynchronize)                       \
  X(memory_get_info, cuMemGetInfo)                               \
  X(memory_allocate, cuMemAlloc)                                 \
  X(memory_free, cuMemFree)                                      \
  X(memory_set_d8, cuMemsetD8)                                   \
  X(copy_to_device, cuMemcpyHtoD)                                \
  X(copy_to_host, cuMemcpyDtoH)                                  \
  X(module_load_data, cuModuleLoadData)                          \
  X(module_unload, cuModuleUnload)                               \
  X(module_get_function, cuModuleGetFunction)                    \
  X(module_get_global, cuModuleGetGlobal)                        \
  X(function_set_attribute, cuFuncSetAttribute)                  \
  X(launch_kernel, cuLaunchKernel)
// clang-format on

/// The functions of libcuda that the engine calls, under their names without prefix.
class Driver {
 public:
  /// The one driver of this process, loaded and initialized; null, with the reason, if there is none.
  static const Driver* load(std::string& why_not);

#define ISOTHERM_DECLARE(member, function) decltype(&::function) member = nullptr;
  ISOTHERM_CUDA_DRIVER_FUNCTIONS(ISOTHERM_DECLARE)
#undef ISOTHERM_DECLARE

  /// "CUDA_ERROR_OUT_OF_MEMORY (out of memory)".
  std::string describe(CUresult result) const;
  /// Throws RunError "CUDA: `what`: ..." unless the call succeeded.
  void check(CUresult result, const std::string& what) const;

 private:
  Driver() = default;
};

}  // namespace isotherm::engine::cuda
