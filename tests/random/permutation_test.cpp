// Orders of rows: that they are permutations, every lane against the definition, and how random they are. A statistic
// beyond five standard deviations fails: once in two million right samplers.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "random/philox_words.hpp"

namespace isotherm::test {
namespace {

using Words = std::vector<std::uint32_t>;

std::uint32_t high(std::uint32_t word, std::uint32_t n) {
  return static_cast<std::uint32_t>(std::uint64_t{word} * n >> 32);
}

/// permuted_row from its description, with divisions and remainders.
std::uint32_t reference_row(const random::Bijection& map, const std::uint32_t* key, std::uint32_t position) {
  const auto mixed = [](std::uint32_t x) {
    x *= 0xE4CDA115u;
    x ^= x >> 14;
    return x * 0xB026A0AFu;
  };
  // Places in the order of positions: all r of l = 0, then of l = 1, ...; of l >= full the last r is left over.
  const std::uint64_t before = std::uint64_t{map.full} * map.b;
  std::uint64_t l = position / map.b, r = position % map.b;
  if (position >= before) {
    l = map.full + (position - before) / (map.b - 1);
    r = (position - before) % (map.b - 1);
  }
  for (;;) {
    for (std::uint32_t pair = 0; pair < map.pairs; ++pair) {
      const std::uint32_t change = pair == 4 ? 0xB5297A4Du : 0;
      l = (l + high(mixed(static_cast<std::uint32_t>(r) ^ key[2 * (pair % 4)] ^ change), map.a)) % map.a;
      r = (r + high(mixed(static_cast<std::uint32_t>(l) ^ key[2 * (pair % 4) + 1] ^ change), map.b)) % map.b;
    }
    if (l + map.a * r < map.rows) return static_cast<std::uint32_t>(l + map.a * r);
  }
}

template <class real>
class Permutation : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(Permutation, Precisions);

TEST(Grid, HasRoomForTheRowsAndLittleMore) {
  std::mt19937_64 generator(1);
  for (int trial = 0; trial < 2000; ++trial) {
    std::uint32_t rows = static_cast<std::uint32_t>(generator() >> (32 + generator() % 32));
    if (trial < 600) rows = static_cast<std::uint32_t>(trial + 1);
    if (trial > 1990) rows = 0xffffffffu - static_cast<std::uint32_t>(2000 - trial);
    rows = std::max(rows, 1u);
    const random::Bijection map = random::make_bijection(rows);
    const std::uint64_t places = std::uint64_t{map.a} * map.b;
    ASSERT_GE(places, rows);
    ASSERT_LT(places - rows, map.a) << rows;
    ASSERT_EQ(std::uint64_t{map.full} * map.b + std::uint64_t{map.a - map.full} * (map.b - 1), rows);
    ASSERT_LE(places, std::uint64_t{1} << 32) << rows;  // so that no place has the number of another
    ASSERT_EQ(map.a % 2, 0u);
    if (rows > 256) {
      ASSERT_LE(map.a, 1.9 * map.b) << rows;
    }
  }
}

TYPED_TEST(Permutation, EveryLaneEqualsTheDefinition) {
  constexpr std::size_t count = 2 * array_unit;
  std::mt19937_64 generator(2);
  for (const std::uint32_t rows :
       {1u, 2u, 3u, 7u, 257u, 289u, 300u, 1000u, 4095u, 4096u, 65537u, 16777216u, 1u << 30, 3000000001u, 0xffffffffu}) {
    const random::Bijection map = random::make_bijection(rows);
    for (const std::uint64_t e : {std::uint64_t{0}, std::uint64_t{12345}, (std::uint64_t{1} << 31) + 3}) {
      const std::uint64_t seed = generator(), subsequence = subsequence_of(3, 512 * (generator() % 1000));
      Words positions{0, rows - 1, rows / 2, map.b % rows};
      for (int k = 0; k < 12; ++k) positions.push_back(static_cast<std::uint32_t>(generator() % rows));
      Words want(positions.size() * count), got(want.size());
      for (std::size_t p = 0; p < count; ++p) {
        std::uint32_t key[8];
        for (std::uint64_t b = 0; b < 2; ++b)
          std::ranges::copy(philox_words(seed, subsequence + p, 2 * e + b), key + 4 * b);
        for (std::size_t i = 0; i < positions.size(); ++i) want[i * count + p] = reference_row(map, key, positions[i]);
      }
      for (const LaneTable<TypeParam>& lane : lane_tables<TypeParam>()) {
        lane.permuted_rows(seed, subsequence, e, map, positions, got.data(), count);
        EXPECT_EQ(got, want) << lane.target << " " << rows << " rows, number " << e;
      }
    }
  }
}

TYPED_TEST(Permutation, EveryRowStandsOnce) {
  const LaneTable<TypeParam>& lane = lane_tables<TypeParam>().back();
  for (const std::uint32_t rows :
       {1u, 2u, 3u, 4u, 5u, 6u, 17u, 30u, 257u, 258u, 289u, 300u, 997u, 1024u, 4096u, 10007u}) {
    Words positions(rows), order(rows * array_unit);
    std::iota(positions.begin(), positions.end(), 0u);
    lane.permuted_rows(5, subsequence_of(3, 0), 1, random::make_bijection(rows), positions, order.data(), array_unit);
    for (std::size_t p = 0; p < array_unit; ++p) {
      std::vector<bool> seen(rows);
      for (std::size_t i = 0; i < rows; ++i) {
        ASSERT_LT(order[i * array_unit + p], rows);
        ASSERT_FALSE(seen[order[i * array_unit + p]]) << rows;
        seen[order[i * array_unit + p]] = true;
      }
    }
  }
}

TYPED_TEST(Permutation, ShufflesOfEveryLaneEqualTheDefinition) {
  constexpr std::size_t count = 2 * array_unit;
  std::mt19937_64 generator(4);
  for (const std::uint32_t rows : {1u, 2u, 3u, 5u, 100u, 255u, 256u})
    for (const std::uint32_t positions : {rows, (rows + 1) / 2, 1u})
      for (const std::uint64_t e : {std::uint64_t{0}, std::uint64_t{9}, (std::uint64_t{1} << 27) + 1}) {
        const std::uint64_t seed = generator(), subsequence = subsequence_of(3, 512 * (generator() % 1000));
        std::vector<unsigned char> want(positions * count), got(want.size());
        for (std::size_t p = 0; p < count; ++p) {
          std::vector<std::uint32_t> order(rows);
          std::iota(order.begin(), order.end(), 0u);
          for (std::uint32_t i = 0; i < positions; ++i) {
            const std::uint32_t word = philox_words(seed, subsequence + p, 64 * e + i / 4)[i % 4];
            std::swap(order[i], order[i + high(word, rows - i)]);
            want[i * count + p] = static_cast<unsigned char>(order[i]);
          }
          std::ranges::sort(order);
          for (std::uint32_t i = 0; i < rows; ++i) ASSERT_EQ(order[i], i);
        }
        for (const LaneTable<TypeParam>& lane : lane_tables<TypeParam>()) {
          lane.shuffle(seed, subsequence, e, positions, rows, got.data(), count);
          EXPECT_EQ(got, want) << lane.target << " " << rows << " rows, number " << e;
        }
      }
}

/// A sampler of orders: the rows at `positions` of `count` particles in permutation number e, out[i * count + p].
using Sampler = std::function<void(std::uint64_t e, const Words& positions, std::uint32_t* out, std::size_t count)>;

Sampler bijection(std::uint32_t rows) {
  return [map = random::make_bijection(rows)](std::uint64_t e, const Words& positions, std::uint32_t* out,
                                              std::size_t count) {
    lane_tables<float>().back().permuted_rows(7, subsequence_of(3, 0), e, map, positions, out, count);
  };
}

Sampler shuffled(std::uint32_t rows) {
  return [rows](std::uint64_t e, const Words& positions, std::uint32_t* out, std::size_t count) {
    std::vector<unsigned char> table(rows * count);
    lane_tables<float>().back().shuffle(7, subsequence_of(3, 0), e, rows, rows, table.data(), count);
    for (std::size_t i = 0; i < positions.size(); ++i)
      std::copy_n(table.data() + positions[i] * count, count, out + i * count);
  };
}

/// The bijection with fewer rounds: what the tests below must find wanting.
Sampler too_few_rounds(std::uint32_t rows) {
  random::Bijection map = random::make_bijection(rows);
  map.pairs = 2;
  return [map](std::uint64_t e, const Words& positions, std::uint32_t* out, std::size_t count) {
    lane_tables<float>().back().permuted_rows(7, subsequence_of(3, 0), e, map, positions, out, count);
  };
}

constexpr std::size_t particles = 4096;

/// Of (row at position i, row at position j) over all ordered pairs of different rows, and of either row alone.
struct PairExcess {
  double pairs, first, second;
};
PairExcess pair_excess(const Sampler& sample, std::uint32_t rows, std::uint32_t i, std::uint32_t j,
                       std::uint64_t permutations, std::uint64_t lag = 0) {
  std::vector<double> counts(std::size_t{rows} * rows), first(rows), second(rows);
  Words out(2 * particles), later(2 * particles);
  for (std::uint64_t e = 0; e < permutations / particles; ++e) {
    sample((1 + lag) * e, {i, j}, out.data(), particles);
    if (lag > 0) sample((1 + lag) * e + lag, {i, j}, later.data(), particles);
    for (std::size_t p = 0; p < particles; ++p) {
      const std::uint32_t a = out[p], b = lag > 0 ? later[particles + p] : out[particles + p];
      ++counts[a * rows + b];
      ++first[a];
      ++second[b];
    }
  }
  const double n = static_cast<double>(permutations / particles * particles);
  const auto excess = [&](const std::vector<double>& cells, double possible) {
    double statistic = 0;
    for (const double c : cells) statistic += (c - n / possible) * (c - n / possible) / (n / possible);
    // Cells that cannot be reached are empty, and each has added its expectation.
    statistic -= (static_cast<double>(cells.size()) - possible) * n / possible;
    return std::fabs(chi_squared_excess(statistic, possible - 1));
  };
  if (lag == 0) {
    for (std::uint32_t r = 0; r < rows; ++r) EXPECT_EQ(counts[r * rows + r], 0);
  }
  return {excess(counts, static_cast<double>(rows) * (lag > 0 ? rows : rows - 1)), excess(first, rows),
          excess(second, rows)};
}

void expect_uniform_pairs(const Sampler& sample, std::uint32_t rows, std::uint64_t permutations) {
  const std::uint32_t b = random::make_bijection(rows).b;
  const std::uint32_t pairs[][2] = {{0, 1}, {0, b}, {5, 5 + b / 2}, {3, rows - 1}, {rows / 2, rows / 2 + 2 * b}};
  for (const auto& [i, j] : pairs) {
    const PairExcess excess = pair_excess(sample, rows, i, j, permutations);
    EXPECT_LE(excess.pairs, 5) << rows << " rows, positions " << i << ", " << j;
    EXPECT_LE(excess.first, 5) << rows << " rows, position " << i;
    EXPECT_LE(excess.second, 5) << rows << " rows, position " << j;
  }
}

TEST(OrdersOfRows, PairsOfPositionsAreUniform) {
  expect_uniform_pairs(bijection(300), 300, 1 << 19);
  expect_uniform_pairs(bijection(1000), 1000, 1 << 20);
  expect_uniform_pairs(shuffled(100), 100, 1 << 18);
  expect_uniform_pairs(shuffled(256), 256, 1 << 18);
}

TEST(OrdersOfRows, TooFewRoundsAreFoundByPairs) {
  EXPECT_GT(pair_excess(too_few_rounds(300), 300, 0, random::make_bijection(300).b, 1 << 19).pairs, 5);
}

TEST(OrdersOfRows, EpochsAreIndependent) {
  for (const std::uint64_t lag : {1, 2}) {
    EXPECT_LE(pair_excess(bijection(300), 300, 4, 4, 1 << 18, lag).pairs, 5) << lag;
    EXPECT_LE(pair_excess(bijection(300), 300, 299, 0, 1 << 18, lag).pairs, 5) << lag;
    EXPECT_LE(pair_excess(shuffled(200), 200, 199, 0, 1 << 18, lag).pairs, 5) << lag;
  }
}

TEST(OrdersOfRows, NeighbouringParticlesAreIndependent) {
  for (const std::uint32_t n : {256u, 300u}) {
    const Sampler sample = n <= 256 ? shuffled(n) : bijection(n);
    for (const std::size_t apart : {1, 2, 16}) {
      Words out(particles);
      std::vector<double> counts(n * n);
      double total = 0;
      for (std::uint64_t e = 0; e < 64; ++e) {
        sample(e, {7}, out.data(), particles);
        for (std::size_t p = 0; p + apart < particles; ++p, ++total) ++counts[out[p] * n + out[p + apart]];
      }
      double statistic = 0;
      for (const double c : counts) statistic += (c - total / (n * n)) * (c - total / (n * n)) / (total / (n * n));
      EXPECT_LE(std::fabs(chi_squared_excess(statistic, n * n - 1.0)), 5) << apart;
    }
  }
}

/// Even and odd permutations are equally likely.
TEST(OrdersOfRows, Parity) {
  for (const std::uint32_t rows : {257u, 289u, 300u, 625u}) {
    Words positions(rows), out(rows * particles);
    std::iota(positions.begin(), positions.end(), 0u);
    bijection(rows)(3, positions, out.data(), particles);
    double odd = 0;
    for (std::size_t p = 0; p < particles; ++p) {
      std::vector<bool> seen(rows);
      std::uint32_t cycles = 0;
      for (std::uint32_t i = 0; i < rows; ++i) {
        cycles += !seen[i];
        for (std::uint32_t k = i; !seen[k]; k = out[k * particles + p]) seen[k] = true;
      }
      odd += (rows - cycles) % 2;
    }
    EXPECT_LE(std::fabs(odd - particles / 2.0) / std::sqrt(particles / 4.0), 5) << rows;
  }
}

/// The sum of a column over the first j positions has the variance of drawing j of N rows without replacement, j (N -
/// j) / (N - 1) times that of the column, whatever the column is and however it is sorted: the temperature of
/// reshuffled descent rests on it. The largest deviation over columns and j, in standard errors.
double largest_variance_deviation(const Sampler& sample, std::uint32_t rows, std::uint64_t permutations) {
  const random::Bijection map = random::make_bijection(rows);
  const double pi = std::numbers::pi;
  const std::function<double(double)> columns[] = {
      [&](double r) { return r; },
      [&](double r) { return r < rows / 2.0 ? 1 : 0; },
      [&](double r) { return std::fmod(r, 2); },
      [&](double r) { return std::fmod(r, map.a); },
      [&](double r) { return std::floor(r / map.a); },
      [&](double r) { return std::cos(2 * pi * r / map.a); },
      [&](double r) { return std::cos(2 * pi * r / map.b); },
      [&](double r) { return r < 1 ? 1 : 0; },
  };
  Words ends{2, 5, map.b / 2, map.b, 3 * map.b / 2, rows / 4, rows / 2};
  std::ranges::sort(ends);
  std::vector<std::vector<double>> values;
  for (const auto& column : columns) {
    std::vector<double> y(rows);
    for (std::uint32_t r = 0; r < rows; ++r) y[r] = column(r);
    const double mean = std::accumulate(y.begin(), y.end(), 0.0) / rows;
    double square = 0;
    for (double& v : y) v -= mean, square += v * v / rows;
    for (double& v : y) v /= std::sqrt(square);
    values.push_back(y);
  }
  Words positions(rows / 2);
  std::iota(positions.begin(), positions.end(), 0u);
  constexpr std::size_t batch = 512;
  Words out(positions.size() * batch);
  std::vector<double> squares(values.size() * ends.size()), fourths(squares.size());
  for (std::uint64_t e = 0; e < permutations / batch; ++e) {
    sample(e, positions, out.data(), batch);
    for (std::size_t c = 0; c < values.size(); ++c) {
      std::vector<double> sum(batch);
      std::size_t end = 0;
      for (std::uint32_t i = 0; i < positions.size(); ++i) {
        for (std::size_t p = 0; p < batch; ++p) sum[p] += values[c][out[i * batch + p]];
        for (; end < ends.size() && ends[end] == i + 1; ++end)
          for (const double s : sum) {
            squares[c * ends.size() + end] += s * s;
            fourths[c * ends.size() + end] += s * s * s * s;
          }
      }
    }
  }
  const double n = static_cast<double>(permutations / batch * batch);
  double largest = 0;
  for (std::size_t k = 0; k < squares.size(); ++k) {
    const double j = ends[k % ends.size()], want = j * (rows - j) / (rows - 1.0), got = squares[k] / n;
    largest = std::max(largest, std::fabs(got - want) / std::sqrt((fourths[k] / n - got * got) / n));
  }
  return largest;
}

TEST(OrdersOfRows, PartialSumsHaveTheHypergeometricVariance) {
  EXPECT_LE(largest_variance_deviation(bijection(300), 300, 1 << 17), 5);
  EXPECT_LE(largest_variance_deviation(bijection(1000), 1000, 1 << 15), 5);
  EXPECT_LE(largest_variance_deviation(bijection(5000), 5000, 1 << 12), 5);
  EXPECT_LE(largest_variance_deviation(shuffled(100), 100, 1 << 17), 5);
  EXPECT_GT(largest_variance_deviation(too_few_rounds(300), 300, 1 << 17), 5);
}

/// How many of the first N / 2 positions hold one of the first N / 2 rows: the whole hypergeometric law.
TEST(OrdersOfRows, HalvesHaveTheHypergeometricLaw) {
  for (const std::uint32_t rows : {100u, 300u, 1000u}) {
    const Sampler sample = rows <= 256 ? shuffled(rows) : bijection(rows);
    const std::uint32_t half = rows / 2;
    Words positions(half), out(half * particles);
    std::iota(positions.begin(), positions.end(), 0u);
    std::vector<double> counts(half + 1);
    double n = 0;
    for (std::uint64_t e = 0; e < 8; ++e) {
      sample(e, positions, out.data(), particles);
      for (std::size_t p = 0; p < particles; ++p, ++n) {
        std::uint32_t found = 0;
        for (std::uint32_t i = 0; i < half; ++i) found += out[i * particles + p] < half;
        ++counts[found];
      }
    }
    const auto log_choose = [](double a, double b) {
      return std::lgamma(a + 1) - std::lgamma(b + 1) - std::lgamma(a - b + 1);
    };
    double statistic = 0, freedom = -1, rest = 0, rest_expected = 0;
    for (std::uint32_t k = 0; k <= half; ++k) {
      const double expected = n * std::exp(2 * log_choose(half, k) - log_choose(rows, half));
      if (expected < 20) {
        rest += counts[k], rest_expected += expected;
        continue;
      }
      statistic += (counts[k] - expected) * (counts[k] - expected) / expected;
      ++freedom;
    }
    statistic += (rest - rest_expected) * (rest - rest_expected) / rest_expected;
    EXPECT_LE(std::fabs(chi_squared_excess(statistic, freedom + 1)), 5) << rows;
  }
}

}  // namespace
}  // namespace isotherm::test
