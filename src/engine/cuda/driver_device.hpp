#pragma once
// A GPU through the driver and NVRTC.

#include <memory>
#include <optional>

#include "engine/cuda/device.hpp"

namespace isotherm::engine::cuda {

/// Device `ordinal`; null, with the reason in one line, if there is no driver, no NVRTC or no such device.
std::unique_ptr<Device> open_device(int ordinal, std::string& why_not);

/// Operations of one particle that device `ordinal` starts each second at most: a multiprocessor starts four
/// instructions each cycle, each for 32 threads. Nothing if there is no such device.
std::optional<double> issued_operations_per_second(int ordinal);

}  // namespace isotherm::engine::cuda
