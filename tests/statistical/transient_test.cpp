// What happens on the way: convergence to gradient flow as eta -> 0 at fixed time, and laws that hold in the limit of
// small steps, approached in order.

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "experiment/plan.hpp"
#include "statistical/oracles.hpp"
#include "statistical/stationary.hpp"

namespace isotherm {
namespace {

using test::axis;
using test::oracle;
using test::Stationary;

constexpr std::uint64_t particles = 4'000'000;

/// From x = 1 with N = 1 / eta updates.
Stationary run_for_one_unit_of_time(const std::string& loss, double eta) {
  Experiment experiment;
  experiment.loss = loss;
  experiment.eta = {eta};
  experiment.init = {{"point", {1.0}}};
  experiment.burn_in = static_cast<std::uint64_t>(std::lround(1 / eta)) - 1;
  experiment.histogram = {{axis("x", 100, -2, 3)}};
  return Stationary(experiment, particles);
}

struct Slope {
  double value = 0, standard_error = 0;
};

/// Least squares of log y on log x, with standard errors of log y.
Slope fit(const std::vector<double>& x, const std::vector<double>& y, const std::vector<double>& errors) {
  double w = 0, wx = 0, wy = 0, wxx = 0, wxy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double weight = y[i] * y[i] / (errors[i] * errors[i]), a = std::log(x[i]), b = std::log(y[i]);
    w += weight, wx += weight * a, wy += weight * b, wxx += weight * a * a, wxy += weight * a * b;
  }
  const double determinant = w * wxx - wx * wx;
  return {(w * wxy - wx * wy) / determinant, std::sqrt(w / determinant)};
}

/// The exact chain: mean (1 - eta)^N, variance eta (1 - (1 - eta)^2N) / (2 - eta); the flow is at exp(-1).
TEST(GradientFlowLimit, OfTheQuadratic) {
  std::vector<double> rates, bias, bias_error, spread, spread_error;
  for (const double eta : {0.1, 0.05, 0.025, 0.0125}) {
    const Stationary run = run_for_one_unit_of_time("x^2/2", eta);
    const double n = std::round(1 / eta), shrink = std::pow(1 - eta, n);
    run.expect_mean("x", shrink);
    run.expect_variance("x", eta * (1 - shrink * shrink) / (2 - eta));
    const MomentSum& x = run.observable("x").total;
    rates.push_back(eta);
    bias.push_back(std::exp(-1) - x.mean);
    bias_error.push_back(*output::mean_standard_error(x));
    spread.push_back(std::sqrt(x.variance()));
    spread_error.push_back(*output::variance_standard_error(x) / (2 * spread.back()));
  }
  const Slope of_bias = fit(rates, bias, bias_error), of_spread = fit(rates, spread, spread_error);
  EXPECT_NEAR(of_bias.value, 1, 0.1) << "weak order 1, +- " << of_bias.standard_error;
  EXPECT_NEAR(of_spread.value, 0.5, 0.1) << "fluctuations of order 1/2";
  EXPECT_LT(of_bias.standard_error, 0.02);
  EXPECT_LT(of_spread.standard_error, 0.002);
}

/// Density evolution at eta = .0125 (file 000, claim on the limit): (mean - flow) / eta = -.035072, Var / eta =
/// .526560.
TEST(GradientFlowLimit, OfLogCosh) {
  constexpr double flow = 0.419885257562, eta = 0.0125;  // asinh(sinh(1)/e)
  const Stationary run = run_for_one_unit_of_time("log(cosh(x))", eta);
  // The reference is printed with five digits: half a unit of the last is added to the tolerance.
  const MomentSum& x = run.observable("x").total;
  EXPECT_LE(std::abs((x.mean - flow) / eta + 0.035072), 5 * *output::mean_standard_error(x) / eta + 5e-7);
  EXPECT_LE(std::abs(x.variance() / eta - 0.526560), 5 * *output::variance_standard_error(x) / eta + 5e-7);

  Experiment exact;
  exact.loss = "log(cosh(x))";
  exact.dynamics = "gradient-flow";
  exact.eta = {eta};
  exact.init = {{"point", {1.0}}};
  exact.burn_in = 79;
  exact.precision = Precision::twofold;
  EXPECT_NEAR(Stationary(exact, 256).observable("x").total.mean, flow, 1e-9);
}

TEST(Oracle, T13StateDependentNoise) {
  Experiment experiment;
  experiment.loss = "x^2/2";
  experiment.sigma = "sqrt(1 + 2*x^2)";
  experiment.eta = {0.05};
  const Stationary run(experiment);
  run.expect_variance("x", oracle("T13", "(ii) var"));
  run.expect_fourth_moment("x", oracle("T13", "(ii) m4"));
  run.expect_corrected_virial();
}

/// A value of the limit dt -> 0 from runs at dt and dt / 2, whose bias is of first order: 2 f(dt/2) - f(dt).
struct Limit {
  double value, standard_error;
};
Limit extrapolated(double coarse, double coarse_error, double fine, double fine_error) {
  return {2 * fine - coarse, std::hypot(2 * fine_error, coarse_error)};
}

/// D(x) = T (1 + x^2) on the double well: Ito's density (1 + x^2)^9 exp(-5 x^2).
TEST(Limit, T13ItoDensity) {
  std::vector<double> moment, error;
  for (const double dt : {0.04, 0.02, 0.01}) {
    Experiment experiment;
    experiment.loss = "double-well";
    experiment.dynamics = "langevin";
    experiment.eta = {0.1};
    experiment.sigma = "sqrt(2*(1 + x^2))";  // T = eta sigma^2 / 2 = .1 (1 + x^2)
    experiment.dt = dt;
    experiment.init = {{"normal", {0.0, 0.85}}};
    experiment.burn_in = static_cast<std::uint64_t>(16 / dt);
    const Stationary run(experiment, 2'000'000);
    run.expect_corrected_virial();
    moment.push_back(run.observable("x").total.raw_second());
    error.push_back(*output::second_moment_standard_error(run.observable("x").total));
  }
  const double exact = oracle("T13", "(i) <x2>");
  EXPECT_GT(std::abs(moment[0] - exact), 1.5 * std::abs(moment[1] - exact)) << "the bias halves with the step";
  EXPECT_GT(std::abs(moment[1] - exact), 1.5 * std::abs(moment[2] - exact));
  const Limit limit = extrapolated(moment[1], error[1], moment[2], error[2]);
  // What is left is of order dt^2: the difference between two such extrapolations bounds it.
  const double rest = std::abs(limit.value - (2 * moment[1] - moment[0])) / 3;
  EXPECT_LE(std::abs(limit.value - exact), 5 * limit.standard_error + rest) << limit.value;
  EXPECT_LT(limit.standard_error + rest, 3e-3);
}

TEST(Limit, T10CovarianceOfTheEquation) {
  std::vector<ComomentSum> sums;
  std::vector<std::vector<double>> errors;
  for (const double dt : {0.04, 0.02}) {
    Experiment experiment;
    experiment.loss = "x^2 + 0.6*x*y + y^2/2";
    experiment.dynamics = "langevin";
    experiment.covariance = "1,-0.3;-0.3,0.5";
    experiment.eta = {0.1};
    experiment.dt = dt;
    const Stationary run(experiment, particles);
    sums.push_back(run.last().coordinates);
    errors.emplace_back();
    for (const auto& [i, j] : {std::pair{0u, 0u}, {0u, 1u}, {1u, 1u}})
      errors.back().push_back(
          *output::covariance_standard_error(run.last().coordinate_groups, run.last().coordinates, i, j));
  }
  std::size_t k = 0;
  for (const auto& [i, j, name] : {std::tuple{0u, 0u, "SDE C11"}, {0u, 1u, "SDE C12"}, {1u, 1u, "SDE C22"}}) {
    const Limit limit = extrapolated(sums[0].covariance(i, j), errors[0][k], sums[1].covariance(i, j), errors[1][k]);
    // The rest, of order (dt h / 2)^2 / 2 of the value with h < 2.3, is a fifth of a standard error.
    EXPECT_LE(std::abs(limit.value - oracle("T10", name)), 5 * limit.standard_error) << name;
    ++k;
  }
}

TEST(Oracle, T18LossInTenDimensions) {
  Experiment experiment;
  experiment.loss = "sum(i, 1, 10, (0.5 + (i - 1)/6) * x[i]^2/2)";
  experiment.eta = {0.1};
  const Stationary run(experiment, 1'000'000);
  run.expect_mean("loss", oracle("T18", "mean L"));
  run.expect_variance("loss", oracle("T18", "var L"));
  run.expect_quantile("loss", "0.5", oracle("T18", "q50"));
  run.expect_quantile("loss", "0.95", oracle("T18", "q95"));
  run.expect_corrected_virial();
}

/// Rounding to float adds ulp^2 / 12 to the variance of each step, and freezes what moves by much less than that.
TEST(FloatResolution, IsWhatTheWarningSays) {
  constexpr double ulp = 0x1p-23;  // of a position in [1, 2)
  constexpr std::uint64_t steps = 400;
  for (const double step : {8.0, 2.0, 1.0}) {
    Experiment experiment;
    experiment.loss = "0*x";
    experiment.eta = {step * ulp};
    experiment.init = {{"point", {1.5}}};
    experiment.burn_in = steps - 1;
    const Stationary run(experiment, 400'000);
    run.expect_variance("x", static_cast<double>(steps) * ulp * ulp * (step * step + 1.0 / 12));
    const std::vector<std::string>& warnings = run.result().warnings;
    const bool warned = std::any_of(warnings.begin(), warnings.end(), [](const std::string& text) {
      return text.find("--precision double") != std::string::npos;
    });
    EXPECT_TRUE(warned) << step;
  }
  Experiment frozen;
  frozen.loss = "0*x";
  frozen.eta = {ulp / 16};
  frozen.init = {{"point", {1.5}}};
  frozen.burn_in = steps - 1;
  const Stationary run(frozen, 4096);
  EXPECT_EQ(run.observable("x").total.variance(), 0);
  frozen.precision = Precision::twofold;
  const Stationary in_double(frozen, 400'000);
  in_double.expect_variance("x", static_cast<double>(steps) * ulp * ulp / 256);
  for (const std::string& text : in_double.result().warnings)
    EXPECT_EQ(text.find("--precision double"), std::string::npos) << text;
}

}  // namespace
}  // namespace isotherm
