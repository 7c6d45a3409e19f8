// Escape from a well: what the particles of a run do, beside the exact chain, the equation of small steps and Kramers'
// formula.

#include <gtest/gtest.h>

#include <cmath>

#include "statistical/oracles.hpp"
#include "statistical/stationary.hpp"

namespace isotherm {
namespace {

using test::oracle;
using test::Stationary;

Experiment from_the_left_well(double temperature, double eta) {
  Experiment experiment;
  experiment.loss = "double-well";
  experiment.eta = {eta};
  experiment.temperature = temperature;
  experiment.init = {{"point", {-1.0}}};
  return experiment;
}

const theory::Prediction& prediction(const Result& result, const std::string& name) {
  for (const theory::Prediction& candidate : result.predictions)
    if (candidate.name == name) return candidate;
  throw std::out_of_range(name);
}

double distance(const MomentSum& measured, double expected) {
  return std::abs(measured.mean - expected) / *output::mean_standard_error(measured);
}

/// The first end of a step beyond the barrier. It is later than the equation's first passage by a relative order of
/// sqrt(eta): the way back over the barrier within a step is not seen.
TEST(FirstPassage, IsThatOfTheExactChain) {
  struct Row {
    double temperature, eta;
    std::uint64_t steps;  // 25 times the mean: e^-25 of a particle in 10^5 is left
  };
  for (const Row& row : {Row{0.2, 0.05, 5'000}, Row{0.1, 0.1, 10'000}, Row{0.1, 0.05, 19'000}}) {
    Experiment experiment = from_the_left_well(row.temperature, row.eta);
    experiment.burn_in = row.steps - 1;
    experiment.histogram = {{test::axis("first-passage(x)", 100, 0, static_cast<double>(row.steps))}};
    const Stationary run(experiment, 1 << 16);
    const double chain = *prediction(run.result(), "exact-chain").mean_first_passage_time / row.eta;
    const double equation = *prediction(run.result(), "fokker-planck").mean_first_passage_time / row.eta;
    EXPECT_GT(static_cast<double>(row.steps), 24 * chain);
    run.expect_mean("first-passage(x)", chain);
    EXPECT_GT(distance(run.observable("first-passage(x)").total, equation), 10);
    if (row.temperature == 0.1) {
      EXPECT_NEAR(equation * row.eta / oracle("T14a", "MFPT(-1->0)"), 1, 1e-9);
    }
  }
}

/// At T = 0.1 and eta = 0.05 the wells exchange at 0.0341046 per unit of time (transfer operator); in the limit of
/// small steps at 0.0335453 (T14), and at 2 k = 0.0369512 by Kramers' formula, whose corrections are of order T.
TEST(Escape, RateIsThatOfTheExactChainAndNotKramers) {
  constexpr double eta = 0.05, exact = 0.0341046;
  constexpr std::uint64_t first = 200, last = 800;  // all other modes are gone by the first: exp(-10)
  Experiment experiment = from_the_left_well(0.1, eta);
  experiment.burn_in = last - 1;
  experiment.snapshots = {first};
  const Stationary run(experiment, 1 << 21);
  const auto at = [&](std::uint64_t step) -> const SnapshotObservable& {
    for (const Snapshot& snapshot : run.result().measurement.snapshots)
      if (snapshot.step == step) return snapshot.observables.front();
    throw std::out_of_range(std::to_string(step));
  };
  const auto rate = [&](const MomentSum& before, const MomentSum& after) {
    return std::log(before.mean / after.mean) / (eta * static_cast<double>(last - first));
  };
  // The same particles at both steps: groups of them know the error of the ratio.
  const SnapshotObservable &before = at(first), &after = at(last);
  const double measured = rate(before.total, after.total);
  const auto groups = static_cast<double>(before.groups.size());
  double squares = 0;
  for (std::size_t g = 0; g < before.groups.size(); ++g)
    squares += std::pow(rate(before.groups[g], after.groups[g]) - measured, 2);
  const double error = std::sqrt(squares / (groups * (groups - 1)));
  EXPECT_LE(std::abs(measured - exact), 5 * error) << measured << " +- " << error;
  EXPECT_LT(error, 2e-4);
  EXPECT_NEAR(*prediction(run.result(), "exact-chain").relaxation_rate / eta, exact, 1e-7);
  const double kramers = *prediction(run.result(), "fokker-planck").kramers_rate;
  EXPECT_NEAR(kramers / oracle("T14a", "kramers k"), 1, 1e-9);
  EXPECT_GT(std::abs(measured - 2 * kramers), 10 * error) << "both wells are left: twice Kramers' rate";
}

}  // namespace
}  // namespace isotherm
