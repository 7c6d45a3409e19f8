#pragma once
// What a compiled kernel needs of a multiprocessor, as ptxas says it in the log of --ptxas-options=-v.

#include <string>
#include <vector>

#include "engine/cuda/nvrtc.hpp"

namespace isotherm::engine::cuda {

struct KernelResources {
  std::string kernel;
  int registers = -1;
  int stack_bytes = -1;  ///< of a thread's local memory, which is off the chip
  int spill_store_bytes = -1, spill_load_bytes = -1;
  /// Everything that a particle needs stays in registers.
  bool in_registers() const { return stack_bytes == 0 && spill_store_bytes == 0 && spill_load_bytes == 0; }
};

/// One for each kernel of the log; -1 where it says nothing.
std::vector<KernelResources> read_resources(const std::string& log);

/// Compiles; if a kernel spills that would not if fewer threads were resident, compiles again with
/// ISOTHERM_ONE_RESIDENT_BLOCK defined, which kernels/advance-inl.cuh answers.
KernelImage compile_in_registers(const Nvrtc& nvrtc, CompileRequest request);

}  // namespace isotherm::engine::cuda
