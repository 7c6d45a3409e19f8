#include "verdict/judge.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "verdict/synthetic.hpp"
#include "verdict/temperature.hpp"

namespace isotherm::verdict {
namespace {

// A quadratic with eta h = 0.002, where Gibbs' own discretization bias is below what 2.5e5 particles can see.
constexpr double eta = 0.002, h = 1, sigma = 1, temperature = eta * sigma * sigma / 2;
constexpr std::size_t particles = 250000;
const Axis axis{"x", 100, -0.16, 0.16, false};

Scales scales() {
  Scales scales;
  scales.eta = scales.step = eta;
  scales.sigma = sigma;
  scales.alpha_unit = eta * sigma * sigma;
  scales.temperature = temperature;
  scales.corrected_virial_applies = true;
  return scales;
}

theory::Prediction gibbs(const std::string& name = "gibbs", double t = temperature) {
  theory::Prediction prediction;
  prediction.name = name;
  prediction.temperature = t;
  prediction.bins = {{{axis}, normal_probabilities(axis, std::sqrt(t / h)), ""}};
  return prediction;
}

Measurement measure(const std::vector<double>& x) {
  Measurement measurement;
  measurement.particles = x.size();
  measurement.burn_in = 7000;
  measurement.steps = measurement.thinning = 10;
  measurement.samples = 1;
  measurement.snapshots = {make_snapshot(x, h, eta, sigma * sigma, axis, 7010)};
  return measurement;
}

/// Positions of the stationary chain whose noise has `factor` times the stated standard deviation.
std::vector<double> chain(std::uint64_t seed, double factor = 1) {
  Draws draws(seed);
  return normal_draws(draws, particles, factor * std::sqrt(eta * sigma * sigma / (h * (2 - eta * h))));
}

Verdict judged(const Measurement& measurement, const std::vector<theory::Prediction>& predictions = {gibbs()}) {
  return judge(measurement, predictions, AlphaEstimates{}, scales());
}

TEST(Judge, FindsTheRightChainConsistent) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Verdict verdict = judged(measure(chain(seed)));
    EXPECT_EQ(verdict.outcome.at("gibbs"), Outcome::consistent);
    EXPECT_TRUE(verdict.independent);
    ASSERT_EQ(verdict.comparisons.size(), 1u);
    EXPECT_EQ(verdict.comparisons[0].test, "chi-squared");
    EXPECT_EQ(verdict.comparisons[0].outcome, Outcome::consistent);
    EXPECT_NEAR(verdict.comparisons[0].distance.total_variation / verdict.comparisons[0].floor.total_variation, 1, 0.4);
  }
}

TEST(Judge, RejectsWrongNoise) {
  const double factors[] = {1.05, std::sqrt(2.0), 1 / std::sqrt(std::sqrt(eta))};
  for (const double factor : factors) {
    const Verdict verdict = judged(measure(chain(3, factor)));
    EXPECT_EQ(verdict.outcome.at("gibbs"), Outcome::rejected) << factor;
    EXPECT_LT(*verdict.comparisons[0].log10_p_value, -50);
  }
}

TEST(Judge, DoesNotCallRepeatedParticlesConsistent) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    std::vector<double> x = chain(seed);
    for (std::size_t i = 1; i < x.size(); i += 2) x[i] = x[i - 1];
    const Verdict verdict = judged(measure(x));
    EXPECT_FALSE(verdict.independent);
    EXPECT_NE(verdict.outcome.at("gibbs"), Outcome::consistent);
  }
}

TEST(Judge, SharesTheSignificanceAmongAllTests) {
  Measurement measurement = measure(chain(1));
  const Verdict one = judged(measurement);
  EXPECT_DOUBLE_EQ(one.threshold, 1e-3 / 4);  // one histogram; mean and spread of x, mean of the loss
  const Verdict two = judged(measurement, {gibbs(), gibbs("gibbs-fitted", 1.001 * temperature)});
  EXPECT_DOUBLE_EQ(two.threshold, 1e-3 / 5);
}

