#pragma once
// A GPU through the driver and NVRTC.

#include <memory>

#include "engine/cuda/device.hpp"

namespace isotherm::engine::cuda {

/// Device `ordinal`; null, with the reason in one line, if there is no driver, no NVRTC or no such device.
std::unique_ptr<Device> open_device(int ordinal, std::string& why_not);

}  // namespace isotherm::engine::cuda
