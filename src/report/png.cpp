#include "report/png.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "isotherm/core/error.hpp"

namespace isotherm::report {
namespace {

using Colour = std::array<double, 4>;  // red, green, blue, opacity, each up to 255

constexpr std::array<Colour, 6> light_ramp = {{{217, 223, 232, 0},
                                               {205, 213, 224, 255},
                                               {160, 174, 192, 255},
                                               {108, 125, 148, 255},
                                               {63, 78, 99, 255},
                                               {24, 33, 47, 255}}};
constexpr std::array<Colour, 6> dark_ramp = {{{45, 57, 73, 0},
                                              {50, 63, 80, 255},
                                              {76, 92, 114, 255},
                                              {117, 136, 160, 255},
                                              {174, 188, 205, 255},
                                              {244, 247, 251, 255}}};
constexpr std::array<Colour, 5> two_sided_ramp = {
    {{29, 91, 190, 255}, {70, 132, 214, 190}, {140, 140, 140, 0}, {226, 96, 52, 190}, {194, 48, 22, 255}}};

std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

std::string chunk(const std::string& type, const std::string& content) {
  const std::string body = type + content;
  const auto checksum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian(static_cast<std::uint32_t>(content.size())) + body +
         big_endian(static_cast<std::uint32_t>(checksum));
}

struct Palette {
  std::string colours, opacities;
};

Palette palette(std::span<const Colour> ramp) {
  Palette all;
  for (int i = 0; i < 256; ++i) {
    const double place = i / 255.0 * static_cast<double>(ramp.size() - 1);
    const std::size_t stop = std::min<std::size_t>(static_cast<std::size_t>(place), ramp.size() - 2);
    for (std::size_t c = 0; c < 4; ++c) {
      const double mixed = ramp[stop][c] + (place - static_cast<double>(stop)) * (ramp[stop + 1][c] - ramp[stop][c]);
      (c < 3 ? all.colours : all.opacities) += static_cast<char>(std::lround(mixed));
    }
  }
  return all;
}

Palette palette(Ramp ramp) {
  if (ramp == Ramp::two_sided) return palette(two_sided_ramp);
  return ramp == Ramp::on_light ? palette(light_ramp) : palette(dark_ramp);
}

}  // namespace

std::string heat_map_png(std::span<const double> values, std::size_t width, std::size_t height, Ramp ramp) {
  const double lowest = ramp == Ramp::two_sided ? -1 : 0;
  std::string rows;
  for (std::size_t y = 0; y < height; ++y) {
    rows += '\0';  // no filter
    for (std::size_t x = 0; x < width; ++x)
      rows += static_cast<char>(
          std::lround(255 * (std::clamp(values[y * width + x], lowest, 1.0) - lowest) / (1 - lowest)));
  }
  uLongf size = compressBound(static_cast<uLong>(rows.size()));
  std::string packed(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(rows.data()),
                static_cast<uLong>(rows.size()), Z_BEST_COMPRESSION) != Z_OK)
    throw RunError("could not compress a heat map: out of memory");
  packed.resize(size);
  const Palette colours = palette(ramp);
  const std::string eight_bits_palette = {8, 3, 0, 0, 0};
  return "\x89PNG\r\n\x1a\n" +
         chunk("IHDR", big_endian(static_cast<std::uint32_t>(width)) + big_endian(static_cast<std::uint32_t>(height)) +
                           eight_bits_palette) +
         chunk("PLTE", colours.colours) + chunk("tRNS", colours.opacities) + chunk("IDAT", packed) + chunk("IEND", "");
}

std::string base64(std::string_view bytes) {
  static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto at = [&](std::size_t k) -> std::uint32_t {
      return i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0;
    };
    const std::uint32_t word = at(0) << 16 | at(1) << 8 | at(2);
    for (std::size_t k = 0; k < 4; ++k) text += i + k > bytes.size() ? '=' : letters[word >> (18 - 6 * k) & 63];
  }
  return text;
}

}  // namespace isotherm::report
