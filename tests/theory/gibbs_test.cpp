// The Gibbs law in one dimension and for quadratics, against closed forms and the oracles.

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/special_functions/bessel.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <numbers>

#include "isotherm/core/error.hpp"
#include "theory/support.hpp"

namespace isotherm::theory {
namespace {

constexpr double pi = std::numbers::pi;

TEST(Gibbs, DoubleWellOracle) {
  const auto expected = oracle("T03");
  loss::Problem p = problem("double-well");
  const Prediction gibbs = predict(p, 0.1);
  expect_relative(std::exp(*gibbs.log_partition_function), expected["Z"], 1e-13, "Z");
  expect_relative(*gibbs.marginals[0].second_moment, expected["<x2>"], 1e-13, "<x2>");
  expect_relative(*gibbs.marginals[0].fourth_moment, expected["<x4>"], 1e-13, "<x4>");
  expect_relative(*gibbs.loss.mean, expected["<L>"], 1e-13, "<L>");
  expect_relative(*gibbs.loss.variance, expected["VarL"], 1e-12, "Var L");
  expect_relative(gibbs.marginals[0].quantiles.at("0.75"), expected["q75"], 1e-12, "q75");
  expect_relative(gibbs.marginals[0].quantiles.at("0.95"), expected["q95"], 1e-12, "q95");
  EXPECT_EQ(*gibbs.marginals[0].mean, 0);
  EXPECT_EQ(gibbs.marginals[0].quantiles.at("0.5"), 0);
}

TEST(Gibbs, QuarticOracle) {
  const auto expected = oracle("T05");
  loss::Problem p = problem("quartic");
  const Prediction gibbs = predict(p, 0.1);
  expect_relative(std::exp(*gibbs.log_partition_function), expected["Z"], 1e-13, "Z");
  expect_relative(*gibbs.marginals[0].second_moment, expected["gibbs<x2>"], 1e-13, "<x2>");
  expect_relative(*gibbs.loss.mean, 0.1 / 4, 1e-13, "<L>");
  expect_relative(gibbs.marginals[0].quantiles.at("0.9"), expected["gibbs q90"], 1e-12, "q90");
}

TEST(Gibbs, LogCoshOracle) {
  const auto expected = oracle("T06");
  loss::Problem p = problem("log-cosh");
  const Prediction gibbs = predict(p, 0.2);
  expect_relative(std::exp(*gibbs.log_partition_function), expected["Z"], 1e-12, "Z");
  expect_relative(*gibbs.marginals[0].second_moment, expected["gibbs<x2>=psi1(1/2T)/2"], 1e-12, "<x2>");
  expect_relative(*gibbs.loss.mean, expected["gibbs<L>"], 1e-12, "<L>");
}

TEST(Gibbs, PseudoHuberOracle) {
  const auto expected = oracle("T07");
  loss::Problem p = problem("pseudo-huber");
  const Prediction gibbs = predict(p, 0.2);
  expect_relative(std::exp(*gibbs.log_partition_function), expected["Z"], 1e-12, "Z");
  expect_relative(*gibbs.marginals[0].second_moment, expected["gibbs<x2>"], 1e-12, "<x2>");
  expect_relative(*gibbs.loss.mean, expected["gibbs<L>"], 1e-12, "<L>");
}

TEST(Gibbs, RuggedOracle) {
  const auto expected = oracle("T08");
  loss::Problem p = problem("rugged", {{"A", "0.05"}, {"k", "4"}});
  const Prediction gibbs = predict(p, 0.2);
  expect_relative(std::exp(*gibbs.log_partition_function), expected["Z"], 1e-12, "Z");
  expect_relative(*gibbs.marginals[0].second_moment, expected["gibbs<x2>"], 1e-12, "<x2>");
  expect_relative(*gibbs.loss.mean, expected["gibbs<L>"], 1e-12, "<L>");
}

TEST(Gibbs, TiltedDoubleWellOracle) {
  const auto expected = oracle("T09");
  loss::Problem p = problem("tilted-double-well", {{"c", "0.05"}});
  const Prediction gibbs = predict(p, 0.1, {{axis("x", 1, -8, 0)}});
  expect_relative(std::exp(*gibbs.log_partition_function), expected["Z"], 1e-12, "Z");
  expect_relative(*gibbs.marginals[0].mean, expected["gibbs<x>"], 1e-12, "<x>");
  expect_relative(*gibbs.loss.mean, expected["gibbs<L>"], 1e-12, "<L>");
  expect_relative(gibbs.bins[0].probabilities[1], expected["gibbs P(x<0)"], 1e-12, "P(x < 0)");
}

TEST(Gibbs, SexticCosineOfIntegratorBenchmark) {
  loss::Problem p = problem("sextic-cosine");
  const Prediction gibbs = predict(p, 1);
  EXPECT_NEAR(std::exp(*gibbs.log_partition_function), 4.4848163908, 5e-11);
  EXPECT_NEAR(*gibbs.loss.mean, -1.2576646379, 5e-11);
}

// Z = (pi/2) sqrt(1/2a..): the double well in modified Bessel functions, over nine decades of T.
TEST(Gibbs, DoubleWellAtEveryTemperature) {
  loss::Problem p = problem("double-well");
  const GibbsFamily family(p);
  for (double t : {1e-2, 0.05, 0.3, 1.0, 10.0, 100.0, 1000.0}) {
    // integral of exp(-(x^2-1)^2/(4T)) = (pi/2) exp(-u) (I_{-1/4}(u) + I_{1/4}(u)), u = 1/(8T)
    const double u = 1 / (8 * t);
    const double expected =
        pi / 2 * std::exp(-u) * (boost::math::cyl_bessel_i(-0.25, u) + boost::math::cyl_bessel_i(0.25, u));
    expect_relative(std::exp(family.loss_moments(t).log_partition_function), expected, 2e-13,
                    "T = " + std::to_string(t));
  }
  // Small T: Laplace's expansion of ln Z about both wells, <L> = T/2 + (3/4) T^2 + ...
  for (double t : {1e-6, 1e-5}) {
    const auto moments = family.loss_moments(t);
    expect_relative(moments.log_partition_function, std::log(2 * std::sqrt(pi * t)) + 0.75 * t, 1e-10);
    EXPECT_NEAR(moments.mean / t, 0.5 + 0.75 * t, 1e-9);
  }
}

// For |x|^k everything scales: <L> = T/k, Var L = T^2/k, Z ~ T^(1/k); at k = 4 the minimum has no curvature, at k = 1 a
// kink, at k = 1/2 a cusp.
TEST(Gibbs, PowersAtEveryTemperature) {
  const struct {
    const char* loss;
    double k, tolerance;
  } cases[] = {{"x^4/4", 4, 1e-13}, {"x^6", 6, 1e-13}, {"abs(x)", 1, 1e-12}, {"sqrt(abs(x))", 0.5, 5e-12}};
  for (const auto& [loss, k, tolerance] : cases) {
    loss::Problem p = problem(loss);
    const GibbsFamily family(p);
    for (double t : {1e-6, 1e-3, 1.0, 1e3}) {
      const auto moments = family.loss_moments(t);
      expect_relative(moments.mean, t / k, tolerance, loss);
      expect_relative(moments.variance, t * t / k, tolerance, loss);
    }
  }
}

// Student's t: L = log(1 + x^2), p ~ (1 + x^2)^(-1/T). Moments exist up to 2/T - 1.
TEST(Gibbs, PowerLawTails) {
  loss::Problem p = problem("log(1+x^2)");
  const GibbsFamily family(p);
  for (double t : {0.05, 0.3, 1.0}) {
    const double z = std::sqrt(pi) * std::exp(std::lgamma(1 / t - 0.5) - std::lgamma(1 / t));
    expect_relative(std::exp(family.loss_moments(t).log_partition_function), z, 1e-12);
  }
  const Prediction narrow = family.predict(0.2, {});  // (1+x^2)^-5: nu = 9, Var x = 1/7
  expect_relative(*narrow.marginals[0].variance, 1.0 / 7, 1e-12);
  const Prediction cauchy = family.predict(1, {});
  EXPECT_FALSE(cauchy.marginals[0].mean);
  EXPECT_FALSE(cauchy.marginals[0].variance);
  EXPECT_TRUE(cauchy.covariance.empty());
  expect_relative(cauchy.marginals[0].quantiles.at("0.99"), std::tan(0.49 * pi), 1e-11);
}

// x - log x on x > 0: a Gamma law with shape 1 + 1/T and scale T.
TEST(Gibbs, HalfLine) {
  loss::Problem p = problem("x-log(x)");
  const Prediction gibbs = predict(p, 0.3);
  const double shape = 1 + 1 / 0.3;
  expect_relative(*gibbs.marginals[0].mean, shape * 0.3, 1e-13);
  expect_relative(*gibbs.marginals[0].variance, shape * 0.09, 1e-12);
  expect_relative(gibbs.marginals[0].quantiles.at("0.25"), 0.3 * boost::math::gamma_p_inv(shape, 0.25), 1e-12);
}

TEST(Gibbs, MixtureAtUnitTemperatureIsItself) {
  loss::Problem p = problem("gaussian-mixture");  // 0.4 N(-1.5, 0.5^2) + 0.6 N(1.5, 0.8^2)
  const Prediction gibbs = predict(p, 1);
  EXPECT_NEAR(*gibbs.log_partition_function, 0, 1e-13);
  EXPECT_NEAR(*gibbs.marginals[0].mean, 0.3, 1e-13);
  EXPECT_NEAR(*gibbs.marginals[0].variance, 0.4 * (2.25 + 0.25) + 0.6 * (2.25 + 0.64) - 0.09, 1e-12);
}

// A narrow well far from 0, and wells at very different depths and widths.
TEST(Gibbs, FarAndNarrowWells) {
  loss::Problem far = problem("1e10*(x-1e5)^4");
  const Prediction gibbs = predict(far, 0.3);
  expect_relative(*gibbs.loss.mean, 0.3 / 4, 1e-10);
  EXPECT_NEAR(*gibbs.marginals[0].mean, 1e5, 1e-9);
  // exp(-L/T) at T = 1 holds N(0, 1), and 2 N(50, 0.1^2) where that is the larger: both weights must be seen.
  loss::Problem wells = problem("min(x^2/2 + log(2*pi)/2, (x-50)^2*50 + log(2*pi)/2 - log(2) + log(0.1))");
  expect_relative(std::exp(*predict(wells, 1).log_partition_function), 3, 1e-12);
}

// One minimum at 0 and an even leading term do not make a loss even, nor does a bump go unseen. The mean by a sum over
// midpoints, which is spectrally accurate here.
TEST(Gibbs, NotEven) {
  loss::Problem bump = problem("x^2+1e-3*exp(-100*(x-1.7)^2)");
  EXPECT_LT(*predict(bump, 1).marginals[0].mean, -1e-6);
  loss::Problem p = problem("x^2+x^3/2+x^4");
  for (double t : {0.01, 1.0, 100.0}) {
    const Prediction gibbs = predict(p, t);
    const double z = std::exp(*gibbs.log_partition_function);
    double mean = 0;
    constexpr int steps = 400000;
    for (int i = 0; i < steps; ++i) {
      const double reach = 8 * std::pow(t, 0.25), x = reach * (2 * (i + 0.5) / steps - 1);
      mean += x * std::exp(-(x * x + x * x * x / 2 + x * x * x * x) / t) * 2 * reach / steps / z;
    }
    expect_relative(*gibbs.marginals[0].mean, mean, 1e-10);
    EXPECT_LT(gibbs.marginals[0].quantiles.at("0.5"), 0);
  }
}

TEST(Gibbs, QuadraticInAnyDimension) {
  loss::Problem p = problem("quadratic", {{"h", "0.5,1,2,8,0.1"}});
  const double h[] = {0.5, 1, 2, 8, 0.1}, t = 0.3;
  const Prediction gibbs = predict(p, t);
  double log_z = 0;
  for (double curvature : h) log_z += 0.5 * std::log(2 * pi * t / curvature);
  expect_relative(*gibbs.log_partition_function, log_z, 1e-14);
  expect_relative(*gibbs.loss.mean, 2.5 * t, 1e-14);
  expect_relative(*gibbs.loss.variance, 2.5 * t * t, 1e-14);
  const boost::math::chi_squared law(5);
  for (const auto& [key, level] : quantile_levels())
    expect_relative(gibbs.loss.quantiles.at(key), 0.5 * t * quantile(law, level), 1e-13);
  for (std::size_t c = 0; c < 5; ++c) {
    expect_relative(*gibbs.marginals[c].variance, t / h[c], 1e-14);
    expect_relative(*gibbs.marginals[c].fourth_moment, 3 * t * t / h[c] / h[c], 1e-14);
    expect_relative(gibbs.marginals[c].quantiles.at("0.95"), 1.6448536269514722 * std::sqrt(t / h[c]), 1e-13);
    for (std::size_t d = 0; d < 5; ++d) EXPECT_EQ(gibbs.covariance[c * 5 + d] != 0, c == d);
  }
}

TEST(Gibbs, CoupledQuadraticWithLinearTerm) {
  // H = [2 .6; .6 1], minimum at (1, -2).
  loss::Problem p = problem("x^2 + 0.6*x*y + y^2/2 - 0.8*x + 1.4*y + 3");
  const double t = 0.2, det = 2 - 0.36;
  const Prediction gibbs = predict(p, t);
  EXPECT_NEAR(*gibbs.marginals[0].mean, 1, 1e-13);
  EXPECT_NEAR(*gibbs.marginals[1].mean, -2, 1e-13);
  const double covariance[] = {t / det, -0.6 * t / det, -0.6 * t / det, 2 * t / det};
  for (int i = 0; i < 4; ++i) expect_relative(gibbs.covariance[static_cast<std::size_t>(i)], covariance[i], 1e-13);
  const double bottom = 1 + 0.6 * -2 + 2 - 0.8 - 2.8 + 3;
  expect_relative(*gibbs.loss.mean, bottom + t, 1e-13);
  expect_relative(*gibbs.log_partition_function, std::log(2 * pi * t / std::sqrt(det)) - bottom / t, 1e-13);
}

// A sum over independent coordinates is the product of its parts, whatever sign, factor or bracket stands between.
TEST(Gibbs, SeparableLosses) {
  loss::Problem sum = problem("2*((x^2-1)^2/8 - (-log(cosh(y))/2)) + (z^2+z)/4");
  loss::Problem parts[] = {problem("(x^2-1)^2/4"), problem("log(cosh(y))"), problem("(z^2+z)/4")};
  const double t = 0.2;
  const Prediction whole = predict(sum, t);
  double log_z = 0, mean = 0, variance = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    const Prediction part = predict(parts[c], t);
    log_z += *part.log_partition_function;
    mean += *part.loss.mean;
    variance += *part.loss.variance;
    EXPECT_NEAR(*whole.marginals[c].mean, *part.marginals[0].mean, 1e-14);
    expect_relative(*whole.marginals[c].variance, *part.marginals[0].variance, 1e-13);
  }
  expect_relative(*whole.log_partition_function, log_z, 1e-12);
  expect_relative(*whole.loss.mean, mean, 1e-13);
  expect_relative(*whole.loss.variance, variance, 1e-13);
  EXPECT_TRUE(whole.loss.quantiles.empty());
}

TEST(Gibbs, LossQuantilesInOneDimension) {
  // L = x^4/4: P(L < l) = P(1/4, l/T), the regularized incomplete gamma function.
  loss::Problem p = problem("quartic");
  const Prediction gibbs = predict(p, 0.1);
  for (const auto& [key, level] : quantile_levels())
    expect_relative(gibbs.loss.quantiles.at(key), 0.1 * boost::math::gamma_p_inv(0.25, level), 1e-10, key);
}

TEST(Gibbs, TemperatureOfMeanLoss) {
  for (const char* loss : {"double-well", "tilted-double-well", "quadratic", "log-cosh", "himmelblau"}) {
    loss::Problem p = problem(loss);
    const GibbsFamily family(p);
    for (double t : {0.02, 0.7})
      for (double guess : {t / 300, t, t * 40}) {
        const auto found = family.temperature_of_mean_loss(family.loss_moments(t).mean, guess);
        ASSERT_TRUE(found) << loss << " T = " << t << " from " << guess;
        expect_relative(*found, t, 1e-10, loss);
      }
  }
  loss::Problem p = problem("double-well");
  const GibbsFamily family(p);
  EXPECT_FALSE(family.temperature_of_mean_loss(-0.1, 0.1)) << "below the minimum";
  EXPECT_FALSE(family.temperature_of_mean_loss(0, 0.1));
  EXPECT_FALSE(family.temperature_of_mean_loss(std::nan(""), 0.1));
  EXPECT_FALSE(family.temperature_of_mean_loss(1e12, 0.1)) << "beyond 1e6 times the guess";
  loss::Problem flat = problem("cos(x)");
  EXPECT_FALSE(GibbsFamily(flat).temperature_of_mean_loss(0, 1));
}

TEST(Gibbs, CoordinateRange) {
  loss::Problem p = problem("quadratic", {{"h", "2,0.6;0.6,1"}});
  const auto [low, high] = GibbsFamily(p).coordinate_range(0.1, 1, 1e-6);
  expect_relative(high, 4.753424308822899 * std::sqrt(0.1 * 2 / 1.64), 1e-12);
  EXPECT_EQ(low, -high);
  loss::Problem wells = problem("tilted-double-well");
  const GibbsFamily family(wells);
  const auto [left, right] = family.coordinate_range(0.1, 0, 1e-5);
  const Prediction outside = family.predict(0.1, std::vector<std::vector<Axis>>{{axis("x", 1, left, right)}});
  expect_relative(outside.bins[0].probabilities[0], 1e-5, 1e-9);
  expect_relative(outside.bins[0].probabilities[2], 1e-5, 1e-9);
}

TEST(Gibbs, RejectsTemperaturesThatAreNone) {
  loss::Problem p = problem("double-well");
  const GibbsFamily family(p);
  for (double t : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_THROW(family.loss_moments(t), InputError);
    EXPECT_THROW(family.not_applicable(t), InputError);
    EXPECT_THROW(family.predict(t, {}), InputError);
    EXPECT_THROW(family.coordinate_range(t, 0, 1e-3), InputError);
    EXPECT_THROW(family.temperature_of_mean_loss(1, t), InputError);
  }
}

}  // namespace
}  // namespace isotherm::theory