TEST(Judge, TakesADegreeOfFreedomFromTheFittedPrediction) {
  const Verdict verdict = judged(measure(chain(1)), {gibbs(), gibbs("gibbs-fitted")});
  ASSERT_EQ(verdict.comparisons.size(), 2u);
  EXPECT_EQ(*verdict.comparisons[1].degrees_of_freedom, *verdict.comparisons[0].degrees_of_freedom - 1);
}

TEST(Judge, TestsTimeAveragesByBatchMeansButNotTheFittedOnes) {
  Measurement measurement = measure(chain(1));
  measurement.samples = 2;
  std::vector<double> x = chain(2);
  measurement.histograms = {make_histogram("x", axis, x)};
  for (std::uint64_t& count : measurement.histograms[0].counts) count *= 2;  // the same particles at two steps
  const Verdict verdict = judged(measurement, {gibbs(), gibbs("gibbs-fitted")});
  ASSERT_EQ(verdict.comparisons.size(), 4u);
  EXPECT_EQ(verdict.comparisons[0].observable, "x");
  EXPECT_EQ(verdict.comparisons[0].test, "batch means");
  EXPECT_EQ(verdict.comparisons[0].outcome, Outcome::consistent);
  EXPECT_EQ(verdict.comparisons[1].observable, "x@last");
  EXPECT_EQ(verdict.comparisons[2].outcome, Outcome::not_applicable);
  EXPECT_NE(verdict.comparisons[2].reason.find("fitted"), std::string::npos);
  EXPECT_FALSE(verdict.comparisons[2].p_value);
  EXPECT_GT(verdict.comparisons[2].distance.total_variation, 0);
  EXPECT_EQ(verdict.outcome.at("gibbs-fitted"), Outcome::consistent);

  // The effective number behind the floor is that of the particles, not of the entries.
  const double ratio = verdict.comparisons[0].floor.total_variation / verdict.comparisons[1].floor.total_variation;
  EXPECT_NEAR(ratio, 1, 0.15);
}

TEST(Judge, RejectsATimeAverageOfTheWrongChain) {
  Measurement measurement = measure(chain(1));
  measurement.histograms = {make_histogram("x", axis, chain(2, 1.05))};
  EXPECT_EQ(judged(measurement).outcome.at("gibbs"), Outcome::rejected);
}

TEST(Judge, ComparesSnapshotsOnTheWayWithoutCountingThem) {
  Measurement measurement = measure(chain(1));
  Snapshot early = make_snapshot(chain(2, 3), h, eta, sigma * sigma, axis, 100);
  early.histograms[0].name = "x@100";
  measurement.snapshots.insert(measurement.snapshots.begin(), early);
  const Verdict verdict = judged(measurement);
  ASSERT_EQ(verdict.comparisons.size(), 2u);
  EXPECT_EQ(verdict.comparisons[0].observable, "x@100");
  EXPECT_EQ(verdict.comparisons[0].outcome, Outcome::rejected);
  EXPECT_NE(verdict.comparisons[0].reason, "");
  EXPECT_EQ(verdict.outcome.at("gibbs"), Outcome::consistent);

  measurement.snapshots.back() = make_snapshot(chain(2, 3), h, eta, sigma * sigma, axis, 100);
  EXPECT_EQ(judged(measurement).outcome.at("gibbs"), Outcome::rejected);
}

TEST(Judge, DoesNotTestOneSnapshotTwice) {
  Measurement measurement = measure(chain(1));
  measurement.histograms = measurement.snapshots[0].histograms;
  measurement.histograms[0].name = "x";
  const Verdict verdict = judged(measurement, {gibbs("gibbs-fitted")});
  ASSERT_EQ(verdict.comparisons.size(), 1u);
  EXPECT_EQ(verdict.comparisons[0].observable, "x");
  EXPECT_TRUE(verdict.comparisons[0].p_value);
}

