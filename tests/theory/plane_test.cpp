// Coupled losses of two coordinates.

#include <numbers>
#include <numeric>

#include "theory/support.hpp"

namespace isotherm::theory {
namespace {

constexpr double pi = std::numbers::pi;

TEST(Plane, Banana) {
  loss::Problem p = problem("banana");  // scales 10 and 1, curvature 0.03
  const Prediction gibbs = predict(p, 1);
  expect_relative(std::sqrt(*gibbs.marginals[0].variance), 10, 1e-11);
  expect_relative(std::sqrt(*gibbs.marginals[1].variance), std::sqrt(19), 1e-11);
  expect_relative(std::exp(*gibbs.log_partition_function), 20 * pi, 1e-12);
  expect_relative(*gibbs.loss.mean, 1, 1e-11);
  expect_relative(*gibbs.loss.variance, 1, 1e-11);
  EXPECT_NEAR(gibbs.covariance[1], 0, 1e-10);
  expect_relative(gibbs.marginals[0].quantiles.at("0.95"), 16.448536269514722, 1e-11);
}

TEST(Plane, RosenbrockAtEveryTemperature) {
  loss::Problem p = problem("rosenbrock");  // x ~ N(1, T/2), y ~ N(x^2, T/200)
  const GibbsFamily family(p);
  for (double t : {1e-6, 1e-3, 0.1, 1.0, 10.0}) {
    const Prediction gibbs = family.predict(t, {});
    expect_relative(std::exp(*gibbs.log_partition_function), pi * t / 10, 1e-11);
    expect_relative(*gibbs.loss.mean, t, 1e-11);
    expect_relative(*gibbs.marginals[0].variance, t / 2, 1e-10);
    expect_relative(*gibbs.marginals[1].mean, 1 + t / 2, 1e-11);
    expect_relative(*gibbs.marginals[1].variance, t / 200 + t * t / 2 + 2 * t, 1e-10);
    expect_relative(gibbs.marginals[0].quantiles.at("0.99"), 1 + 2.3263478740408408 * std::sqrt(t / 2), 1e-11);
  }
}

// Two independent coordinates written so that the splitting into parts does not see it: the mesh against the product.
TEST(Plane, AgreesWithTheProduct) {
  loss::Problem coupled = problem("log(cosh(x)*exp(y^4/4-y^2/3+0.1*y))");
  loss::Problem product = problem("log(cosh(x))+y^4/4-y^2/3+0.1*y");
  const std::vector<std::vector<Axis>> axes = {{axis("x", 40, -1.5, 2)},
                                               {axis("y", 40, -2, 1.5)},
                                               {axis("x", 20, -1, 1), axis("y", 30, -2, 1)},
                                               {axis("y", 7, -2, 1), axis("x", 9, -1, 1)},
                                               {axis("x", 10, 0, 0.7, true)}};
  const Prediction mesh = predict(coupled, 0.1, axes), exact = predict(product, 0.1, axes);
  expect_relative(*mesh.log_partition_function, *exact.log_partition_function, 1e-12);
  expect_relative(*mesh.loss.mean, *exact.loss.mean, 1e-11);
  expect_relative(*mesh.loss.variance, *exact.loss.variance, 1e-11);
  for (std::size_t c : {0, 1}) {
    EXPECT_NEAR(*mesh.marginals[c].mean, *exact.marginals[c].mean, 1e-12);
    expect_relative(*mesh.marginals[c].variance, *exact.marginals[c].variance, 1e-11);
    expect_relative(*mesh.marginals[c].fourth_moment, *exact.marginals[c].fourth_moment, 1e-11);
    for (const auto& [key, quantile] : exact.marginals[c].quantiles)
      EXPECT_NEAR(mesh.marginals[c].quantiles.at(key), quantile, 1e-11) << key;
  }
  EXPECT_NEAR(mesh.covariance[1], 0, 1e-12);
  for (std::size_t set = 0; set < axes.size(); ++set) {
    const auto &a = mesh.bins[set].probabilities, &b = exact.bins[set].probabilities;
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 2e-12) << "axes " << set << ", slot " << i;
    EXPECT_NEAR(std::accumulate(a.begin(), a.end(), 0.0), 1, 1e-13);
  }
}

// The double well along one diagonal, a parabola along the other.
TEST(Plane, RotatedDoubleWell) {
  loss::Problem p = problem("((x+y)^2/2-1)^2/4+(x-y)^2/4");
  const auto line = oracle("T03");
  const Prediction gibbs = predict(p, 0.1);
  expect_relative(std::exp(*gibbs.log_partition_function), line["Z"].get<double>() * std::sqrt(2 * pi * 0.1), 1e-12);
  expect_relative(*gibbs.loss.mean, line["<L>"].get<double>() + 0.05, 1e-11);
  const double along = line["<x2>"], across = 0.1;
  expect_relative(*gibbs.marginals[0].variance, (along + across) / 2, 1e-11);
  expect_relative(gibbs.covariance[1], (along - across) / 2, 1e-11);
}

// A cusp, and power-law tails: p ~ exp(-sqrt(r)/T) and (1 + r^2)^(-1/T).
TEST(Plane, RadialLosses) {
  loss::Problem cusp = problem("(x^2+y^2)^0.25");
  for (double t : {0.01, 1.0}) {
    const auto moments = GibbsFamily(cusp).loss_moments(t);
    expect_relative(std::exp(moments.log_partition_function), 24 * pi * std::pow(t, 4), 1e-10);
    expect_relative(moments.mean, 4 * t, 1e-10);
  }
  loss::Problem student = problem("log(1+x^2+y^2)");
  for (double t : {0.1, 0.2}) {
    const auto moments = GibbsFamily(student).loss_moments(t);
    expect_relative(std::exp(moments.log_partition_function), pi / (1 / t - 1), 1e-11);
    expect_relative(moments.mean, 1 / (1 / t - 1), 1e-11);
  }
}

// Minima of very different depths; <L> by the derivative of ln Z: d ln Z / d(1/T) = -<L>.
TEST(Plane, MullerBrownIsConsistentWithItself) {
  loss::Problem p = problem("muller-brown");
  const GibbsFamily family(p);
  for (double t : {10.0, 40.0}) {
    const auto at = [&](double beta) { return family.loss_moments(1 / beta).log_partition_function; };
    const double beta = 1 / t, step = 1e-3 * beta;
    const double slope =
        (8 * (at(beta + step) - at(beta - step)) - (at(beta + 2 * step) - at(beta - 2 * step))) / (12 * step);
    expect_relative(family.loss_moments(t).mean, -slope, 1e-8);
  }
}

}  // namespace
}  // namespace isotherm::theory
