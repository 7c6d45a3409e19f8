#pragma once
// A Device made of the host: compiles a generated CUDA program, with the headers that NVRTC is given, with the C++
// compiler and runs its kernels, one thread block after the other, each thread a coroutine that stops at barriers. With
// it the whole engine but the driver's calls is tested without a GPU: program text, launch arguments, tables, counters,
// segments.

#include <memory>
#include <vector>

#include "engine/cuda/device.hpp"

namespace isotherm::test {

/// How many settings were in each launch of the kernel that advances.
struct LaunchLog {
  std::vector<unsigned> settings;
};

/// `log`, where there is one, must outlive the device; it is written by launches, which come one after the other.
std::unique_ptr<engine::cuda::Device> make_logging_host_device(LaunchLog* log);
std::unique_ptr<engine::cuda::Device> make_host_device();

}  // namespace isotherm::test
