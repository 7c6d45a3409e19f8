#include "engine/tree_sum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace isotherm::engine {
namespace {

struct Real {
  double value = 0;
};
Real merge(const Real& a, const Real& b) { return {a.value + b.value}; }

/// The aligned tree, written as its definition says.
double tree(const std::vector<double>& leaves, std::size_t first, std::size_t size) {
  if (first >= leaves.size()) return 0;
  if (size == 1) return leaves[first];
  return tree(leaves, first, size / 2) + tree(leaves, first + size / 2, size / 2);
}

TEST(TreeSum, AddsAlongTheAlignedTree) {
  std::mt19937_64 generator(1);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (const std::size_t count : {1u, 2u, 3u, 7u, 8u, 63u, 64u, 65u, 1000u}) {
    std::vector<double> leaves;
    TreeSum<Real> sum;
    for (std::size_t i = 0; i < count; ++i) {
      leaves.push_back(uniform(generator) * std::pow(10.0, uniform(generator) * 8));
      sum.add(i, {leaves.back()});
    }
    EXPECT_EQ(sum.total().value, tree(leaves, 0, 1024)) << count;
  }
}

TEST(TreeSum, PartsInAnyOrderGiveTheSameBits) {
  std::mt19937_64 generator(2);
  std::uniform_real_distribution<double> uniform(-1, 1);
  constexpr std::size_t count = 777;
  std::vector<double> leaves(count);
  for (double& leaf : leaves) leaf = uniform(generator) * std::pow(10.0, uniform(generator) * 8);
  for (int trial = 0; trial < 20; ++trial) {
    // Four workers, each with leaves of its own in an order of its own.
    std::vector<TreeSum<Real>> workers(4);
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), generator);
    for (const std::size_t leaf : order) workers[generator() % 4].add(leaf, {leaves[leaf]});
    TreeSum<Real> sum;
    for (const std::size_t w : {2u, 0u, 3u, 1u}) sum.add(workers[w]);
    EXPECT_EQ(sum.total().value, tree(leaves, 0, 1024));
    EXPECT_EQ(sum.nodes().size(), 4u);  // 777 = 512 + 256 + 8 + 1
  }
}

TEST(TreeSum, ALeafCountsOnce) {
  TreeSum<Real> sum;
  for (const std::size_t leaf : {0u, 1u, 2u, 3u, 6u}) sum.add(leaf, {1});
  for (const std::size_t leaf : {0u, 3u, 6u}) EXPECT_THROW(sum.add(leaf, {1}), RunError) << leaf;
  EXPECT_THROW(sum.add({4, 2, {1}}), RunError);
  sum.add({4, 1, {2}});
  EXPECT_EQ(sum.total().value, 7);
}

TEST(TreeSum, OfNothingIsNeutral) { EXPECT_EQ(TreeSum<Real>().total().value, 0); }

TEST(MomentSum, MergesToTheMomentsOfTheWhole) {
  std::mt19937_64 generator(2);
  std::gamma_distribution<double> gamma(2.0, 3.0);
  std::vector<double> values(1000);
  for (double& value : values) value = 1e6 + gamma(generator);  // a large mean, where raw sums would lose all digits
  TreeSum<MomentSum> sum;
  for (std::size_t i = 0; i < values.size(); ++i) sum.add(i, {1, values[i], 0, 0, 0});
  long double mean = 0, m2 = 0, m3 = 0, m4 = 0;
  for (const double value : values) mean += value;
  mean /= 1000;
  for (const double value : values) {
    const long double d = value - mean;
    m2 += d * d;
    m3 += d * d * d;
    m4 += d * d * d * d;
  }
  const MomentSum total = sum.total();
  EXPECT_EQ(total.count, 1000);
  EXPECT_NEAR(total.mean, static_cast<double>(mean), 1e-9);
  EXPECT_NEAR(total.variance(), static_cast<double>(m2 / 999), 1e-7);
  EXPECT_NEAR(total.m3 / static_cast<double>(m3), 1, 1e-6);
  EXPECT_NEAR(total.m4 / static_cast<double>(m4), 1, 1e-6);
}

TEST(ComomentSum, MergesToTheCovarianceOfTheWhole) {
  std::mt19937_64 generator(3);
  std::normal_distribution<double> normal;
  ComomentSum total;
  double xx = 0, xy = 0, x = 0, y = 0;
  constexpr int n = 500;
  for (int i = 0; i < n; ++i) {
    const double a = normal(generator), b = 0.5 * a + normal(generator);
    total = merge(total, ComomentSum{1, {a, b}, {0, 0, 0, 0}});
    x += a;
    y += b;
    xx += a * a;
    xy += a * b;
  }
  EXPECT_NEAR(total.covariance(0, 0), (xx - x * x / n) / (n - 1), 1e-12);
  EXPECT_NEAR(total.covariance(0, 1), (xy - x * y / n) / (n - 1), 1e-12);
  EXPECT_EQ(total.covariance(0, 1), total.covariance(1, 0));
}

}  // namespace
}  // namespace isotherm::engine
