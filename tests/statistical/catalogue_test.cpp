// One exact check for every registered loss: the virial identity of the discrete chain, E[x.g] - (eta/2) E[g^2] = eta D
// sigma^2 / 2, which holds at every learning rate.

#include "loss/catalogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "experiment/run.hpp"

namespace isotherm {
namespace {

class Catalogue : public testing::TestWithParam<std::string> {};

TEST_P(Catalogue, ObeysTheVirialIdentity) {
  loss::Problem problem({GetParam(), {}, {}});
  double steepest = 1;
  for (const theory::Minimum& minimum : theory::find_minima(problem))
    if (!minimum.curvatures.empty()) steepest = std::max(steepest, minimum.curvatures.back());
  Experiment experiment;
  experiment.loss = GetParam();
  experiment.eta = {0.05 / steepest};
  experiment.temperature = GetParam() == "muller-brown" ? 20.0 : 0.1;
  experiment.particles = 100'000;
  experiment.steps = 1;
  experiment.backend = Backend::cpu;
  Plan plan = make_plan(experiment);
  if (*plan.experiment.burn_in > 20'000) {
    // Valleys that take longer than a test may: shorten the way to equilibrium, not the standard.
    experiment.burn_in = 20'000;
    plan = make_plan(experiment);
  }
  const Result result = run(plan);
  ASSERT_TRUE(result.verdict.alpha.corrected_virial.has_value());
  const verdict::Estimate& alpha = *result.verdict.alpha.corrected_virial;
  EXPECT_LE(std::abs(alpha.value - 0.5), 5 * alpha.standard_error) << alpha.value << " +- " << alpha.standard_error;
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const loss::CatalogueEntry& entry : loss::catalogue()) all.push_back(entry.name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Losses, Catalogue, testing::ValuesIn(names()), [](const auto& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace isotherm
