#include "output/number.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>

namespace isotherm::output {
namespace {

TEST(Number, ShortestReadsBackToTheSameBits) {
  std::mt19937_64 words(1);
  for (int i = 0; i < 10000; ++i) {
    const std::uint64_t word = words();
    double value;
    static_assert(sizeof value == sizeof word);
    std::memcpy(&value, &word, sizeof value);
    if (value != value) continue;
    EXPECT_EQ(std::strtod(shortest(value).c_str(), nullptr), value);
  }
  EXPECT_EQ(shortest(0.1), "0.1");
  EXPECT_EQ(shortest(-2), "-2");
  EXPECT_EQ(shortest(1e-20), "1e-20");
  EXPECT_EQ(shortest(std::numeric_limits<double>::quiet_NaN()), "nan");
  EXPECT_EQ(shortest(-std::numeric_limits<double>::infinity()), "-inf");
}

TEST(Number, ErrorDecidesThePlace) {
  EXPECT_EQ(with_error(1.02034, 0.0012), "1.0203 ± 0.0012");
  EXPECT_EQ(with_error(-0.00001, 0.00098), "-0.00001 ± 0.00098");
  EXPECT_EQ(with_error(0.5, 0.0996), "0.50 ± 0.10");
  EXPECT_EQ(with_error(123.4, 5), "123.4 ± 5.0");
  EXPECT_EQ(with_error(1.23456e-12, 3.4e-15), "1.2346e-12 ± 3.4e-15");
  EXPECT_EQ(with_error(12345678, 250), "1.234568e+07 ± 2.5e+02");
  EXPECT_EQ(with_error(0.25, 0), "0.25");
  EXPECT_EQ(with_error(0.25, std::numeric_limits<double>::quiet_NaN()), "0.25");
}

TEST(Number, CountsSizesAndTimes) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1048576), "1 048 576");
  EXPECT_EQ(byte_size(512), "512 B");
  EXPECT_EQ(byte_size(1536), "1.5 KiB");
  EXPECT_EQ(byte_size(12 << 20), "12 MiB");
  EXPECT_EQ(duration(0.44), "0.4 s");
  EXPECT_EQ(duration(59.4), "59 s");
  EXPECT_EQ(duration(200), "3 min 20 s");
  EXPECT_EQ(duration(7500), "2 h 5 min");
  EXPECT_EQ(duration(-1), "?");
}

}  // namespace
}  // namespace isotherm::output
