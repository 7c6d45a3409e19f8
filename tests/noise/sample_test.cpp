// Laws as an engine draws them: one step of Brownian motion (L = 0, eta = 1) from 0 is one number of the noise, with
// its sign changed. Each |z| <= 5, with standard errors from the exact moments, is a false alarm in 6e-7 of the cases;
// seeds are fixed.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include "experiment/run.hpp"
#include "noise/noise.hpp"

namespace isotherm {
namespace {

constexpr std::size_t particles = 1 << 20;

/// Numbers of the noise (the mean of a batch of them), one for each particle.
std::vector<double> draw(const std::string& law, Precision precision, std::uint64_t batch = 1) {
  Experiment experiment;
  experiment.loss = "0";
  experiment.eta = {1.0};
  experiment.noise = law;
  if (batch > 1) experiment.batch_size = batch;
  experiment.init = {{"point", {0.0}}};
  experiment.particles = particles;
  experiment.burn_in = 0;
  experiment.steps = 1;
  experiment.precision = precision;
  const Plan plan = make_plan(experiment, true);
  const auto engine = engine::make_cpu_engine(plan.simulation, 1);
  engine->start({0, particles / engine::block_size});
  engine->advance(0, 1);
  std::vector<double> numbers(particles);
  engine->read_row(0, numbers);
  for (double& number : numbers) number = -number;
  return numbers;
}

constexpr Precision precisions[] = {Precision::single, Precision::twofold};
std::string name(Precision precision) { return precision == Precision::single ? " float" : " double"; }

/// E z^k for k = 1, 2, ... against exact raw moments, as far as those of twice the order are given.
void expect_moments(const std::string& what, const std::vector<double>& numbers,
                    const std::function<double(int)>& moment, int highest) {
  std::vector<double> powers(numbers.size(), 1.0);
  for (int k = 1; k <= highest; ++k) {
    double sum = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) sum += powers[i] *= numbers[i];
    const auto n = static_cast<double>(numbers.size());
    const double variance = moment(2 * k) - moment(k) * moment(k);
    if (variance == 0) {
      EXPECT_EQ(sum / n, moment(k)) << what << " moment " << k;
      continue;
    }
    EXPECT_LE(std::abs(sum / n - moment(k)) / std::sqrt(variance / n), 5)
        << what << " moment " << k << ": " << sum / n << ", expected " << moment(k);
  }
}

void expect_law(const std::string& law, const std::function<double(int)>& moment, int highest) {
  const noise::Choice choice = noise::parse(law);
  EXPECT_NEAR(moment(2), 1, 1e-15);
  if (highest >= 3) {
    EXPECT_NEAR(choice.law->skewness(choice.parameter).value(), moment(3), 1e-14);
  }
  if (highest >= 4) {
    EXPECT_NEAR(choice.excess_kurtosis().value(), moment(4) - 3, 1e-14);
  }
  for (const Precision precision : precisions)
    expect_moments(law + name(precision), draw(law, precision), moment, highest);
}

double even(int k, double value) { return k % 2 == 0 ? value : 0; }
double uniform_moment(int k) { return even(k, std::pow(3, k / 2) / (k + 1)); }
double laplace_moment(int k) { return even(k, std::tgamma(k + 1) / std::pow(2, k / 2)); }
double two_point_moment(double q, int k) {
  return q * std::pow((1 - q) / q, 0.5 * k) + (1 - q) * std::pow(-std::sqrt(q / (1 - q)), k);
}
double student_t_moment(double nu, int k) {
  double moment = 1;
  for (int i = 1; i <= k / 2; ++i) moment *= (nu - 2) * (2 * i - 1) / (nu - 2 * i);
  return even(k, moment);
}

TEST(NoiseMoments, Rademacher) {
  expect_law(
      "rademacher", [](int k) { return even(k, 1); }, 4);
}
TEST(NoiseMoments, Uniform) { expect_law("uniform", uniform_moment, 4); }
TEST(NoiseMoments, Laplace) { expect_law("laplace", laplace_moment, 4); }
TEST(NoiseMoments, TwoPoint) {
  for (const double q : {0.1, 0.75})
    expect_law(
        "two-point:" + std::to_string(q), [q](int k) { return two_point_moment(q, k); }, 4);
}
TEST(NoiseMoments, StudentT) {
  // Averages of z^4 have a variance for nu > 8, those of z^2 for nu > 4.
  expect_law(
      "student-t:20", [](int k) { return student_t_moment(20, k); }, 4);
  expect_law(
      "student-t:5", [](int k) { return student_t_moment(5, k); }, 2);
}

/// Chi-squared over equally probable bins, whose edges are quantiles.
void expect_distribution(const std::string& law, const std::function<double(double)>& quantile) {
  constexpr std::size_t bins = 500;
  std::vector<double> edges;
  for (std::size_t i = 1; i < bins; ++i) edges.push_back(quantile(static_cast<double>(i) / static_cast<double>(bins)));
  for (const Precision precision : precisions) {
    std::vector<double> counts(bins, 0.0);
    for (const double z : draw(law, precision))
      counts[static_cast<std::size_t>(std::upper_bound(edges.begin(), edges.end(), z) - edges.begin())] += 1;
    const double expected = static_cast<double>(particles) / static_cast<double>(bins);
    double chi_squared = 0;
    for (const double count : counts) chi_squared += (count - expected) * (count - expected) / expected;
    const boost::math::chi_squared reference(static_cast<double>(bins - 1));
    EXPECT_GT(cdf(reference, chi_squared), 1e-6) << law << name(precision) << " chi-squared " << chi_squared;
    EXPECT_GT(cdf(complement(reference, chi_squared)), 1e-6)
        << law << name(precision) << " chi-squared " << chi_squared;
  }
}

TEST(NoiseDistribution, StudentT) {
  for (const double nu : {1.0, 2.0, 3.0, 5.0, 40.0}) {
    const boost::math::students_t law(nu);
    const double unit = nu > 2 ? std::sqrt((nu - 2) / nu) : 1;
    expect_distribution("student-t:" + std::to_string(nu),
                        [&](double p) { return unit * boost::math::quantile(law, p); });
  }
}
TEST(NoiseDistribution, Laplace) {
  expect_distribution(
      "laplace", [](double p) { return (p < 0.5 ? std::log(2 * p) : -std::log(2 * (1 - p))) / std::numbers::sqrt2; });
}
TEST(NoiseDistribution, Uniform) {
  expect_distribution("uniform", [](double p) { return std::numbers::sqrt3 * (2 * p - 1); });
}

/// Raw moments 1 ... 8 of the mean of `batch` independent numbers.
std::function<double(int)> moments_of_mean(const std::function<double(int)>& moment, int batch) {
  std::vector<double> sum = {1};  // of 0 numbers
  sum.resize(9, 0.0);
  for (int b = 0; b < batch; ++b) {
    std::vector<double> next(9, 0.0);
    for (int k = 0; k <= 8; ++k) {
      double choose = 1;
      for (int j = 0; j <= k; choose = choose * (k - j) / (j + 1), ++j)
        next[static_cast<std::size_t>(k)] += choose * sum[static_cast<std::size_t>(k - j)] * (j == 0 ? 1 : moment(j));
    }
    sum = next;
  }
  return [sum, batch](int k) { return sum[static_cast<std::size_t>(k)] / std::pow(batch, k); };
}

TEST(BatchOfNoise, IsTheMeanOfIndependentDraws) {
  const std::vector<std::pair<std::string, std::function<double(int)>>> laws = {
      {"rademacher", [](int k) { return even(k, 1); }},
      {"uniform", uniform_moment},
      {"laplace", laplace_moment},
      {"two-point:0.2", [](int k) { return two_point_moment(0.2, k); }},
      {"student-t:20", [](int k) { return student_t_moment(20, k); }},
      // One draw of variance 1/4 stands for four.
      {"gaussian",
       [](int k) { return even(k, std::pow(2, k / 2) * std::tgamma(k / 2 + 0.5) / std::sqrt(std::numbers::pi)); }},
  };
  for (const auto& [law, moment] : laws) {
    const std::function<double(int)> of_mean = moments_of_mean(moment, 4);
    EXPECT_NEAR(of_mean(2), 0.25, 1e-15) << law;
    const noise::Choice choice = noise::parse(law);
    EXPECT_NEAR(of_mean(4) / std::pow(of_mean(2), 2) - 3, choice.excess_kurtosis().value() / 4, 1e-13) << law;
    for (const Precision precision : precisions)
      expect_moments(law + " B = 4" + name(precision), draw(law, precision, 4), of_mean, 4);
  }
}

}  // namespace
}  // namespace isotherm
