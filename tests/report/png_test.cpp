#include "report/png.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <map>
#include <vector>

namespace isotherm::report {
namespace {

std::uint32_t big_endian(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

/// Chunks by their type, checksums compared.
std::map<std::string, std::string> chunks(const std::string& png) {
  std::map<std::string, std::string> all;
  EXPECT_EQ(png.substr(0, 8), "\x89PNG\r\n\x1a\n");
  for (std::size_t at = 8; at < png.size();) {
    const std::uint32_t size = big_endian(png, at);
    const std::string body = png.substr(at + 4, size + 4);
    EXPECT_EQ(crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size())),
              big_endian(png, at + 8 + size));
    all[body.substr(0, 4)] = body.substr(4);
    at += size + 12;
  }
  return all;
}

TEST(Png, HoldsTheValuesAsPlacesInAPalette) {
  const std::vector<double> values = {0, 0.5, 1, 2, -1, 0.25};
  const auto parts = chunks(heat_map_png(values, 3, 2, Ramp::on_light));
  EXPECT_EQ(big_endian(parts.at("IHDR"), 0), 3u);
  EXPECT_EQ(big_endian(parts.at("IHDR"), 4), 2u);
  EXPECT_EQ(parts.at("PLTE").size(), 768u);
  EXPECT_EQ(parts.at("tRNS").size(), 256u);
  EXPECT_EQ(parts.at("tRNS")[0], '\0');  // nothing there is the paper
  EXPECT_EQ(parts.at("tRNS")[255], '\xff');
  std::string rows(8, '\0');
  uLongf size = rows.size();
  ASSERT_EQ(uncompress(reinterpret_cast<Bytef*>(rows.data()), &size,
                       reinterpret_cast<const Bytef*>(parts.at("IDAT").data()), parts.at("IDAT").size()),
            Z_OK);
  EXPECT_EQ(rows, (std::string{'\0', '\0', '\x80', '\xff', '\0', '\xff', '\0', '\x40'}));
}

TEST(Png, TwoSidedValuesAreTransparentInTheMiddle) {
  const std::vector<double> values = {0};
  const std::string opacities = chunks(heat_map_png(values, 1, 1, Ramp::two_sided)).at("tRNS");
  EXPECT_LT(static_cast<unsigned char>(opacities[128]), 3);
  EXPECT_EQ(opacities[0], '\xff');
  EXPECT_EQ(opacities[255], '\xff');
}

TEST(Base64, TestVectorsOfRfc4648) {
  const std::map<std::string, std::string> vectors = {{"", ""},
                                                      {"f", "Zg=="},
                                                      {"fo", "Zm8="},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg=="},
                                                      {"fooba", "Zm9vYmE="},
                                                      {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) EXPECT_EQ(base64(bytes), text);
}

}  // namespace
}  // namespace isotherm::report
