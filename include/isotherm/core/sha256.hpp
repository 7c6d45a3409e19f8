#pragma once
// SHA-256 (FIPS 180-4): names and checks what is kept in files.

#include <string>
#include <string_view>

namespace isotherm {

/// The digest of `text` as 64 lower-case hexadecimal digits.
std::string sha256(std::string_view text);

}  // namespace isotherm
