#pragma once
// A Device made of the host: compiles a generated CUDA program, with the headers that NVRTC is given, with the C++
// compiler and runs its kernels, one thread block after the other, each thread a coroutine that stops at barriers. With
// it the whole engine but the driver's calls is tested without a GPU: program text, launch arguments, tables, counters,
// segments.

#include <memory>

#include "engine/cuda/device.hpp"

namespace isotherm::test {

std::unique_ptr<engine::cuda::Device> make_host_device();

}  // namespace isotherm::test
