// Uniform and normal numbers: bit identity of the lanes, error against the exact transform, range, and law.
// Statistical tests: fixed seed, two-sided, |z| <= 5 for each of about 110 statistics; false-alarm rate below 7e-5 in
// all.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "isotherm/lane/scalar.hpp"
#include "math/lanes.hpp"

namespace isotherm::test {
namespace {

template <class real>
class Numbers : public testing::Test {
 protected:
  static constexpr bool is_double = sizeof(real) == 8;
  static constexpr int per_block = is_double ? 2 : 4;
  using Word = std::conditional_t<is_double, std::int64_t, std::int32_t>;

  /// Of the scalar lane, from given words.
  static std::vector<real> from_words(const std::uint32_t (&words)[4], bool normal) {
    std::vector<real> numbers;
    if constexpr (is_double) {
      scalar::f64::I lanes[4];
      scalar::f64::F out[2];
      for (int k = 0; k < 4; ++k) lanes[k] = Word(words[k]);
      normal ? scalar::f64::normals(lanes, out) : scalar::f64::uniforms(lanes, out);
      for (const auto& number : out) numbers.push_back(number.v);
    } else {
      scalar::f32::I lanes[4];
      scalar::f32::F out[4];
      for (int k = 0; k < 4; ++k) lanes[k] = static_cast<Word>(words[k]);
      normal ? scalar::f32::normals(lanes, out) : scalar::f32::uniforms(lanes, out);
      for (const auto& number : out) numbers.push_back(number.v);
    }
    return numbers;
  }
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(Numbers, Precisions);

template <class real>
std::vector<std::uint64_t> bits(const std::vector<real>& values) {
  std::vector<std::uint64_t> result;
  for (const real value : values)
    result.push_back(std::bit_cast<std::conditional_t<sizeof(real) == 8, std::uint64_t, std::uint32_t>>(value));
  return result;
}

TYPED_TEST(Numbers, SameBitsOnEveryLane) {
  using real = TypeParam;
  constexpr std::size_t count = 8 * array_unit;
  constexpr std::size_t size = count * TestFixture::per_block;
  std::vector<real> normals(size), uniforms(size), want_normals(size), want_uniforms(size), unused(size);
  std::mt19937_64 generator(3);
  for (int trial = 0; trial < 500; ++trial) {
    const std::uint64_t seed = generator(), block = generator();
    const std::uint64_t subsequence = generator() & ~std::uint64_t{count - 1};
    for (const LaneTable<real>& lane : lane_tables<real>()) {
      ASSERT_EQ(lane.numbers_per_block, TestFixture::per_block);
      const bool scalar = &lane == &lane_tables<real>().front();
      lane.numbers(seed, subsequence, block, normals.data(), uniforms.data(), count);
      if (scalar) want_normals = normals, want_uniforms = uniforms;
      ASSERT_EQ(bits(normals), bits(want_normals)) << lane.target;
      ASSERT_EQ(bits(uniforms), bits(want_uniforms)) << lane.target;
    }
  }
}

/// Box and Muller's transform of the words in long double.
template <bool is_double>
void exact_pair(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d, long double (&out)[2],
                long double& u) {
  long double t;
  bool negative;
  if (is_double) {
    const std::uint64_t high = std::uint64_t{a} << 20 | b >> 12, angle = std::uint64_t{c} << 20 | d >> 12;
    u = (static_cast<long double>(high) + 0.5L) * 0x1p-52L;
    t = static_cast<long double>(angle) * 0x1p-52L - 0.5L;
    negative = (b & 1) != 0;
  } else {
    u = (static_cast<long double>(a & 0x7fffffff) + 0.5L) * 0x1p-31L;
    t = static_cast<long double>(static_cast<std::int32_t>(b)) * 0x1p-32L;
    negative = a >> 31 != 0;
  }
  const long double radius = std::sqrt(-2 * std::log(u)), pi = 3.14159265358979323846264338327950288L;
  out[0] = radius * std::cos(pi * t) * (negative ? -1 : 1);
  out[1] = radius * std::sin(pi * t);
}

/// Where u is not next to 1. There the float u has 24 bits and the radius, which is small, loses digits; no normal
/// number is off by more than sqrt(2 * 2^-24) = 3.5e-4 then, with probability 2^-7.
TYPED_TEST(Numbers, NormalsAreTheTransformOfTheirWords) {
  using real = TypeParam;
  constexpr bool is_double = TestFixture::is_double;
  std::mt19937_64 generator(4);
  long double worst = 0, worst_small = 0;
  for (int trial = 0; trial < 400000; ++trial) {
    const std::uint64_t x = generator(), y = generator();
    // Every eighth u is next to 0 or 1.
    std::uint32_t words[4] = {static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(x >> 32),
                              static_cast<std::uint32_t>(y), static_cast<std::uint32_t>(y >> 32)};
    if (trial % 8 == 0) words[0] >>= trial / 8 % 32;
    if (trial % 8 == 1) words[0] = ~(words[0] >> trial / 8 % 32);
    const std::vector<real> got = TestFixture::from_words(words, true);
    for (int pair = 0; pair < TestFixture::per_block; pair += 2) {
      long double want[2], u;
      exact_pair<is_double>(words[pair], words[pair + 1], words[2], words[3], want, u);
      for (int k = 0; k < 2; ++k) {
        long double& place = u < 0.99L ? worst : worst_small;
        place = std::max(place, std::fabs(static_cast<long double>(got[pair + k]) - want[k]));
      }
    }
  }
  EXPECT_LE(worst, is_double ? 4e-15L : 3e-6L);
  EXPECT_LE(worst_small, is_double ? 4e-15L : 3.5e-4L);
}

/// The extreme words give the extreme numbers, all finite.
TYPED_TEST(Numbers, ExtremeWords) {
  using real = TypeParam;
  const std::uint32_t extreme[] = {0, 1, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff};
  real largest = 0;
  for (const std::uint32_t a : extreme)
    for (const std::uint32_t b : extreme)
      for (const std::uint32_t c : extreme)
        for (const std::uint32_t d : extreme) {
          for (const real number : TestFixture::from_words({a, b, c, d}, true)) {
            ASSERT_TRUE(std::isfinite(number));
            largest = std::max(largest, std::fabs(number));
          }
          for (const real number : TestFixture::from_words({a, b, c, d}, false)) {
            ASSERT_NE(number, 0);
            ASSERT_LE(std::fabs(number), 1);
          }
        }
  const double smallest_u = TestFixture::is_double ? 0x1p-53 : 0x1p-32;
  EXPECT_NEAR(largest, std::sqrt(-2 * std::log(smallest_u)), 1e-5);
}

/// The size and the sign of a uniform number, from its words in long double. The float's 31 bits are rounded to 24,
/// then half a step is added.
template <bool is_double>
long double exact_uniform(std::uint32_t a, std::uint32_t b) {
  if (is_double) {
    const long double size = (static_cast<long double>(std::uint64_t{a} << 20 | b >> 12) + 0.5L) * 0x1p-52L;
    return (b & 1) != 0 ? -size : size;
  }
  const long double size = (static_cast<long double>(static_cast<float>(a & 0x7fffffff)) + 0.5L) * 0x1p-31L;
  return a >> 31 != 0 ? -size : size;
}

TYPED_TEST(Numbers, UniformsAreASignAndASizeOfTheirWords) {
  using real = TypeParam;
  constexpr bool is_double = TestFixture::is_double;
  std::mt19937_64 generator(5);
  for (int trial = 0; trial < 100000; ++trial) {
    const std::uint64_t x = generator(), y = generator();
    std::uint32_t words[4] = {static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(x >> 32),
                              static_cast<std::uint32_t>(y), static_cast<std::uint32_t>(y >> 32)};
    // Every fourth number is next to 0 or, in size, to 1.
    const int shift = trial / 8 % 32;
    if (trial % 8 == 0) words[0] = (words[0] & 0x80000000) | (words[0] & 0x7fffffff) >> shift;
    if (trial % 8 == 1) words[0] |= ~(~0u >> 1 >> shift) & 0x7fffffff;
    const std::vector<real> got = TestFixture::from_words(words, false);
    for (int k = 0; k < TestFixture::per_block; ++k) {
      const int first = is_double ? 2 * k : k;
      ASSERT_EQ(got[k], static_cast<real>(exact_uniform<is_double>(words[first], words[(first + 1) % 4])));
    }
  }
}

/// Flipping the bit of the sign gives the opposite number, whatever the others are: the law is symmetric exactly.
TYPED_TEST(Numbers, UniformsAreSymmetric) {
  std::mt19937_64 generator(6);
  for (int trial = 0; trial < 1000; ++trial) {
    const std::uint64_t x = generator(), y = generator();
    const std::uint32_t words[4] = {static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(x >> 32),
                                    static_cast<std::uint32_t>(y), static_cast<std::uint32_t>(y >> 32)};
    const std::uint32_t flip = TestFixture::is_double ? 1u : 0x80000000u, other = TestFixture::is_double ? 0 : flip;
    const auto got = TestFixture::from_words(words, false);
    const auto opposite =
        TestFixture::from_words({words[0] ^ other, words[1] ^ flip, words[2] ^ other, words[3] ^ flip}, false);
    for (std::size_t k = 0; k < got.size(); ++k) EXPECT_EQ(opposite[k], -got[k]);
  }
}

/// 2^21 particles and four numbers of each, in one block (float) or two: 2^23 numbers.
template <class real>
struct Sample {
  static constexpr std::size_t particles = 1 << 21;
  std::vector<real> normals, uniforms;  // [number * particles + particle]
  std::size_t numbers = 4;
  Sample() : normals(particles * 4), uniforms(particles * 4) {
    const LaneTable<real>& lane = lane_tables<real>().back();
    const std::size_t per_block = static_cast<std::size_t>(lane.numbers_per_block);
    for (std::size_t block = 0; block < numbers / per_block; ++block) {
      const std::size_t at = block * per_block * particles;
      lane.numbers(20250103, 1ull << 56, block, normals.data() + at, uniforms.data() + at, particles);
    }
  }
};

template <class real>
const Sample<real>& sample() {
  static const Sample<real> numbers;
  return numbers;
}

double tail(double t) { return 0.5 * std::erfc(t / std::sqrt(2.0)); }

TYPED_TEST(Numbers, MomentsOfNormals) {
  const auto& normals = sample<TypeParam>().normals;
  const double n = static_cast<double>(normals.size());
  const double moments[] = {1, 0, 1, 0, 3, 0, 15, 0, 105, 0, 945, 0, 10395, 0, 135135, 0, 2027025};
  double sums[9] = {};
  for (const double x : normals) {
    double power = 1;
    for (int k = 1; k <= 8; ++k) sums[k] += power *= x;
  }
  for (int k = 1; k <= 8; ++k) {
    const double z = (sums[k] / n - moments[k]) / std::sqrt((moments[2 * k] - moments[k] * moments[k]) / n);
    EXPECT_LE(std::fabs(z), 5) << "moment " << k;
  }
}

TYPED_TEST(Numbers, TailsOfNormals) {
  const auto& normals = sample<TypeParam>().normals;
  const double n = static_cast<double>(normals.size());
  for (const double t : {0.01, 0.1, 1.0, 2.0, 3.0, 4.0, 4.5, 5.0}) {
    double above = 0, below = 0;
    for (const TypeParam x : normals) above += x > t, below += x < -t;
    const double p = tail(t), deviation = std::sqrt(n * p * (1 - p));
    EXPECT_LE(std::fabs(above - n * p), 5 * deviation) << "above " << t;
    EXPECT_LE(std::fabs(below - n * p), 5 * deviation) << "below " << -t;
  }
}

TYPED_TEST(Numbers, ChiSquaredOfNormals) {
  const auto& normals = sample<TypeParam>().normals;
  const double n = static_cast<double>(normals.size()), width = 1.0 / 64;
  constexpr int half = 256, bins = 2 * half;  // [-4, 4), and both tails
  std::vector<double> counts(bins + 2);
  for (const double x : normals)
    counts[static_cast<std::size_t>(std::fmin(std::fmax(std::floor(x / width) + half + 1, 0), bins + 1))]++;
  double statistic = 0;
  for (int i = 0; i < bins + 2; ++i) {
    const double lower = i == 0 ? -40 : (i - half - 1) * width, upper = i == bins + 1 ? 40 : (i - half) * width;
    const double expected = n * (lower < 0 ? tail(-upper) - tail(-lower) : tail(lower) - tail(upper));
    statistic += (counts[i] - expected) * (counts[i] - expected) / expected;
  }
  const double freedom = bins + 1;
  EXPECT_LE(std::fabs(statistic - freedom) / std::sqrt(2 * freedom), 5);
}

/// Products of different numbers, and of their squares, average to zero: numbers of one particle, and the same number
/// of particles 1, 2, 3, 8 and 16 apart, which are lanes of one vector and neighbouring vectors.
TYPED_TEST(Numbers, NormalsAreUncorrelated) {
  const auto& all = sample<TypeParam>();
  constexpr std::size_t n = Sample<TypeParam>::particles;
  const auto check = [&](std::size_t first, std::size_t second, std::size_t count, const std::string& which) {
    double plain = 0, squared = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const double x = all.normals[first + i], y = all.normals[second + i];
      plain += x * y;
      squared += (x * x - 1) * (y * y - 1);
    }
    EXPECT_LE(std::fabs(plain) / std::sqrt(static_cast<double>(count)), 5) << which;
    EXPECT_LE(std::fabs(squared) / (2 * std::sqrt(static_cast<double>(count))), 5) << "squares, " << which;
  };
  for (std::size_t a = 0; a < all.numbers; ++a)
    for (std::size_t b = a + 1; b < all.numbers; ++b)
      check(a * n, b * n, n, "numbers " + std::to_string(a) + " and " + std::to_string(b));
  for (const std::size_t distance : {1, 2, 3, 8, 16})
    check(0, distance, n - distance, "particles " + std::to_string(distance) + " apart");
}

TYPED_TEST(Numbers, MomentsAndBinsOfUniforms) {
  const auto& uniforms = sample<TypeParam>().uniforms;
  const double n = static_cast<double>(uniforms.size());
  constexpr int bins = 1024;
  std::vector<double> counts(bins);
  double sums[9] = {};
  for (const double u : uniforms) {
    counts[std::min<std::size_t>(static_cast<std::size_t>((u + 1) / 2 * bins), bins - 1)]++;
    double power = 1;
    for (int k = 1; k <= 8; ++k) sums[k] += power *= u;
  }
  for (int k = 1; k <= 8; ++k) {
    const double mean = k % 2 == 0 ? 1.0 / (k + 1) : 0, variance = 1.0 / (2 * k + 1) - mean * mean;
    EXPECT_LE(std::fabs(sums[k] / n - mean) / std::sqrt(variance / n), 5) << "moment " << k;
  }
  double statistic = 0;
  for (const double count : counts) statistic += (count - n / bins) * (count - n / bins) / (n / bins);
  EXPECT_LE(std::fabs(statistic - (bins - 1)) / std::sqrt(2.0 * (bins - 1)), 5);
}

/// Next to 0 and, in size, to 1, where inversion finds the tails of other laws: -log|u| is exponential.
TYPED_TEST(Numbers, TailsOfUniforms) {
  const auto& uniforms = sample<TypeParam>().uniforms;
  const double n = static_cast<double>(uniforms.size());
  const auto check = [&](double count, double p, const char* where, double t) {
    EXPECT_LE(std::fabs(count - n * p), 5 * std::sqrt(n * p * (1 - p))) << where << " " << t;
  };
  for (const double t : {0x1p-4, 0x1p-8, 0x1p-12, 0x1p-16, 0x1p-18}) {
    double above_0 = 0, below_0 = 0, near_1 = 0, near_minus_1 = 0;
    for (const double u : uniforms) {
      above_0 += u > 0 && u < t;
      below_0 += u < 0 && u > -t;
      near_1 += u > 1 - t;
      near_minus_1 += u < -1 + t;
    }
    check(above_0, t / 2, "above 0 within", t);
    check(below_0, t / 2, "below 0 within", t);
    check(near_1, t / 2, "next to 1 within", t);
    check(near_minus_1, t / 2, "next to -1 within", t);
  }
  double logarithm = 0, square = 0;
  for (const double u : uniforms) {
    const double e = -std::log(std::fabs(u));
    logarithm += e;
    square += e * e;
  }
  EXPECT_LE(std::fabs(logarithm / n - 1) * std::sqrt(n), 5);
  EXPECT_LE(std::fabs(square / n - 2) * std::sqrt(n / 20), 5);
}

/// Bit b of a word, or in double of two words, is one number.
TYPED_TEST(Numbers, SignsAreTheBitsOfTheirWords) {
  using real = TypeParam;
  constexpr int bits_of_word = 8 * sizeof(real);
  std::mt19937_64 generator(7);
  for (int trial = 0; trial < 100; ++trial) {
    const std::uint64_t word = generator();
    for (int bit = 0; bit < bits_of_word; ++bit) {
      real got;
      if constexpr (TestFixture::is_double)
        got = scalar::f64::sign_number(static_cast<std::int64_t>(word), bit).v;
      else
        got = scalar::f32::sign_number(static_cast<std::int32_t>(word), bit).v;
      ASSERT_EQ(got, (word >> bit & 1) != 0 ? -1 : 1);
    }
  }
}

}  // namespace
}  // namespace isotherm::test
