// Second moments of chains with random matrices, and of epochs, against Kronecker products and enumeration.

#include "theory/second_moments.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <unsupported/Eigen/KroneckerProduct>

#include "theory/affine_chain.hpp"
#include "theory/epoch.hpp"

namespace isotherm::theory {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Momentum in two coordinates on examples of curvature H_k: x' = x - v', v' = mu v + eta H_k x + ....
struct MomentumOnExamples {
  double eta = 0.2, mu = 0.6;
  std::vector<MatrixXd> curvatures;
  MatrixXd gain = MatrixXd::Zero(4, 2);

  MomentumOnExamples() {
    for (const double turn : {0.3, 1.1, 2.9}) {
      const VectorXd a{{1.3 * std::cos(turn), std::sin(2 * turn) + 0.5}};
      curvatures.push_back(a * a.transpose());
    }
    gain << -eta, 0, 0, -eta, eta, 0, 0, eta;
  }
  MatrixXd matrix(const MatrixXd& h) const {
    MatrixXd a = MatrixXd::Zero(4, 4);
    a.topLeftCorner(2, 2) = MatrixXd::Identity(2, 2) - eta * h;
    a.topRightCorner(2, 2) = -mu * MatrixXd::Identity(2, 2);
    a.bottomLeftCorner(2, 2) = eta * h;
    a.bottomRightCorner(2, 2) = mu * MatrixXd::Identity(2, 2);
    return a;
  }
  MatrixXd mean() const { return (curvatures[0] + curvatures[1] + curvatures[2]) / 3; }
  /// Of one example a step.
  RandomAffineChain chain() const {
    RandomAffineChain result{matrix(mean()), gain, MatrixXd::Zero(4, 4), {0, 1}};
    for (const MatrixXd& h : curvatures) {
      const MatrixXd off = h - mean();
      const Eigen::Map<const VectorXd> d(off.data(), 4);
      result.slope_covariance += d * d.transpose() / 3;
    }
    return result;
  }
  MatrixXd kronecker() const {
    MatrixXd sum = MatrixXd::Zero(16, 16);
    for (const MatrixXd& h : curvatures) sum += MatrixXd(Eigen::kroneckerProduct(matrix(h), matrix(h))) / 3;
    return sum;
  }
};

TEST(SecondMoments, AreThoseOfTheKroneckerProduct) {
  const MomentumOnExamples momentum;
  const RandomAffineChain chain = momentum.chain();
  const MatrixXd noise = momentum.gain * MatrixXd{{1.0, 0.3}, {0.3, 0.5}} * momentum.gain.transpose();
  const MatrixXd kronecker = momentum.kronecker();
  EXPECT_LT(feedback(chain), 1);
  EXPECT_NEAR(second_moment_radius(chain), spectral_radius(kronecker), 1e-10);
  const VectorXd expected =
      (MatrixXd::Identity(16, 16) - kronecker).partialPivLu().solve(Eigen::Map<const VectorXd>(noise.data(), 16));
  const MatrixXd found = stationary_covariance(chain, noise);
  EXPECT_LT((Eigen::Map<const VectorXd>(found.data(), 16) - expected).norm(), 1e-13 * expected.norm());
}

TEST(SecondMoments, FeedbackIsOneWhereTheyCeaseToExist) {
  MomentumOnExamples momentum;
  double stable = 0.2, unstable = 4;
  const auto at = [&](double eta) {
    MomentumOnExamples scaled;
    scaled.eta = eta;
    scaled.gain *= eta / momentum.eta;
    return scaled;
  };
  for (int i = 0; i < 60; ++i) {
    const double middle = (stable + unstable) / 2;
    (spectral_radius(at(middle).kronecker()) < 1 ? stable : unstable) = middle;
  }
  EXPECT_NEAR(feedback(at(stable).chain()), 1, 1e-8);
  EXPECT_LT(feedback(at(0.99 * stable).chain()), 1);
  EXPECT_GT(feedback(at(1.01 * stable).chain()), 1);
}

/// V_j by all orders of the examples.
MatrixXd enumerated(const MatrixXd& a, const MatrixXd& gain, const std::vector<VectorXd>& gradients, std::size_t batch,
                    std::size_t updates, const MatrixXd& start) {
  std::vector<std::size_t> order(gradients.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  MatrixXd sum = MatrixXd::Zero(a.rows(), a.rows());
  double count = 0;
  MatrixXd power = MatrixXd::Identity(a.rows(), a.rows());
  do {
    VectorXd y = VectorXd::Zero(a.rows());
    power.setIdentity();
    for (std::size_t j = 0; j < updates; ++j) {
      VectorXd mean = VectorXd::Zero(gain.cols());
      const std::size_t last = std::min(order.size(), (j + 1) * batch);
      for (std::size_t e = j * batch; e < last; ++e) mean += gradients[order[e]];
      y = a * y + gain * mean / static_cast<double>(last - j * batch);
      power = a * power;
    }
    sum += y * y.transpose();
    ++count;
  } while (std::next_permutation(order.begin(), order.end()));
  return sum / count + power * start * power.transpose();
}

TEST(Epochs, AreTheMeanOverAllOrders) {
  const MatrixXd a{{0.8, 0.1}, {-0.2, 0.6}}, gain{{-0.3, 0.1}, {0.05, -0.2}};
  std::vector<VectorXd> gradients = {VectorXd{{1.0, 2.0}}, VectorXd{{-0.5, 0.3}}, VectorXd{{0.2, -1.7}},
                                     VectorXd{{2.0, 0.4}}, VectorXd{{-1.1, 0.9}}};
  VectorXd mean = VectorXd::Zero(2);
  for (const VectorXd& g : gradients) mean += g / 5;
  MatrixXd covariance = MatrixXd::Zero(2, 2);
  for (VectorXd& g : gradients) g -= mean, covariance += g * g.transpose() / 5;
  for (const std::size_t batch : {1u, 2u, 3u, 5u}) {
    const Epoch epoch(a, gain, covariance, MatrixXd::Zero(2, 2), 5, batch);
    ASSERT_EQ(epoch.updates(), (5 + batch - 1) / batch);
    const MatrixXd end = epoch.covariance_after(epoch.updates());
    std::vector<MatrixXd> all;
    epoch.each([&](const MatrixXd& v) { all.push_back(v); });
    for (std::uint64_t j = 1; j <= epoch.updates(); ++j) {
      const MatrixXd expected = enumerated(a, gain, gradients, batch, j, end);
      EXPECT_LT((epoch.covariance_after(j) - expected).norm(), 1e-14) << batch << " " << j;
      EXPECT_LT((all[j - 1] - expected).norm(), 1e-14) << batch << " " << j;
    }
  }
}

/// Without cancellation: N sum a^2i - (sum a^i)^2 of a^i = 1 - eta i.
TEST(Epochs, KeepTheirDigitsAtSmallSteps) {
  const double eta = 1e-9;
  const MatrixXd a = MatrixXd::Constant(1, 1, 1 - eta), gain = MatrixXd::Constant(1, 1, -eta);
  const Epoch epoch(a, gain, MatrixXd::Identity(1, 1), MatrixXd::Zero(1, 1), 1000, 1);
  double squares = 0;
  for (int i = 0; i < 1000; ++i) squares += (i - 499.5) * (i - 499.5);
  const double expected = std::pow(eta, 4) * 1000.0 / 999 * squares / (2 * 1000 * eta);
  EXPECT_NEAR(epoch.covariance_after(1000)(0, 0), expected, 1e-5 * expected);
}

/// Independent noise alone: the chain's own covariance at every place.
TEST(Epochs, AddIndependentNoise) {
  const MatrixXd a{{0.8, 0.1}, {-0.2, 0.6}}, noise{{0.2, 0.05}, {0.05, 0.1}}, zero = MatrixXd::Zero(2, 2);
  const Epoch epoch(a, MatrixXd::Identity(2, 2), zero, noise, 7, 2);
  const MatrixXd expected = solve_discrete_lyapunov(a, noise);
  for (std::uint64_t j = 1; j <= 4; ++j) EXPECT_LT((epoch.covariance_after(j) - expected).norm(), 1e-14);
}

}  // namespace
}  // namespace isotherm::theory
