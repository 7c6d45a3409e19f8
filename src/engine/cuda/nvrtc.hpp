#pragma once
// NVRTC, NVIDIA's run-time compiler, opened at run time. It needs no device and no driver.

#include <nvrtc.h>

#include <string>
#include <vector>

namespace isotherm::engine::cuda {

/// One CUDA C++ program: its main text, the texts that it may #include by name, and the compiler's options.
struct CompileRequest {
  struct Header {
    std::string name, text;
  };
  std::string source;
  std::vector<Header> headers;
  std::vector<std::string> options;
};

/// What the driver loads: machine code for one architecture (cubin), or PTX where NVRTC is older than the device.
struct KernelImage {
  std::string bytes;
  std::string log;  ///< what the compiler said; "" for an image from the cache
};

// clang-format off
#define ISOTHERM_NVRTC_FUNCTIONS(X)                 \
  X(version_, nvrtcVersion)                         \
  X(get_error_string_, nvrtcGetErrorString)         \
  X(get_supported_count_, nvrtcGetNumSupportedArchs)\
  X(get_supported_, nvrtcGetSupportedArchs)         \
  X(create_program_, nvrtcCreateProgram)            \
  X(destroy_program_, nvrtcDestroyProgram)          \
  X(compile_program_, nvrtcCompileProgram)          \
  X(get_log_size_, nvrtcGetProgramLogSize)          \
  X(get_log_, nvrtcGetProgramLog)                   \
  X(get_cubin_size_, nvrtcGetCUBINSize)             \
  X(get_cubin_, nvrtcGetCUBIN)                      \
  X(get_ptx_size_, nvrtcGetPTXSize)                 \
  X(get_ptx_, nvrtcGetPTX)
// clang-format on

class Nvrtc {
 public:
  /// The one NVRTC of this process; null, with the reason, if there is none.
  static const Nvrtc* load(std::string& why_not);

  /// "13.0".
  std::string version() const;
  /// The --gpu-architecture for a device of this compute capability (90 for 9.0): "sm_90" if NVRTC knows it, else
  /// "compute_NN" of the newest below it, from which the driver compiles. RunError if NVRTC no longer knows it.
  std::string architecture(int compute_capability) const;
  /// A cubin if an option asks for sm_NN, else PTX. Throws RunError with the compiler's log.
  KernelImage compile(const CompileRequest& request) const;

 private:
  Nvrtc() = default;
  void check(nvrtcResult result, const char* what) const;

#define ISOTHERM_DECLARE(member, function) decltype(&::function) member = nullptr;
  ISOTHERM_NVRTC_FUNCTIONS(ISOTHERM_DECLARE)
#undef ISOTHERM_DECLARE
};

}  // namespace isotherm::engine::cuda
