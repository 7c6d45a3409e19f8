// Standardization, and sums over rows in a fixed order.

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "data/row_sum.hpp"
#include "data/table.hpp"
#include "data_reader/files.hpp"

namespace isotherm::data {
namespace {

Table one_column(std::vector<double> values) { return {{"x"}, values.size(), values}; }

TEST(RowSum, IsTheTreeOverBlocks) {
  std::mt19937_64 generator(1);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<double> x(256 * 11 + 17);
  for (double& value : x) value = uniform(generator);
  const auto value = [&](std::size_t r) { return x[r]; };
  for (const std::size_t rows : {std::size_t{0}, std::size_t{1}, std::size_t{255}, std::size_t{256}, std::size_t{257},
                                 std::size_t{1024}, x.size()}) {
    // Recursively: the left part is the largest power of two of blocks that leaves something to the right.
    const auto tree = [&](const auto& self, std::size_t first, std::size_t last) -> double {
      if (last - first <= 256) return sum_block(first, last, value);
      std::size_t left = 256;
      while (2 * left < last - first) left *= 2;
      return self(self, first, first + left) + self(self, first + left, last);
    };
    EXPECT_EQ(sum_rows(rows, value), rows == 0 ? 0 : tree(tree, 0, rows)) << rows;
  }
}

TEST(RowSum, ErrorGrowsWithTheLogarithm) {
  constexpr std::size_t rows = 10'000'000;
  const double sum = sum_rows(rows, [](std::size_t) { return 0.1; });
  // A running sum is off by 1.6e-4 of a unit; halving by less than 30 roundings.
  EXPECT_NEAR(sum, 0.1 * rows, 30 * 0x1p-53 * 1e6);
}

TEST(Standardize, MeanZeroAndVarianceOne) {
  std::mt19937_64 generator(2);
  std::normal_distribution<double> normal(5, 3);
  Table table{{"x", "y"}, 1000, {}};
  for (int i = 0; i < 2000; ++i) table.values.push_back(i < 1000 ? normal(generator) : 1e6 + normal(generator));
  const Table before = table;
  const std::vector<Scaling> scalings = standardize(table);
  for (std::size_t c = 0; c < 2; ++c) {
    long double mean = 0, variance = 0, raw_mean = 0, raw_variance = 0;
    for (const double x : before.column(c)) raw_mean += x / 1000.0L;
    for (const double x : before.column(c)) raw_variance += (x - raw_mean) * (x - raw_mean) / 1000.0L;
    for (const double x : table.column(c)) mean += x / 1000.0L, variance += static_cast<long double>(x) * x / 1000.0L;
    EXPECT_NEAR(mean, 0, 1e-15);
    EXPECT_NEAR(variance, 1, 1e-14);
    EXPECT_NEAR(scalings[c].mean, raw_mean, 1e-15 * std::abs(raw_mean));
    EXPECT_NEAR(scalings[c].standard_deviation, std::sqrt(raw_variance), 1e-14 * std::sqrt(raw_variance));
    for (std::size_t r = 0; r < 1000; ++r)
      EXPECT_NEAR(table.column(c)[r] * scalings[c].standard_deviation + scalings[c].mean, before.column(c)[r],
                  1e-15 * std::abs(before.column(c)[r]) + 1e-14);
  }
}

TEST(Standardize, TwoRows) {
  Table table = one_column({1, 3});
  const Scaling scaling = standardize(table)[0];
  EXPECT_EQ(table.values, (std::vector<double>{-1, 1}));
  EXPECT_EQ(scaling.mean, 2);
  EXPECT_EQ(scaling.standard_deviation, 1);
}

TEST(Standardize, SquaresNeitherOverflowNorVanish) {
  for (const double unit : {1e-300, 1e300}) {
    Table table = one_column({-unit, unit, unit, -unit});
    const Scaling scaling = standardize(table)[0];
    EXPECT_EQ(table.values, (std::vector<double>{-1, 1, 1, -1}));
    EXPECT_NEAR(scaling.standard_deviation / unit, 1, 1e-15);
  }
}

TEST(Standardize, AConstantColumnIsNamed) {
  Table table{{"x", "one"}, 2, {1, 2, 0.1, 0.1}};
  EXPECT_EQ(message_of([&] { standardize(table); }),
            "column 'one' has the same number in every row, so it has no scale; leave it out, or do not standardize");
  Table single = one_column({5});
  EXPECT_NE(message_of([&] { standardize(single); }), "");
}

}  // namespace
}  // namespace isotherm::data
