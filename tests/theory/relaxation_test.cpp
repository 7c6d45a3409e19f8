// Rates at which the chain x' = x - step L'(x) + sqrt(2 T step) N(0, 1) forgets its start.

#include "theory/relaxation.hpp"

#include "theory/support.hpp"

namespace isotherm::theory {
namespace {

Relaxation relax(loss::Problem& p, double temperature, double step, bool symmetric = false) {
  const GibbsFamily family(p);
  return relaxation(p, family, find_minima(p), temperature, step, symmetric);
}

// Eigenvalues of the quadratic are (1 - step h)^k.
TEST(Relaxation, Quadratic) {
  loss::Problem p = problem("quadratic", {{"h", "2"}});
  for (double step : {0.02, 0.1, 0.3, 0.7, 0.9}) {
    const double rate = -std::log(std::abs(1 - 2 * step));
    expect_relative(relax(p, 0.1, step).rate, rate, 1e-8, "step " + std::to_string(step));
    const Relaxation even = relax(p, 0.1, step, true);
    expect_relative(even.rate, 2 * rate, 1e-8);
    expect_relative(even.unmixed_rate, rate, 1e-8);
    EXPECT_EQ(even.method, "spectral gap of even functions");
  }
  // A step that would need a larger matrix is scaled from a longer one, to within O(step h).
  expect_relative(relax(p, 0.1, 1e-6).rate, 2e-6, 2e-3);
  EXPECT_EQ(relax(p, 0.1, 1.1).rate, 0) << "step h > 2: unstable";
}

// The gap of the chain over that of the Fokker-Planck operator, .0335452873 at T = 0.1 and .002776140637 at 0.05.
TEST(Relaxation, DoubleWellAtFixedTemperature) {
  loss::Problem p = problem("double-well");
  const double steps[] = {0.1, 0.05, 0.025, 0.0125};
  const double ratios[2][4] = {{1.0383, 1.0167, 1.0078, 1.0038}, {1.0359, 1.0152, 1.0070, 1.0033}};
  const double temperatures[] = {0.1, 0.05}, gaps[] = {0.03354528730775, 0.002776140637224};
  for (int t : {0, 1})
    for (int i = 0; i < 4; ++i)
      EXPECT_NEAR(relax(p, temperatures[t], steps[i]).rate / steps[i] / gaps[t], ratios[t][i], 6e-5);
  expect_relative(relax(p, 0.1, 0.05).rate / 0.05, 0.0341046, 2e-6);
}

TEST(Relaxation, DoubleWellWithUnitNoise) {
  loss::Problem p = problem("double-well");  // sigma = 1, eta = 0.05: T = 0.025
  const Relaxation even = relax(p, 0.025, 0.05, true);
  EXPECT_NEAR(1 - std::exp(-even.rate), 0.0434, 5e-5);
  EXPECT_NEAR(even.unmixed_rate, 1e-6, 1e-8);
  const Relaxation full = relax(p, 0.025, 0.05, false);
  EXPECT_EQ(full.rate, even.unmixed_rate);
  EXPECT_EQ(full.method, "spectral gap");
}

TEST(Relaxation, TiltedWellsMixAtTheGapWhateverTheStart) {
  loss::Problem p = problem("tilted-double-well", {{"c", "0.05"}});
  for (bool symmetric : {false, true}) {
    const Relaxation result = relax(p, 0.1, 0.05, symmetric);
    EXPECT_NEAR(result.rate, 0.00185, 5e-6);
    EXPECT_EQ(result.method, "spectral gap");
    EXPECT_EQ(result.unmixed_rate, result.rate);
  }
}

TEST(Relaxation, GapsBelowTheSpacingOfDoublesStaySensible) {
  loss::Problem p = problem("double-well");
  const double k = 0.22507908 * std::exp(-1 / (4 * 0.0075));  // Kramers' rate, 7.4e-16 per unit time
  const double rate = relax(p, 0.0075, 0.05).rate;
  EXPECT_GE(rate, 0);
  EXPECT_LT(rate, 1e3 * 2 * k * 0.05 + 1e-13);
}

TEST(Relaxation, BeyondOneDimensionByCurvature) {
  loss::Problem p = problem("quadratic", {{"h", "0.5,2"}});
  const Relaxation slow = relax(p, 0.1, 0.1);
  expect_relative(slow.rate, 0.05, 1e-12);
  EXPECT_EQ(slow.method, "curvature at the minima (not verified)");
  expect_relative(relax(p, 0.1, 0.99).rate, 0.02, 1e-9, "the sharp direction overshoots");
  EXPECT_EQ(relax(p, 0.1, 1.1).rate, 0);
  // x^4 + y^4 has no curvature at its minimum: T / Var x instead.
  loss::Problem flat = problem("x^4+y^4");
  const double variance = *predict(flat, 0.1).marginals[0].variance;
  expect_relative(relax(flat, 0.1, 0.01).rate, 0.01 * 0.1 / variance, 1e-9);
}

TEST(Relaxation, NoneWithoutMinima) {
  for (const char* loss : {"0*x", "-x^2"}) {
    loss::Problem p = problem(loss);
    const Relaxation result = relax(p, 0.1, 0.1);
    EXPECT_EQ(result.rate, 0);
    EXPECT_EQ(result.method, "none");
    EXPECT_EQ(burn_in_steps(result, 1000), 0u);
  }
}

TEST(Relaxation, BurnIn) {
  EXPECT_EQ(burn_in_steps({0.1, "", 0.1}, 1000000000), 156u);  // (10.36 + 5.2) / 0.1
  EXPECT_EQ(burn_in_steps({0.5, "", 0.5}, 1), 11u);
  EXPECT_EQ(burn_in_steps({1e-300, "", 1e-300}, 1000), std::uint64_t{1} << 62);
}

}  // namespace
}  // namespace isotherm::theory
