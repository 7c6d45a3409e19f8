// The Langevin integrators by simulation. One snapshot of independent particles each, so that |z| <= 5 has a
// false-alarm rate of 6e-7 for each value; seeds are fixed.

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "engine/simulation.hpp"
#include "experiment/run.hpp"
#include "statistical/oracles.hpp"
#include "statistical/stationary.hpp"

namespace isotherm {
namespace {

using test::axis;
using test::oracle;
using test::Stationary;

Experiment integrator(const std::string& dynamics, const std::string& loss, double temperature, double dt) {
  Experiment experiment;
  experiment.loss = loss;
  experiment.dynamics = dynamics;
  experiment.temperature = temperature;
  experiment.dt = dt;
  return experiment;
}

// T20: the stationary law of the scheme itself, far from Gibbs' for two of the three. From a symmetric start even
// averages relax at about 0.09 per step.
void expect_t20(const std::string& dynamics, const std::string& name) {
  Experiment experiment = integrator(dynamics, "double-well", 0.1, 0.1);
  experiment.burn_in = 300;
  const Stationary run(experiment, 2'000'000);
  run.expect_second_moment("x", oracle("T20", name + " <x2>"));
  run.expect_mean("loss", oracle("T20", name + " <L>"));
}
TEST(DoubleWellIntegrators, T20EulerMaruyama) { expect_t20("langevin", "EM"); }
TEST(DoubleWellIntegrators, T20Heun) { expect_t20("heun", "Heun"); }
TEST(DoubleWellIntegrators, T20LeimkuhlerMatthews) { expect_t20("leimkuhler-matthews", "LM"); }

Stationary t17(const std::string& dynamics, const std::string& scheme = "") {
  Experiment experiment = integrator(dynamics, "1.5*x^2/2", 0.35, 0.2);
  experiment.scheme = scheme;
  if (dynamics == "underdamped") experiment.friction = 1.3;
  return Stationary(experiment, 1'000'000);
}

TEST(HarmonicIntegrators, T17Heun) { t17("heun").expect_variance("x", oracle("T17", "Heun var x")); }

TEST(HarmonicIntegrators, T17LeimkuhlerMatthews) {
  t17("leimkuhler-matthews").expect_variance("x", oracle("T17", "LM var x"));
}

/// The velocity is normal, and colder than the positions by 1 - dt^2 h / 4.
TEST(HarmonicIntegrators, T17Baoab) {
  const Stationary run = t17("underdamped", "baoab");
  const double variance = oracle("T17", "BAOAB var v");
  run.expect_variance("x", oracle("T17", "BAOAB var x"));
  run.expect_mean("v.x", 0);
  run.expect_variance("v.x", variance);
  run.expect_fourth_moment("v.x", 3 * variance * variance);
  run.expect_quantile("v.x", "0.99", 2.3263478740408408 * std::sqrt(variance));
  run.expect_mean("kinetic", variance / 2);
}

TEST(HarmonicIntegrators, T17Obabo) {
  const Stationary run = t17("underdamped", "obabo");
  run.expect_variance("x", oracle("T17", "OBABO var x"));
  run.expect_variance("v.x", oracle("T17", "OBABO var v"));
}

TEST(HarmonicIntegrators, T17ExplicitEuler) {
  const Stationary run = t17("underdamped", "euler");
  run.expect_variance("x", .30847457627119);
  run.expect_variance("v.x", .51412429378531);
}

/// Heavy and light coordinates with noise of their own: each has its temperature, T_c = eta sigma_c^2 / 2.
TEST(HarmonicIntegrators, MassesAndTemperaturesByCoordinate) {
  Experiment experiment = integrator("underdamped", "(x^2+y^2)/2", 0.1, 0.1);
  experiment.temperature.reset();
  experiment.eta = {0.2};
  experiment.sigma = "1,2";
  experiment.mass = {2, 0.5};
  const Stationary run(experiment, 500'000);
  run.expect_variance("x", 0.1);
  run.expect_variance("y", 0.4);
  run.expect_variance("v.x", 0.1 / 2 * (1 - 0.01 / 2 / 4));
  run.expect_variance("v.y", 0.4 / 0.5 * (1 - 0.01 / 0.5 / 4));
}

class Mala : public testing::TestWithParam<Precision> {
 protected:
  /// Fewer particles in double, which takes three times as long.
  static Stationary equilibrium(Experiment experiment, std::uint64_t particles) {
    experiment.precision = GetParam();
    return Stationary(experiment, GetParam() == Precision::single ? particles : particles / 3);
  }
};

/// MALA's moments are those of quadrature, at steps where the proposal alone would be far off.
void expect_gibbs(const Stationary& run) {
  const Experiment& experiment = run.result().experiment;
  loss::Problem problem({experiment.loss, experiment.set, {}});
  const theory::GibbsFamily family(problem);
  const theory::Prediction gibbs = family.predict(*experiment.temperature, {});
  for (std::size_t c = 0; c < problem.dimension(); ++c) {
    const std::string& name = problem.coordinates()[c];
    const theory::Marginal& marginal = gibbs.marginals[c];
    run.expect_mean(name, marginal.mean.value());
    run.expect_second_moment(name, marginal.second_moment.value());
    run.expect_fourth_moment(name, marginal.fourth_moment.value());
    for (const char* key : {"0.01", "0.25", "0.5", "0.75", "0.99"})
      run.expect_quantile(name, key, marginal.quantiles.at(key));
  }
  const theory::GibbsFamily::LossMoments loss = family.loss_moments(*experiment.temperature);
  run.expect_mean("loss", loss.mean);
  run.expect_variance("loss", loss.variance);
}

TEST_P(Mala, DoubleWell) { expect_gibbs(equilibrium(integrator("mala", "double-well", 0.1, 0.4), 300'000)); }

TEST_P(Mala, SexticCosine) { expect_gibbs(equilibrium(integrator("mala", "sextic-cosine", 1, 0.02), 100'000)); }

/// From the valley: on the steep slopes beside it, where the proposal overshoots, a particle waits long. The slow way
/// is along x, of variance 100: 2 500 steps are 12 of its relaxation times.
TEST_P(Mala, Banana) {
  Experiment experiment = integrator("mala", "banana", 1, 0.5);
  experiment.init = {{"point", {10.0}}, {"point", {0.0}}};
  experiment.burn_in = 2'500;
  expect_gibbs(equilibrium(experiment, 100'000));
}

TEST_P(Mala, ThreeCoordinates) {
  const Stationary run = equilibrium(integrator("mala", "(x^2+2*y^2+3*z^2)/2", 0.5, 0.5), 500'000);
  run.expect_variance("x", 0.5);
  run.expect_variance("y", 0.25);
  run.expect_variance("z", 0.5 / 3);
  run.expect_mean("loss", 0.75);
}

/// On a quadratic with a = dt h, the accepted share in equilibrium is twice the probability that the ratio is above 1,
/// that is P(y^2 < x^2) of two normal numbers: 1 - (2 / pi) atan((a/2)^(3/2)).
TEST_P(Mala, AcceptanceOnAQuadratic) {
  for (const double a : {0.2, 1.0, 2.0, 4.0}) {
    Experiment experiment = integrator("mala", "x^2/2", 0.3, a);
    experiment.burn_in = 100;
    experiment.init = {{"normal", {0.0, std::sqrt(0.3)}}};
    const Stationary run = equilibrium(experiment, 300'000);
    run.expect_variance("x", 0.3);
    run.expect_mean("acceptance", 1 - 2 / std::numbers::pi * std::atan(std::pow(a / 2, 1.5)));
  }
}

INSTANTIATE_TEST_SUITE_P(Precisions, Mala, testing::Values(Precision::single, Precision::twofold),
                         [](const auto& info) { return info.param == Precision::single ? "float" : "double"; });

struct Divergence {
  double value = 0, standard_error = 0;
};

/// KL(positions of the scheme || Gibbs) over 100 bins. What counting noise alone adds on average, sum Var p_b / (2
/// p_b), is taken off; it and the standard error (of the mean of log p/q) are from the 64 groups, so that samples of
/// one particle may depend on each other.
Divergence configuration_divergence(const std::string& scheme) {
  Experiment experiment = integrator("underdamped", "sextic-cosine", 1, 0.189737);
  experiment.scheme = scheme;
  experiment.friction = 31.6228;
  experiment.particles = 64 * engine::block_size * 10;
  experiment.steps = 2000;
  experiment.thinning = 50;
  experiment.histogram = {{axis("x", 100, -2, 2)}};
  experiment.backend = Backend::cpu;
  const Result result = run(experiment);
  const Histogram& histogram = result.measurement.histograms.front();
  EXPECT_EQ(histogram.groups, engine::group_count);

  loss::Problem problem({experiment.loss, {}, {}});
  const std::vector<Axis> axes = histogram.axes;
  const std::vector<double> gibbs =
      theory::GibbsFamily(problem).predict(1, std::span(&axes, 1)).bins.front().probabilities;
  const std::size_t slots = histogram.slots(), groups = histogram.groups;
  const auto entries = static_cast<double>(histogram.entries());
  const std::vector<std::uint64_t> total = histogram.total();
  std::vector<double> log_ratio(slots, 0.0);
  Divergence divergence;
  for (std::size_t slot = 0; slot < slots; ++slot) {
    if (total[slot] == 0) continue;
    const double p = static_cast<double>(total[slot]) / entries;
    log_ratio[slot] = std::log(p / gibbs[slot]);
    divergence.value += p * log_ratio[slot];
    double square = 0;
    for (std::size_t group = 0; group < groups; ++group) {
      const double share = static_cast<double>(histogram.counts[group * slots + slot]) * groups / entries;
      square += (share - p) * (share - p);
    }
    divergence.value -= square / static_cast<double>(groups * (groups - 1)) / (2 * p);
  }
  double sum = 0, square = 0;
  for (std::size_t group = 0; group < groups; ++group) {
    double mean = 0;
    for (std::size_t slot = 0; slot < slots; ++slot)
      mean += static_cast<double>(histogram.counts[group * slots + slot]) * groups / entries * log_ratio[slot];
    sum += mean;
    square += mean * mean;
  }
  const auto n = static_cast<double>(groups);
  divergence.standard_error = std::sqrt((square / n - sum / n * sum / n) / (n - 1));
  return divergence;
}

/// The accuracy of the four splittings on V = x^6 + 2 cos(5 (x + 1)), T = 1, unit mass, dt 0.189737, friction 31.6228
/// (Fass et al., Entropy 20 (2018) 318, integrator-benchmark, whose mass 10, friction 10 and dt 0.6 are the same). Two
/// published simulations of 8e7 samples each are the ends of the interval.
TEST(Splittings, OrderByTheirErrorInThePositionsAsPublished) {
  struct Published {
    const char* scheme;
    double lower, upper;
  };
  double before = 0;
  for (const auto& [scheme, lower, upper] : {Published{"baoab", .00035, .00039}, Published{"aboba", .0207, .0210},
                                             Published{"oabao", .0552, .0559}, Published{"obabo", .1030, .1045}}) {
    const Divergence divergence = configuration_divergence(scheme);
    EXPECT_GT(divergence.value - 5 * divergence.standard_error, before) << scheme;
    EXPECT_GT(divergence.value, lower - 5 * divergence.standard_error) << scheme << ' ' << divergence.standard_error;
    EXPECT_LT(divergence.value, upper + 5 * divergence.standard_error) << scheme << ' ' << divergence.standard_error;
    EXPECT_LT(divergence.standard_error, 0.05 * divergence.value) << scheme;
    before = divergence.value + 5 * divergence.standard_error;
  }
}

}  // namespace
}  // namespace isotherm
