#pragma once
// NumPy's file format, version 1.0 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): numbers of
// this machine, little-endian, in C order.

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace isotherm::output {

static_assert(std::endian::native == std::endian::little, "arrays are written as they lie in memory");

/// Everything before the numbers; its length is a multiple of 64. `type` is NumPy's, "<i8", "<f4" or "<f8".
std::string npy_header(const std::string& type, std::span<const std::uint64_t> shape);

std::string npy(std::span<const std::uint64_t> values, std::span<const std::uint64_t> shape);  ///< as "<i8"
std::string npy(std::span<const double> values, std::span<const std::uint64_t> shape);         ///< as "<f8"

}  // namespace isotherm::output
