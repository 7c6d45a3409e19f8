#include "verdict/moments_test.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <functional>

#include "verdict/synthetic.hpp"

namespace isotherm::verdict {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// 64 groups of `size` particles x = mean + root z, with independent z_i from `draw`, of mean 0 and variance 1.
Snapshot snapshot(std::size_t size, const VectorXd& mean, const MatrixXd& root, const std::function<double()>& draw) {
  const auto d = static_cast<std::size_t>(mean.size());
  Snapshot result;
  const ComomentSum nothing{0, std::vector<double>(d), std::vector<double>(d * d)};
  result.coordinates = nothing;
  for (std::size_t g = 0; g < synthetic_groups; ++g) {
    ComomentSum group = nothing;
    for (std::size_t i = 0; i < size; ++i) {
      VectorXd z(mean.size());
      for (double& value : z) value = draw();
      const VectorXd x = mean + root * z;
      group = merge(group, ComomentSum{1, {x.begin(), x.end()}, std::vector<double>(d * d)});
    }
    result.coordinate_groups.push_back(group);
    result.coordinates = merge(result.coordinates, group);
  }
  return result;
}

struct Law {
  VectorXd mean;
  MatrixXd root;
  MatrixXd covariance() const { return root * root.transpose(); }
};

Law law_in(Index d) {
  Law law{VectorXd::LinSpaced(d, -1, 2), MatrixXd::Identity(d, d)};
  for (Index i = 1; i < d; ++i) law.root(i, i - 1) = 0.4, law.root(i, i) = 1 + 0.1 * static_cast<double>(i);
  return law;
}

MomentsTest test_of(const Snapshot& s, const VectorXd& mean, const MatrixXd& covariance) {
  return moments_test(s, {mean.data(), static_cast<std::size_t>(mean.size())},
                      {covariance.data(), static_cast<std::size_t>(covariance.size())});
}

TEST(MomentsTest, PValuesAreUniformAlsoForSkewedLaws) {
  const Law law = law_in(2);
  std::vector<double> p_values;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Draws draws(seed);
    const Snapshot s = snapshot(200, law.mean, law.root, [&] { return -std::log(draws.uniform()) - 1; });
    const MomentsTest found = test_of(s, law.mean, law.covariance());
    ASSERT_EQ(found.test.not_applicable, "");
    EXPECT_EQ(found.test.degrees_of_freedom, 5);
    p_values.push_back(found.test.p.probability);
  }
  EXPECT_LT(uniformity(p_values), 1.95);
}

TEST(MomentsTest, SeesMeanVarianceAndCorrelation) {
  const Law law = law_in(2);
  Draws draws(5);
  const Snapshot s = snapshot(400, law.mean, law.root, [&] { return draws.normal(); });
  const double n = 64 * 400;
  EXPECT_GT(test_of(s, law.mean, law.covariance()).test.p.probability, 1e-3);
  VectorXd moved = law.mean;
  moved[1] += 0.1;
  EXPECT_LT(test_of(s, moved, law.covariance()).test.p.probability, 1e-6);
  MatrixXd wider = law.covariance();
  wider(0, 0) *= 1.1;
  const MomentsTest found = test_of(s, law.mean, wider);
  EXPECT_LT(found.test.p.probability, 1e-6);
  EXPECT_NEAR(found.distance->covariance, 1 - 1 / 1.1, 0.05);
  EXPECT_NEAR(found.distance->mean, 0, 5 / std::sqrt(n));
  EXPECT_GT(found.kl_divergence, 10 * found.kl_floor);
  MatrixXd straight = law.covariance();
  straight(0, 1) = straight(1, 0) = 0.9 * straight(0, 1);
  EXPECT_LT(test_of(s, law.mean, straight).test.p.probability, 1e-6);
}

TEST(MomentsTest, ManyCoordinatesByTheirAxes) {
  const Law law = law_in(20);
  Draws draws(9);
  const Snapshot s = snapshot(60, law.mean, law.root, [&] { return draws.normal(); });
  const MomentsTest right = test_of(s, law.mean, law.covariance());
  EXPECT_EQ(right.test.degrees_of_freedom, 25);
  EXPECT_GT(right.test.p.probability, 1e-3);
  EXPECT_LT(test_of(s, law.mean, 1.1 * law.covariance()).test.p.probability, 1e-6);
}

TEST(MomentsTest, Refusals) {
  const Law law = law_in(2);
  Draws draws(1);
  Snapshot s = snapshot(10, law.mean, law.root, [&] { return draws.normal(); });
  EXPECT_EQ(test_of(s, law.mean, MatrixXd::Ones(2, 2)).test.not_applicable, "the expected covariance is singular");
  EXPECT_FALSE(test_of(s, law.mean, MatrixXd::Ones(2, 2)).distance);
  s.coordinate_groups.resize(20);
  const MomentsTest few = test_of(s, law.mean, law.covariance());
  EXPECT_EQ(few.test.not_applicable, "moments need at least 32 groups of 256 particles, here are 20");
  EXPECT_TRUE(few.distance);
}

}  // namespace
}  // namespace isotherm::verdict