TEST(Judge, GivesTheReasonWhereNothingIsToBeTested) {
  const auto reason = [](const Measurement& measurement, const theory::Prediction& prediction) {
    const Verdict verdict = judge(measurement, {prediction}, AlphaEstimates{}, scales());
    EXPECT_EQ(verdict.outcome.at("gibbs"), Outcome::not_applicable);
    EXPECT_EQ(verdict.comparisons.at(0).outcome, Outcome::not_applicable);
    EXPECT_FALSE(verdict.comparisons[0].p_value);
    EXPECT_TRUE(std::isnan(verdict.comparisons[0].distance.total_variation));
    return verdict.comparisons[0].reason;
  };
  const Measurement measurement = measure(chain(1));
  theory::Prediction refused = gibbs();
  refused.not_applicable = "exp(-L/T) cannot be normalized";
  EXPECT_EQ(reason(measurement, refused), "exp(-L/T) cannot be normalized");
  theory::Prediction no_bins = gibbs();
  no_bins.bins[0] = {{axis}, {}, "no density of this expression"};
  EXPECT_EQ(reason(measurement, no_bins), "no density of this expression");
  theory::Prediction elsewhere = gibbs();
  elsewhere.bins[0].axes[0].upper = 1;
  EXPECT_EQ(reason(measurement, elsewhere), "no prediction on these axes");
  Measurement all_lost = measure({});
  all_lost.particles = all_lost.snapshots[0].nonfinite = 1000;
  EXPECT_EQ(reason(all_lost, gibbs()), "no particle with a finite value was counted");
  EXPECT_NE(judged(all_lost).statement.find("All 1000 particles are not finite"), std::string::npos);
}

TEST(Judge, BlamesNoPredictionForARunThatHasNotMixed) {
  Diagnostics diagnostics;
  diagnostics.mixed = false;
  diagnostics.exchange_rate = 1e-6;
  diagnostics.steps_run = 2000;
  theory::Prediction refused = gibbs("modified");
  refused.not_applicable = "in one dimension only";
  const Verdict verdict = judge(measure(chain(3, 1.05)), {gibbs(), refused}, AlphaEstimates{}, scales(), diagnostics);
  ASSERT_EQ(verdict.comparisons.size(), 2u);
  EXPECT_LT(*verdict.comparisons[0].p_value, verdict.threshold);
  EXPECT_EQ(verdict.comparisons[0].outcome, Outcome::not_applicable);
  EXPECT_EQ(verdict.comparisons[0].reason,
            "wells exchange their particles at rate 1e-06 per step, and only 2000 steps were run, so the weights of "
            "the wells are those of the start");
  EXPECT_EQ(verdict.comparisons[1].reason, "in one dimension only");
  EXPECT_EQ(verdict.outcome.at("gibbs"), Outcome::not_applicable);
  diagnostics.mixed = true;
  EXPECT_EQ(judge(measure(chain(3, 1.05)), {gibbs()}, AlphaEstimates{}, scales(), diagnostics).outcome.at("gibbs"),
            Outcome::rejected);
}

TEST(Judge, WorksWithoutPredictionsOrSnapshots) {
  EXPECT_TRUE(judge(measure(chain(1)), {}, AlphaEstimates{}, scales()).comparisons.empty());
  EXPECT_EQ(judge(Measurement{}, {gibbs()}, AlphaEstimates{}, scales()).outcome.at("gibbs"), Outcome::not_applicable);
}

TEST(Judge, SurvivesEverythingInOverflow) {
  const Verdict verdict = judged(measure(std::vector<double>(particles, 5.0)));
  EXPECT_EQ(verdict.outcome.at("gibbs"), Outcome::rejected);
  EXPECT_EQ(*verdict.comparisons[0].p_value, 0);
  EXPECT_TRUE(std::isfinite(*verdict.comparisons[0].log10_p_value));
}

}  // namespace
}  // namespace isotherm::verdict
