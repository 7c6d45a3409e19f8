#pragma once
// Reductions on the device with Thrust: of integers and extrema only, whose result does not depend on the order.
// Addresses are of device memory in the current context; errors are thrown as std::exception by Thrust.

#include <cstddef>
#include <cstdint>

namespace isotherm::kernels {

/// Sum of `size` counters, modulo 2^64.
std::uint64_t sum(const std::uint64_t* counts, std::size_t size);

}  // namespace isotherm::kernels
