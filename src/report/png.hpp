#pragma once
// Heat maps as PNG.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace isotherm::report {

enum class Ramp {
  on_light,  ///< from the paper to almost black, values from 0 to 1
  on_dark,   ///< from the paper to almost white
  two_sided  ///< -1 blue, 0 the paper, 1 red
};

/// An image of width * height pixels, each a value in a palette of 256 colours whose middle, or beginning, is
/// transparent. Row by row from the top; values outside of the ramp get its ends.
std::string heat_map_png(std::span<const double> values, std::size_t width, std::size_t height, Ramp ramp);

/// RFC 4648.
std::string base64(std::string_view bytes);

}  // namespace isotherm::report
