#pragma once
// The headers that a generated kernel includes, as texts in the program, so that NVRTC needs no source tree.

#include <vector>

#include "engine/cuda/nvrtc.hpp"

namespace isotherm::engine::cuda {

/// kernels/advance-inl.cuh and everything that it includes. Defined in a file that cmake/EmbedHeaders.cmake writes.
std::vector<CompileRequest::Header> embedded_headers();

}  // namespace isotherm::engine::cuda
