// Standard errors are right: over many seeds, z has standard deviation 1.

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "experiment/run.hpp"
#include "output/quantiles.hpp"
#include "output/standard_errors.hpp"

namespace isotherm {
namespace {

TEST(StandardErrors, GiveZValuesOfUnitSpread) {
  // A fixed stationary law, reached in 200 steps; the reference is the mean over the seeds, which takes 1/800 of the
  // spread.
  constexpr int seeds = 400;
  std::map<std::string, std::vector<std::pair<double, double>>> estimates;
  Experiment experiment;
  experiment.loss = "double-well";
  experiment.eta = {0.1};
  experiment.particles = 40'000;
  experiment.burn_in = 200;
  experiment.steps = 1;
  experiment.histogram = {{AxisRequest{"x", 100, -2, 2, false}}};
  experiment.backend = Backend::cpu;
  Plan plan = make_plan(experiment);
  for (int seed = 1; seed <= seeds; ++seed) {
    plan.simulation.seed = static_cast<std::uint64_t>(seed);
    const Result result = run(plan);
    const auto add = [&](const std::string& name, double value, std::optional<double> error) {
      ASSERT_TRUE(error.has_value()) << name;
      estimates[name].push_back({value, *error});
    };
    for (const SnapshotObservable& o : result.measurement.last().observables) {
      add(o.name + " mean", o.total.mean, output::mean_standard_error(o.total));
      add(o.name + " variance", o.total.variance(), output::variance_standard_error(o.total));
      add(o.name + " second moment", o.total.raw_second(), output::second_moment_standard_error(o.total));
      add(o.name + " fourth moment", o.total.raw_fourth(), output::fourth_moment_standard_error(o.groups));
      for (const output::Quantile& q : output::quantiles(o))
        // The median lies on the barrier, where the density is nearly 0 and so no normal law holds for it.
        if (o.name != "x" || q.key != "0.5") add(o.name + " quantile " + q.key, q.value, q.standard_error);
    }
    const verdict::AlphaEstimates& alpha = result.verdict.alpha;
    for (const auto& [name, estimate] :
         {std::pair{"maximum likelihood", alpha.maximum_likelihood}, std::pair{"virial", alpha.virial},
          std::pair{"corrected virial", alpha.corrected_virial}, std::pair{"configurational", alpha.configurational}}) {
      ASSERT_TRUE(estimate.has_value()) << name;
      add(name, estimate->value, estimate->standard_error);
    }
  }
  // The spread of one quantity's z has itself a standard error of 1/sqrt(2 * 399) = 3.5 %: 15 % is four of them.
  for (const auto& [name, values] : estimates) {
    double mean = 0, spread = 0;
    for (const auto& [value, error] : values) mean += value / seeds;
    for (const auto& [value, error] : values) spread += (value - mean) * (value - mean) / (error * error) / (seeds - 1);
    EXPECT_NEAR(std::sqrt(spread), 1, 0.15) << name;
  }
}

}  // namespace
}  // namespace isotherm
