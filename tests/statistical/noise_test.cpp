// Noise that is not gaussian, and batches of it, against exact laws of the discrete chain.
//
// On x^2/2 a stationary chain with independent noise is a sum of independent terms: with a = 1 - eta h its cumulants
// are kappa_n(x) = (-eta sigma)^n kappa_n(noise) / (1 - a^n).

#include "noise/noise.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "statistical/oracles.hpp"
#include "statistical/stationary.hpp"

namespace isotherm {
namespace {

using test::axis;
using test::oracle;
using test::Stationary;

constexpr std::uint64_t particles = 1'000'000;

Experiment experiment(const std::string& loss, double eta, const std::string& law) {
  Experiment experiment;
  experiment.loss = loss;
  experiment.eta = {eta};
  experiment.noise = law;
  return experiment;
}

/// A statistic of the central moments, its standard error from those of the 64 groups.
void expect_shape(const Stationary& run, double (MomentSum::*statistic)() const, double expected,
                  const std::string& what) {
  const SnapshotObservable& x = run.observable("x");
  std::vector<double> counts, values;
  for (const MomentSum& group : x.groups) {
    counts.push_back(group.count);
    values.push_back((group.*statistic)());
  }
  run.expect_z((x.total.*statistic)(), output::batch_standard_error(counts, values), expected, what);
}

TEST(NoiseLaw, T12Quadratic) {
  for (const std::string law : {"rademacher", "uniform", "laplace"}) {
    SCOPED_TRACE(law);
    Experiment e = experiment("x^2/2", 0.1, law);
    e.sigma = "3";
    const Stationary run(e, particles);
    const double variance = oracle("T12", "quad eta=.1 rademacher var");
    const double kurtosis = oracle("T12", "quad " + law + " exkurt");
    run.expect_mean("x", 0);
    run.expect_variance("x", variance);
    run.expect_fourth_moment("x", variance * variance * (3 + kurtosis));
    expect_shape(run, &MomentSum::excess_kurtosis, kurtosis, "excess kurtosis");
    run.expect_corrected_virial();
  }
}

TEST(NoiseLaw, T12DoubleWell) {
  for (const std::string law : {"rademacher", "uniform", "laplace"}) {
    SCOPED_TRACE(law);
    const Stationary run(experiment("double-well", 0.05, law), particles);
    run.expect_second_moment("x", oracle("T12", "dwell eta=.05 sigma=1 " + law + " <x2>"));
    run.expect_mean("loss", oracle("T12", "dwell eta=.05 sigma=1 " + law + " <L>"));
    run.expect_corrected_virial();
  }
}

TEST(NoiseLaw, SkewedNoiseGivesASkewedLaw) {
  // Gradient noise enters with a minus sign: skewness -kappa_3 (1 - a^2)^1.5 / (1 - a^3).
  const Stationary run(experiment("x^2/2", 0.1, "two-point:0.1"), particles);
  const noise::Choice law = noise::parse("two-point:0.1");
  run.expect_mean("x", 0);
  run.expect_variance("x", 0.1 / 1.9);
  expect_shape(run, &MomentSum::skewness, -*law.law->skewness(0.1) * std::pow(1 - 0.81, 1.5) / (1 - 0.729), "skewness");
  expect_shape(run, &MomentSum::excess_kurtosis, *law.excess_kurtosis() * (1 - 0.81) / (1 + 0.81), "excess kurtosis");
}

TEST(NoiseLaw, StudentTHasItsVariance) {
  const Stationary run(experiment("x^2/2", 0.1, "student-t:10"), particles);
  run.expect_variance("x", 0.1 / 1.9);
  expect_shape(run, &MomentSum::excess_kurtosis, 1.0 * (1 - 0.81) / (1 + 0.81), "excess kurtosis");
}

/// L = (Phi - y)^2 / 2 over y = -1 and 1, one example at a time, is x^2/2 with rademacher noise.
TEST(MeanOfTwoExamples, IsTheQuadraticWithRademacherNoise) {
  const Stationary run(experiment("x^2/2", 0.1, "rademacher"), particles);
  run.expect_variance("x", 1.0 / 19);
  expect_shape(run, &MomentSum::excess_kurtosis, -0.2099447514, "excess kurtosis");
}

TEST(MeanOfTwoExamples, IsUniformAtEtaOneHalf) {
  // x' = (x + y) / 2: the binary digits of a uniform number.
  Experiment e = experiment("x^2/2", 0.5, "rademacher");
  e.histogram = {{axis("x", 8, -1, 1)}};
  const Stationary run(e, particles);
  run.expect_variance("x", 1.0 / 3);
  run.expect_fourth_moment("x", 0.2);
  for (std::size_t bin = 1; bin <= 8; ++bin) run.expect_fraction("x", bin, bin, 0.125);
}

TEST(MeanOfTwoExamples, IsACantorLawAtEtaTwoThirds) {
  Experiment e = experiment("x^2/2", 2.0 / 3, "rademacher");
  e.precision = Precision::twofold;
  e.init = {{"uniform", {-1.0, 1.0}}};  // one third is cut from every interval at each step
  e.burn_in = 40;
  e.histogram = {{axis("abs(x)", 3, 0, 1)}, {axis("x", 9, -1, 1)}};
  const Stationary run(e, particles);
  run.expect_variance("x", 0.5);
  expect_shape(run, &MomentSum::excess_kurtosis, -1.6, "excess kurtosis");
  const std::vector<std::uint64_t> thirds = run.result().measurement.histograms[0].total();
  EXPECT_EQ(thirds[1], 0u) << "the middle third";
  EXPECT_EQ(thirds[2] + thirds[3] + thirds[4], particles);
  const std::vector<std::uint64_t> ninths = run.result().measurement.histograms[1].total();
  EXPECT_EQ(ninths[2], 0u) << "the middle third of the left third";
  EXPECT_EQ(ninths[8], 0u) << "and of the right one";
}

/// 2 E x.g = eta E |ghat|^2 holds for every law of mean 0.
TEST(CorrectedVirial, IsOneHalfForEveryLaw) {
  for (const std::string law : {"gaussian", "rademacher", "uniform", "laplace", "student-t:5", "two-point:0.2"}) {
    for (const std::string dynamics : {"sgd", "langevin", "momentum"}) {
      SCOPED_TRACE(law + " " + dynamics);
      Experiment e = experiment("log-cosh", 0.2, law);
      e.dynamics = dynamics;
      if (dynamics == "langevin") e.dt = 0.2;
      if (dynamics == "momentum") e.mu = 0.5;
      Stationary(e, 400'000).expect_corrected_virial();
    }
  }
}

TEST(CorrectedVirial, IsOneHalfForBatchesAndInAWell) {
  Experiment batch = experiment("log-cosh", 0.4, "laplace");
  batch.batch_size = 4;
  Stationary(batch, 400'000).expect_corrected_virial();
  // Bounded noise bears losses that grow faster.
  Stationary(experiment("double-well", 0.1, "two-point:0.3"), 400'000).expect_corrected_virial();
  Stationary(experiment("quartic", 0.1, "rademacher"), 400'000).expect_corrected_virial();
}

/// eta = B eta_0: Var 2h/(eta_0 sigma^2) = 2/(2 - B eta_0 h), whatever the law of the noise.
TEST(BatchSize, TheLearningRateScaledWithItKeepsTheLawToLeadingOrder) {
  constexpr double base = 0.01;
  struct Case {
    std::uint64_t batch;
    const char* law;
    double ratio;
  };
  for (const auto& [batch, law, ratio] :
       {Case{1, "rademacher", 1.0050251256}, Case{4, "laplace", 1.0204081633}, Case{16, "rademacher", 1.0869565217},
        Case{64, "uniform", 1.4705882353}, Case{128, "gaussian", 2.7777777778}, Case{199, "gaussian", 200.0}}) {
    SCOPED_TRACE(std::to_string(batch) + " " + law);
    Experiment e = experiment("x^2/2", static_cast<double>(batch) * base, law);
    e.batch_size = batch;
    const Stationary run(e, particles / (std::string(law) == "gaussian" ? 1 : 4));
    run.expect_variance("x", ratio * base / 2);
    // The noise has kappa_4 / B, and a = 1 - B eta_0: to leading order the shape does not depend on B either.
    const double a = 1 - static_cast<double>(batch) * base;
    const double kurtosis =
        *noise::parse(law).excess_kurtosis() / static_cast<double>(batch) * (1 - a * a) / (1 + a * a);
    expect_shape(run, &MomentSum::excess_kurtosis, kurtosis, "excess kurtosis");
  }
}

TEST(BatchSize, LowersTheTemperature) {
  // eta = .01: Var 2h/(eta sigma^2) at B = 4, a quarter of that at B = 1.
  for (const std::string law : {"gaussian", "rademacher"}) {
    Experiment e = experiment("x^2/2", 0.01, law);
    const Stationary single(e, particles / 4);
    single.expect_variance("x", 4 * 0.2512562814 * 0.01 / 2);
    e.batch_size = 4;
    e.seed = 2;
    const Stationary batch(e, particles / 4);
    batch.expect_variance("x", 0.2512562814 * 0.01 / 2);
    EXPECT_DOUBLE_EQ(batch.result().scales.temperature, single.result().scales.temperature / 4);
  }
}

}  // namespace
}  // namespace isotherm
