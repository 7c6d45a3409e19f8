// Probability currents of a 2-D chain with correlated noise (record T10 of tests/data/oracles.json), and none without.

#include "verdict/irreversibility.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "experiment/run.hpp"
#include "statistical/oracles.hpp"

namespace isotherm {
namespace {

using test::oracle;

constexpr std::uint64_t particles = 4'000'000;

verdict::Irreversibility measured(const std::string& sigma, const std::string& covariance) {
  Experiment experiment;
  experiment.loss = "x^2 + 0.6*x*y + y^2/2";
  experiment.eta = {0.1};
  experiment.sigma = sigma;
  experiment.covariance = covariance;
  experiment.particles = particles;
  experiment.steps = 1;
  const Result result = run(experiment);
  return verdict::measure_irreversibility(result.measurement.pairs.value()).value();
}

TEST(Irreversibility, T10ProbabilityCirculates) {
  const verdict::Irreversibility found = measured("", "1,-0.3;-0.3,0.5");
  const double circulation = oracle("T10", "circulation E[x1(t+1)x2(t)-x2(t+1)x1(t)]");
  EXPECT_LE(std::abs(found.circulation.value - circulation), 5 * found.circulation.standard_error);
  EXPECT_LT(found.circulation.standard_error, 0.03 * circulation);
  const double production = oracle("T10", "EP per step");
  EXPECT_LE(std::abs(found.entropy_production.value - production), 5 * found.entropy_production.standard_error);
  EXPECT_LT(found.entropy_production.standard_error, 0.02 * production);
}

TEST(Irreversibility, IsotropicNoiseIsReversible) {
  const verdict::Irreversibility found = measured("0.7", "");
  EXPECT_LE(std::abs(found.circulation.value), 5 * found.circulation.standard_error);
  EXPECT_LT(std::abs(found.entropy_production.value), 40.0 / static_cast<double>(particles));
}

}  // namespace
}  // namespace isotherm
