#pragma once
// SHA-256 (FIPS 180-4): names and checks the entries of the kernel cache.

#include <string>
#include <string_view>

namespace isotherm::engine::cuda {

/// The digest of `text` as 64 lower-case hexadecimal digits.
std::string sha256(std::string_view text);

}  // namespace isotherm::engine::cuda
