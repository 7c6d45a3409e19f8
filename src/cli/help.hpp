#pragma once
// Help, from the same table as the options themselves.

#include <cstddef>
#include <string>

namespace isotherm::cli {

/// Of `isotherm` ("") or of one of its commands.
std::string help_text(const std::string& command, std::size_t width);

}  // namespace isotherm::cli
