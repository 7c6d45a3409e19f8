#include "batch/extrapolate.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "isotherm/core/error.hpp"

namespace isotherm::batch {
namespace {

TEST(PolynomialFit, FindsAPolynomialAndItsErrors) {
  std::vector<ExtrapolationPoint> points;
  for (const double step : {0.1, 0.075, 0.05, 0.025})
    points.push_back({step, {0.5 + 0.25 * step - 3 * step * step, 1e-3 * (1 + step)}});
  const PolynomialFit fit = fit_polynomial(points, 2);
  EXPECT_NEAR(fit.coefficients[0], 0.5, 1e-13);
  EXPECT_NEAR(fit.coefficients[1], 0.25, 1e-11);
  EXPECT_NEAR(fit.coefficients[2], -3, 1e-10);
  EXPECT_NEAR(fit.chi_squared, 0, 1e-18);
  EXPECT_EQ(fit.degrees_of_freedom, 1u);
  EXPECT_LT(fit_polynomial(points, 1).p_value, 0.05);
  // A constant through points of equal error: their mean, with its error.
  for (ExtrapolationPoint& point : points) point.alpha.standard_error = 1e-3;
  EXPECT_NEAR(fit_polynomial(points, 0).limit.standard_error, 1e-3 / 2, 1e-15);
}

/// Without noise in the points: the exact chain at T = .05, whose quadratic fit over .01 to .08 gives .5000381.
TEST(Extrapolation, OfTheDoubleWellIsOneHalf) {
  Experiment experiment;
  experiment.loss = "double-well";
  experiment.eta = {0.08};
  experiment.temperature = 0.05;
  experiment.particles = 2'000'000;
  experiment.steps = 1;
  experiment.backend = Backend::cpu;
  const Extrapolation found = extrapolate(experiment, {});
  ASSERT_EQ(found.points.size(), 6u);
  EXPECT_NEAR(found.temperature, 0.05, 1e-15);
  // Plain maximum likelihood at .08, .04, .02 and .01: off 1/2 by order eta.
  for (const auto& [index, exact] : {std::pair{0u, 0.53497774}, {2u, 0.51671301}, {4u, 0.50818001}, {5u, 0.50404781}}) {
    const ExtrapolationPoint& point = found.points[index];
    EXPECT_LE(std::abs(point.alpha.value - exact), 5 * point.alpha.standard_error) << point.step;
  }
  const PolynomialFit& quadratic = found.fits.at(1);
  EXPECT_EQ(quadratic.degree(), 2u);
  EXPECT_LT(quadratic.chi_squared / static_cast<double>(quadratic.degrees_of_freedom), 3);
  EXPECT_LE(std::abs(quadratic.limit.value - 0.5), 3 * quadratic.limit.standard_error);
  EXPECT_LT(quadratic.limit.standard_error, 1e-3);
}

TEST(Extrapolation, RefusesWhatHasNoLimit) {
  const auto refuses = [](const std::function<void(Experiment&)>& change) {
    Experiment experiment;
    experiment.loss = "x^2/2";
    experiment.particles = 256;
    experiment.steps = 1;
    change(experiment);
    EXPECT_THROW(extrapolate(experiment, {}), InputError);
  };
  refuses([](Experiment& e) { e.noise = "none"; });
  refuses([](Experiment& e) { e.schedule = "power:0.1,0.5"; });
  refuses([](Experiment& e) { e.loss = "x^2+y^2", e.sigma = "1,2"; });
  refuses([](Experiment& e) { e.dynamics = "adam"; });
}

}  // namespace
}  // namespace isotherm::batch
