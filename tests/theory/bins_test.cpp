// Probabilities of bins: integrated over the bin, flow bins included.

#include <boost/math/special_functions/gamma.hpp>
#include <numbers>
#include <numeric>

#include "isotherm/core/error.hpp"
#include "theory/gaussian_law.hpp"
#include "theory/support.hpp"

namespace isotherm::theory {
namespace {

double total(const BinProbabilities& bins) {
  return std::accumulate(bins.probabilities.begin(), bins.probabilities.end(), 0.0);
}

double below(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

BinProbabilities bins(loss::Problem& p, double temperature, const std::vector<Axis>& axes) {
  return predict(p, temperature, {axes}).bins.at(0);
}

TEST(Bins, DoubleWellAgainstSimpson) {
  loss::Problem p = problem("double-well");
  const double t = 0.1;
  const Axis x = axis("x", 37, -1.6, 1.9);
  const BinProbabilities result = bins(p, t, {x});
  ASSERT_EQ(result.probabilities.size(), 39u);
  const double z = oracle("T03")["Z"];
  const auto density = [&](double at) { return std::exp(-(at * at - 1) * (at * at - 1) / 4 / t) / z; };
  const auto simpson = [&](double a, double b) {
    constexpr int intervals = 20000;
    double sum = density(a) + density(b);
    for (int i = 1; i < intervals; ++i) sum += density(a + (b - a) * i / intervals) * (i % 2 == 0 ? 2 : 4);
    return sum * (b - a) / intervals / 3;
  };
  for (std::size_t i = 0; i < x.bins; ++i)
    expect_relative(result.probabilities[i + 1], simpson(x.edge(i), x.edge(i + 1)), 1e-11);
  expect_relative(result.probabilities.front(), simpson(-3, x.lower), 1e-10);
  expect_relative(result.probabilities.back(), simpson(x.upper, 3), 1e-10);
  EXPECT_NEAR(total(result), 1, 1e-14);
}

TEST(Bins, TailsKeepTheirRelativeAccuracy) {
  loss::Problem p = problem("log(cosh(x))");  // p ~ cosh(x)^(-1/T); at T = 1, P(x > a) = (2/pi) atan(exp(-a))
  const BinProbabilities result = bins(p, 1, {axis("x", 4, -40, 40)});
  expect_relative(result.probabilities.back(), 2 / std::numbers::pi * std::exp(-40), 1e-8);
  expect_relative(result.probabilities.front(), 2 / std::numbers::pi * std::exp(-40), 1e-8);
}

TEST(Bins, LossByLevelSets) {
  loss::Problem p = problem("quartic");  // P(L < l) = P(1/4, l/T)
  const Axis loss = axis("loss", 50, 0, 0.4);
  const BinProbabilities result = bins(p, 0.1, {loss});
  EXPECT_EQ(result.probabilities[0], 0);
  for (std::size_t i = 0; i < loss.bins; ++i)
    expect_relative(result.probabilities[i + 1],
                    boost::math::gamma_p(0.25, loss.edge(i + 1) / 0.1) - boost::math::gamma_p(0.25, loss.edge(i) / 0.1),
                    1e-9);
  expect_relative(result.probabilities.back(), boost::math::gamma_q(0.25, 4), 1e-10);
}

TEST(Bins, LossOfWellsOfUnequalDepth) {
  loss::Problem p = problem("tilted-double-well");
  // Between the two bottoms only the left well counts; all bins together agree with the moments.
  const Axis loss = axis("loss", 4000, -0.0507, 1.9493);
  const BinProbabilities result = bins(p, 0.1, {loss});
  double mean = 0;
  for (std::size_t i = 0; i < loss.bins; ++i) mean += result.probabilities[i + 1] * (loss.edge(i) + loss.width() / 2);
  EXPECT_NEAR(mean, oracle("T09")["gibbs<L>"], 1e-5);  // midpoints of bins
  EXPECT_NEAR(total(result), 1, 1e-13);
  const GibbsFamily family(p);
  const Prediction gibbs = family.predict(0.1, std::vector<std::vector<Axis>>{{axis("loss", 1, -1, 0.016017450031)}});
  expect_relative(gibbs.bins[0].probabilities[1], 0.5, 1e-9);
  expect_relative(gibbs.loss.quantiles.at("0.5"), 0.016017450031, 1e-9);
}

TEST(Bins, LossOfQuadraticsIsChiSquared) {
  for (const char* h : {"3", "2,0.6;0.6,1", "1,2,3,4,5,6"}) {
    loss::Problem p = problem("quadratic", {{"h", h}});
    const double half = 0.5 * static_cast<double>(p.dimension());
    const Axis loss = axis("loss", 30, -0.1, 2);
    const BinProbabilities result = bins(p, 0.3, {loss});
    EXPECT_EQ(result.probabilities[0], 0);
    for (std::size_t i = 0; i < loss.bins; ++i) {
      const auto cdf = [&](double l) { return l > 0 ? boost::math::gamma_p(half, l / 0.3) : 0.0; };
      EXPECT_NEAR(result.probabilities[i + 1], cdf(loss.edge(i + 1)) - cdf(loss.edge(i)), 1e-14) << h;
    }
    EXPECT_NEAR(result.probabilities.back(), boost::math::gamma_q(half, 2 / 0.3), 1e-14);
    EXPECT_NEAR(total(result), 1, 1e-14);
  }
}

TEST(Bins, OtherExpressionsInOneDimension) {
  loss::Problem p = problem("quadratic");  // x ~ N(0, T), T = 1
  const BinProbabilities square = bins(p, 1, {axis("x^2", 10, 0, 5)});
  for (std::size_t i = 0; i < 10; ++i)
    EXPECT_NEAR(square.probabilities[i + 1], 2 * (below(std::sqrt(0.5 * (i + 1.0))) - below(std::sqrt(0.5 * i))),
                1e-14);
  // A constant stretch is an atom: P(max(x, 0) = 0) = 1/2, and it lies in the bin whose lower edge is 0.
  const BinProbabilities positive = bins(p, 1, {axis("max(x,0)", 4, -1, 1)});
  EXPECT_NEAR(positive.probabilities[0] + positive.probabilities[1] + positive.probabilities[2], 0, 1e-15);
  EXPECT_NEAR(positive.probabilities[3], 0.5 + below(0.5) - 0.5, 1e-14);
  // sin x in (-1, 1): symmetric, nothing outside.
  const BinProbabilities sine = bins(p, 4, {axis("sin(x)", 6, -1, 1.000001)});
  EXPECT_NEAR(sine.probabilities[1], sine.probabilities[6], 1e-5);
  EXPECT_EQ(sine.probabilities[0], 0);
  EXPECT_EQ(sine.probabilities[7], 0);
  EXPECT_NEAR(total(sine), 1, 1e-14);
  // A function of one coordinate that the loss does not couple to others.
  loss::Problem two = problem("x^2/2+log(cosh(y))");
  EXPECT_NEAR(bins(two, 1, {axis("x^2", 10, 0, 5)}).probabilities[1], square.probabilities[1], 1e-14);
}

TEST(Bins, PeriodicAxesSumOverImages) {
  for (const char* loss : {"quadratic", "log-cosh"}) {
    loss::Problem p = problem(loss);
    const BinProbabilities wrapped = bins(p, 1, {axis("x", 8, 0, 2, true)});
    const BinProbabilities straight = bins(p, 1, {axis("x", 800, -100, 100)});
    EXPECT_EQ(wrapped.probabilities.front(), 0);
    EXPECT_EQ(wrapped.probabilities.back(), 0);
    for (std::size_t bin = 0; bin < 8; ++bin) {
      double sum = 0;
      for (std::size_t i = bin; i < 800; i += 8) sum += straight.probabilities[i + 1];
      EXPECT_NEAR(wrapped.probabilities[bin + 1], sum, 1e-13) << loss << " bin " << bin;
    }
    EXPECT_NEAR(total(wrapped), 1, 1e-14);
  }
}

TEST(Bins, BivariateNormal) {
  // rho = 0 is a product; Sheppard's theorem at the origin; symmetry; the limits.
  for (double h : {-2.0, -0.3, 0.0, 1.1})
    for (double k : {-1.5, 0.0, 0.7}) {
      EXPECT_NEAR(bivariate_normal(h, k, 0), below(h) * below(k), 1e-15);
      for (double rho : {-0.99, -0.4, 0.6, 0.999}) {
        EXPECT_NEAR(bivariate_normal(h, k, rho), bivariate_normal(k, h, rho), 1e-15);
        EXPECT_NEAR(bivariate_normal(h, k, rho) + bivariate_normal(h, -k, -rho), below(h), 1e-15);
      }
    }
  for (double rho : {-0.9, 0.2, 0.95})
    EXPECT_NEAR(bivariate_normal(0, 0, rho), 0.25 + std::asin(rho) / (2 * std::numbers::pi), 1e-15);
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_DOUBLE_EQ(bivariate_normal(infinity, 0.3, 0.5), below(0.3));
  EXPECT_EQ(bivariate_normal(0.3, -infinity, 0.5), 0);
}

TEST(Bins, JointOfCoupledQuadratic) {
  loss::Problem p = problem("quadratic", {{"h", "2,0.6;0.6,1"}});
  const Axis x = axis("x1", 12, -0.6, 0.6), y = axis("x2", 9, -0.8, 0.8);
  const Prediction gibbs = predict(p, 0.1, {{x, y}, {x}, {y}, {y, x}});
  const auto& joint = gibbs.bins[0].probabilities;
  for (std::size_t i = 0; i < x.extent(); ++i) {
    double row = 0;
    for (std::size_t j = 0; j < y.extent(); ++j) {
      row += joint[i * y.extent() + j];
      EXPECT_NEAR(joint[i * y.extent() + j], gibbs.bins[3].probabilities[j * x.extent() + i], 1e-15);
    }
    EXPECT_NEAR(row, gibbs.bins[1].probabilities[i], 1e-14);
  }
  // One bin by Gauss' law directly: integral over x of the density times P(y in bin | x), midpoint rule.
  const double t = 0.1, c11 = t / 1.64, c12 = -0.6 * t / 1.64, c22 = 2 * t / 1.64;
  const double a = x.edge(4), b = x.edge(5), spread = std::sqrt(c22 - c12 * c12 / c11);
  double expected = 0;
  constexpr int steps = 20000;
  for (int i = 0; i < steps; ++i) {
    const double at = a + (b - a) * (i + 0.5) / steps, mean = c12 / c11 * at;
    expected += (b - a) / steps * std::exp(-at * at / 2 / c11) / std::sqrt(2 * std::numbers::pi * c11) *
                (below((y.edge(7) - mean) / spread) - below((y.edge(6) - mean) / spread));
  }
  expect_relative(joint[5 * y.extent() + 7], expected, 1e-8);
}

TEST(Bins, JointInOneDimensionFollowsTheCurve) {
  loss::Problem p = problem("double-well");
  const Axis x = axis("x", 10, -1.5, 1.5), loss = axis("loss", 5, 0, 0.25);
  const Prediction gibbs = predict(p, 0.1, {{x, loss}, {x}, {loss}});
  const auto& joint = gibbs.bins[0].probabilities;
  for (std::size_t i = 0; i < x.extent(); ++i) {
    double row = 0;
    for (std::size_t j = 0; j < loss.extent(); ++j) row += joint[i * loss.extent() + j];
    EXPECT_NEAR(row, gibbs.bins[1].probabilities[i], 1e-14);
  }
  // x in (-0.3, 0) has L in (0.207, 0.25): the last bin only.
  EXPECT_NEAR(joint[5 * loss.extent() + 5], gibbs.bins[1].probabilities[5], 1e-14);
}

TEST(Bins, WhatIsNotAvailableSaysSo) {
  loss::Problem p = problem("banana");
  const Prediction gibbs = predict(p, 1, {{axis("loss", 10, 0, 5)}, {axis("x*y", 10, 0, 1)}, {axis("x", 10, -1, 1)}});
  EXPECT_NE(gibbs.bins[0].not_applicable.find("one dimension"), std::string::npos);
  EXPECT_NE(gibbs.bins[1].not_applicable.find("x*y"), std::string::npos);
  EXPECT_TRUE(gibbs.bins[0].probabilities.empty());
  EXPECT_EQ(gibbs.bins[2].not_applicable, "");
  EXPECT_EQ(gibbs.bins[2].probabilities.size(), 12u);
  EXPECT_THROW(predict(p, 1, {{axis("x+", 10, 0, 5)}}), InputError);
}

}  // namespace
}  // namespace isotherm::theory
