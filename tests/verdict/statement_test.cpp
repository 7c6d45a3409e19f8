#include "verdict/statement.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace isotherm::verdict {
namespace {

/// A double well at eta = 0.05, sigma = 1, where Gibbs at alpha = 1/2 is rejected because of the finite learning rate.
class StatementTest : public ::testing::Test {
 protected:
  StatementTest() {
    scales.eta = scales.step = 0.05;
    scales.sigma = 1;
    scales.alpha_unit = 0.05;
    scales.temperature = 0.025;
    scales.corrected_virial_applies = true;
    prediction.name = "gibbs";
    measurement.particles = 1000000;
    measurement.snapshots.resize(1);
    verdict.alpha.maximum_likelihood = Estimate{0.52361, 0.00012};
    verdict.alpha.corrected_virial = Estimate{0.50003, 0.0003};
    verdict.outcome["gibbs"] = Outcome::rejected;
    verdict.comparisons = {comparison("gibbs", "x", 40, -5), comparison("gibbs", "x@last", 1234.5, -195.2)};
  }

  static Comparison comparison(const std::string& prediction, const std::string& observable, double chi_squared,
                               double log10_p) {
    Comparison comparison;
    comparison.prediction = prediction;
    comparison.observable = observable;
    comparison.test = "chi-squared";
    comparison.chi_squared = chi_squared;
    comparison.degrees_of_freedom = 100;
    comparison.p_value = std::pow(10, log10_p);
    comparison.log10_p_value = log10_p;
    comparison.distance.total_variation = 0.016;
    comparison.floor.total_variation = 0.0031;
    return comparison;
  }

  std::string text() const { return statement(verdict, measurement, {prediction}, scales); }
  bool says(const std::string& words) const { return text().find(words) != std::string::npos; }

  Verdict verdict;
  Measurement measurement;
  theory::Prediction prediction;
  Scales scales;
};

TEST_F(StatementTest, NamesTheStrongestEvidenceTheEstimatesAndTheScales) {
  EXPECT_EQ(
      text(),
      "Gibbs at alpha = 0.5 is rejected (x@last: chi-squared 1234 at 100 degrees of freedom, p = 1e-196; total "
      "variation 0.016, noise alone would give 0.0031): measured alpha = 0.52361 +- 0.00012 by maximum likelihood, "
      "0.50003 +- 0.00030 by corrected virial; T = 0.025, beta = 40, alpha = 0.5, eta = 0.05, sigma = 1. The "
      "corrected virial is 1/2 within its error of 0.06 %, so the noise has its stated scale: alpha differs from 1/2 "
      "because of the finite step, by a relative order of eta h.");
}

TEST_F(StatementTest, SaysConsistentWithoutLookingForACause) {
  verdict.outcome["gibbs"] = Outcome::consistent;
  verdict.comparisons = {comparison("gibbs", "x@last", 98, std::log10(0.54))};
  EXPECT_TRUE(says(
      "Gibbs at alpha = 0.5 is consistent with the run (x@last: chi-squared 98 at 100 degrees of freedom, p = 0.54"));
  EXPECT_FALSE(says("stated scale"));
  EXPECT_FALSE(says("rejected"));
}

TEST_F(StatementTest, GivesTheNoiseScaleWhereTheCorrectedVirialIsOff) {
  verdict.alpha.corrected_virial = Estimate{1.0002, 0.0004};
  EXPECT_TRUE(
      says("off by 1250.5 standard errors: sigma^2 is 2 times what was stated, or the chain is not stationary"));
  EXPECT_FALSE(says("finite step"));
  verdict.outcome["gibbs"] = Outcome::consistent;
  EXPECT_TRUE(says("sigma^2 is 2 times"));
}

TEST_F(StatementTest, DoesNotDoubtTheScaleOfNoiseThatNobodyStated) {
  scales.noise.name = noise_of_examples;
  EXPECT_TRUE(says("within its error of 0.06 %, so the chain is stationary: alpha differs from 1/2"));
  verdict.alpha.corrected_virial = Estimate{1.0002, 0.0004};
  EXPECT_TRUE(says("off by 1250.5 standard errors: the chain is not stationary yet, and needs a longer burn-in."));
  EXPECT_FALSE(says("stated"));
}

TEST_F(StatementTest, NamesTheErrorOfAnApproximation) {
  prediction.mean_error = 0.13;
  prediction.covariance_error = 0.05;
  EXPECT_TRUE(says("): its own error is about 0.13 standard deviations of the mean and 5 % of variances: measured"));
  prediction.mean_error = 0;
  EXPECT_TRUE(says("): its mean is exact, and its own error about 5 % of variances: measured"));
  prediction.covariance_error = 1;
  EXPECT_TRUE(says("): its law is too wide for it: measured"));
}

TEST_F(StatementTest, NamesWhatIsPossibleWhereAlphaIsRight) {
  verdict.alpha.maximum_likelihood = Estimate{0.50031, 0.00012};
  EXPECT_TRUE(
      says("what is left would come from the finite step, of relative order eta h, or from wells that have not"));
  EXPECT_FALSE(says("alpha differs"));
}

TEST_F(StatementTest, DoesNotBlameTheStepWhereThereIsMoreThanOneTemperature) {
  scales.sigma.reset();
  scales.one_temperature = false;
  EXPECT_TRUE(says("but it differs between coordinates, and with it the temperature."));
  EXPECT_FALSE(says("finite step"));
}

TEST_F(StatementTest, NamesDifferentTemperatures) {
  verdict.temperatures.by_coordinate = {{"x", {0.040004, 5.7e-5}, 0.04}, {"y", {0.0024997, 3.5e-6}, 0.0025}};
  EXPECT_FALSE(says("different temperatures"));
  verdict.temperatures.one.outcome = Outcome::rejected;
  scales.one_temperature = false;
  const std::string words =
      "different temperatures: T_x = 0.040004 +- 0.000057, T_y = 0.0024997 +- 0.0000035, ratio 16";
  EXPECT_TRUE(says("so the noise has its stated scale, but the coordinates have " + words));
  EXPECT_FALSE(says("finite step"));
  verdict.alpha.corrected_virial.reset();
  EXPECT_TRUE(says("The coordinates have " + words)) << "also where nothing else is known";
  // Of many the coldest and the hottest; a temperature that may be 0 has no ratio.
  for (const char* name : {"u", "v", "w"}) verdict.temperatures.by_coordinate.push_back({name, {0.01, 1e-5}, 0.01});
  EXPECT_TRUE(
      says("different temperatures: from T_y = 0.0024997 +- 0.0000035 to T_x = 0.040004 +- 0.000057, ratio 16"));
  verdict.temperatures.by_coordinate[1].temperature = {-1e-6, 1e-6};
  EXPECT_FALSE(says("ratio"));
  verdict.diagnostics.drift = Drift{"x", 0.1, 8};
  EXPECT_FALSE(says("different temperatures")) << "of what still moves nothing is said";
}

TEST_F(StatementTest, NamesTheCoordinateWhoseNoiseIsNotWhatWasStated) {
  verdict.temperatures.by_coordinate = {{"x", {0.0251, 0.0001}, 0.025}, {"y", {0.0242, 0.0001}, 0.025}};
  EXPECT_FALSE(says("T_y"));
  verdict.temperatures.expected.outcome = Outcome::rejected;
  EXPECT_TRUE(says("T_y = 0.02420 +- 0.00010 is not the 0.025 that its noise and learning rate give."));
  EXPECT_FALSE(says("T_x"));
  verdict.alpha.corrected_virial = Estimate{1.0002, 0.0004};
  EXPECT_FALSE(says("T_y")) << "that all of the noise is off has been said";
}

TEST_F(StatementTest, NamesTheNoiseLawWhereGibbsIsRejected) {
  scales.noise = {"rademacher", 0.0, -2.0};
  EXPECT_TRUE(
      says("The noise rademacher is not Gaussian (excess kurtosis -2): its fourth cumulant changes the law at "
           "the same order eta h as the finite step."));
  scales.noise = {"two-point:0.2", 1.5, 0.25};
  EXPECT_TRUE(
      says("The noise two-point:0.2 is skewed (skewness 1.5): its third cumulant changes the law at order "
           "sqrt(eta h), before the finite step does."));
  scales.noise = {"student-t:3", std::nullopt, std::nullopt};
  EXPECT_TRUE(says("The noise student-t:3 has an infinite fourth moment"));
  EXPECT_FALSE(says("cumulant"));
  scales.noise = {"rademacher", 0.0, -0.02};  // a mean over 100
  EXPECT_FALSE(says("rademacher"));
  scales.noise = {"student-t:3", std::nullopt, std::nullopt};
  verdict.outcome["gibbs"] = Outcome::consistent;
  EXPECT_FALSE(says("student-t"));
}

TEST_F(StatementTest, NamesHeavyTailsThatWereMeasured) {
  prediction.marginals = {{.mean = 0, .second_moment = 1, .variance = 1, .fourth_moment = 2.5, .quantiles = {}}};
  SnapshotObservable x;
  x.name = "x";
  const auto with_kurtosis = [](double excess) { return MomentSum{1000, 0, 1000, 0, (excess + 3) * 1000}; };
  for (int g = 0; g < 64; ++g) x.groups.push_back(with_kurtosis(g % 2 == 0 ? 1.1 : 1.3));
  x.total = with_kurtosis(1.2);
  measurement.snapshots[0].observables = {x};
  EXPECT_TRUE(says(
      "The tails of x are heavier than those of Gibbs: its excess kurtosis is 1.200 +- 0.013, that of Gibbs -0.5."));
  prediction.marginals[0].fourth_moment = 4;
  EXPECT_FALSE(says("heavier")) << "1.2 is not far from 1";
  prediction.marginals[0].fourth_moment = 2.5;
  prediction.marginals[0].mean = 0.3;
  EXPECT_FALSE(says("heavier")) << "nothing is known of a law off its centre";
  prediction.marginals[0].mean = 0;
  for (MomentSum& group : measurement.snapshots[0].observables[0].groups) group = with_kurtosis(-0.1);
  measurement.snapshots[0].observables[0].groups[0] = with_kurtosis(100);
  EXPECT_FALSE(says("heavier")) << "one group alone";
}

TEST_F(StatementTest, DoesNotBlameTheStepForAWrongReferenceAlpha) {
  scales.reference_alpha = 0.1;
  EXPECT_TRUE(says("Gibbs at alpha = 0.1 is rejected"));
  EXPECT_TRUE(says("0.1 is not this chain's alpha"));
  EXPECT_TRUE(says("T = 0.005, beta = 200, alpha = 0.1"));
  EXPECT_FALSE(says("finite step"));
}

TEST_F(StatementTest, NamesNoCauseWithoutACorrectedVirial) {
  verdict.alpha.corrected_virial.reset();
  EXPECT_FALSE(says("virial"));
  EXPECT_FALSE(says("stated scale"));
  EXPECT_TRUE(says("maximum likelihood"));
  verdict.alpha = {};
  EXPECT_TRUE(says("alpha was not measured; T = 0.025"));
}

TEST_F(StatementTest, FallsBackToTheVirial) {
  verdict.alpha.maximum_likelihood.reset();
  verdict.alpha.virial = Estimate{0.51, 0.002};
  EXPECT_TRUE(says("measured alpha = 0.5100 +- 0.0020 by virial, 0.50003"));
}

TEST_F(StatementTest, PrintsEstimatesOfAnySize) {
  verdict.alpha.maximum_likelihood = Estimate{1.48e130, 1.48e130};
  EXPECT_TRUE(says("measured alpha = 1.48e+130 +- 1.5e+130 by maximum likelihood"));
  verdict.alpha.maximum_likelihood = Estimate{123.4, 25};
  EXPECT_TRUE(says("measured alpha = 123 +- 25 by maximum likelihood"));
  verdict.alpha.maximum_likelihood = Estimate{1e-7, 2e-9};
  EXPECT_TRUE(says("measured alpha = 0.0000001000 +- 0.0000000020 by maximum likelihood"));
}

TEST_F(StatementTest, PrintsTheStepOfLangevin) {
  scales.step = 0.005;
  EXPECT_TRUE(says("eta = 0.05, dt = 0.005, sigma = 1"));
  EXPECT_TRUE(says("by a relative order of dt h"));
}

TEST_F(StatementTest, PrintsTheNumbersOfTheRuleAndTheEndOfASchedule) {
  scales.entering = {{"mu", "0.9"}, {"batch size", "16"}};
  EXPECT_TRUE(says("alpha = 0.5, eta = 0.05, mu = 0.9, batch size = 16, sigma = 1."));
  scales.scheduled = true;
  EXPECT_TRUE(says("eta = 0.05 (that of the last step), mu = 0.9"));
  verdict.alpha.kinetic = Estimate{0.5012, 0.0004};
  EXPECT_TRUE(says(", 0.50120 +- 0.00040 by kinetic energy;"));
}

TEST_F(StatementTest, SaysWhatIsThereWithoutAStationaryLaw) {
  verdict.outcome["gibbs"] = Outcome::not_applicable;
  verdict.comparisons.clear();
  verdict.alpha = {};
  prediction.not_applicable = "mcallester anneals itself: it has no stationary law";
  scales.eta = scales.step = scales.alpha_unit = scales.temperature = 0;
  Snapshot& last = measurement.snapshots[0];
  last.step = 1000;
  last.time = 12.5;
  last.observables = {{"loss", {}, MomentSum{100, 0.25, 99, 0, 0}, {}, {}}};
  EXPECT_EQ(text(),
            "Gibbs at alpha = 0.5 was not tested (mcallester anneals itself: it has no stationary law): alpha was not "
            "measured; T and beta undefined, alpha = 0.5, sigma = 1. At step 1000, time 12.5, the mean loss is 0.25 +- "
            "0.10.");
}

TEST_F(StatementTest, SaysHowManyProposalsWereAccepted) {
  measurement.snapshots[0].observables = {{"acceptance", {}, MomentSum{10000, 0.75, 1875, 0, 0}, {}, {}}};
  EXPECT_TRUE(says("At the last step 0.7500 +- 0.0043 of the proposals were accepted."));
  measurement.snapshots[0].observables[0].total = MomentSum{10000, 0.25, 0, 0, 0};
  EXPECT_TRUE(says("At the last step 0.25 +- 0 of the proposals were accepted."))
      << "no digits follow from an error of 0";
}

TEST_F(StatementTest, PrintsScalesThatAreNotOneNumber) {
  scales.sigma.reset();
  scales.one_temperature = false;
  EXPECT_TRUE(says("eta = 0.05, sigma differing between coordinates, eta sigma^2 = 0.05 in the mean over coordinates"));
  scales.noise.name = std::string("gaussian") + beside_examples;
  EXPECT_TRUE(says("eta = 0.05, sigma from the examples and --sigma, eta sigma^2 = 0.05 in the mean over coordinates"));
  scales.noise.name = noise_of_examples;
  EXPECT_TRUE(says("eta = 0.05, sigma from the examples, eta sigma^2 = 0.05 in the mean over coordinates"));
  scales.sigma = 1;
  scales.eta = scales.step = 0.02;
  EXPECT_TRUE(says("eta = 0.02, sigma = 1, eta sigma^2 = 0.05 in the mean over coordinates"));
  scales.eta = scales.step = 0.05;
  scales.sigma.reset();
  scales.alpha_unit = scales.temperature = 0;
  EXPECT_TRUE(says("T and beta undefined, alpha = 0.5, eta = 0.05, sigma depending on the position"));
  scales.sigma = 0;
  EXPECT_TRUE(says("T = 0, beta infinite, alpha = 0.5, eta = 0.05, sigma = 0"));
}

TEST_F(StatementTest, GivesTheReasonWhereGibbsWasNotTested) {
  verdict.outcome["gibbs"] = Outcome::not_applicable;
  verdict.comparisons.clear();
  EXPECT_TRUE(says("Gibbs at alpha = 0.5 was not tested (there is no histogram to test it with): measured alpha"));
  verdict.comparisons = {comparison("gibbs", "x", 1, 0)};
  verdict.comparisons[0].reason = "alpha was fitted elsewhere";
  EXPECT_TRUE(says("was not tested (x: alpha was fitted elsewhere)"));
  prediction.not_applicable = "exp(-L/T) cannot be normalized";
  EXPECT_TRUE(says("was not tested (exp(-L/T) cannot be normalized)"));
  EXPECT_TRUE(says("T = 0.025, beta = 40"));
}

TEST_F(StatementTest, SaysFirstThatTheRunHasNotMixed) {
  verdict.diagnostics.mixed = false;
  verdict.diagnostics.exchange_rate = 9.952e-7;
  verdict.diagnostics.steps_run = 2000;
  verdict.diagnostics.drift = Drift{"mean of x", 0.001, 9, 1e-15};
  verdict.outcome["gibbs"] = Outcome::not_applicable;
  for (Comparison& item : verdict.comparisons) item.reason = not_mixed(verdict.diagnostics);
  EXPECT_EQ(text().find("The run has not mixed: wells exchange their particles at rate 9.952e-07 per step, and only "
                        "2000 steps were run, so the weights of the wells are those of the start. Gibbs at alpha = 0.5 "
                        "was not tested (the run has not mixed): measured"),
            0u)
      << text();
  EXPECT_FALSE(says("burn-in"));

  verdict.diagnostics.within_wells = true;  // from a symmetric start no wells need to exchange anything
  verdict.diagnostics.exchange_rate = 0.04435;
  verdict.diagnostics.steps_run = 10;
  EXPECT_TRUE(
      says("The run has not mixed: particles settle in their wells at rate 0.04435 per step, and only 10 steps "
           "were run, so their law is still near that of the start. "))
      << text();
}

TEST_F(StatementTest, SaysThatBurnInWasTooShortInPlaceOfACause) {
  verdict.diagnostics.first_sample = 110;
  verdict.diagnostics.drift = Drift{"mean of x", -0.99312, -12.34, 1e-15};
  verdict.diagnostics.sufficient_burn_in = 1208;
  EXPECT_TRUE(
      says("The burn-in was too short: the mean of x moved by -0.9931 between the first sample, at step 110, and the "
           "last, 12.3 standard errors, so what was rejected may be the transient; give --burn-in 1208."))
      << text();
  EXPECT_FALSE(says("finite step"));
  verdict.outcome["gibbs"] = Outcome::consistent;
  verdict.diagnostics.sufficient_burn_in = 0;
  EXPECT_TRUE(says("12.3 standard errors; give a longer --burn-in.")) << text();
}

TEST_F(StatementTest, SaysWhenParticlesAreNotIndependent) {
  verdict.independent = false;
  verdict.group_tests = {{"mean of x", 70, 63, 0.5}, {"spread of x", 131, 63, 9.9e-7}};
  EXPECT_TRUE(
      says("The particles are not independent (spread of x by groups: chi-squared 131 at 63 degrees of freedom, p "
           "= 9.9e-07)"));
}

TEST_F(StatementTest, CountsLostParticles) {
  measurement.snapshots[0].nonfinite = 17;
  EXPECT_TRUE(says("17 of 1000000 particles are not finite at the last step; all else is about the others"));
  measurement.first_nonfinite_step = 420;
  EXPECT_TRUE(says("not finite at the last step, from step 420 on"));
}

TEST_F(StatementTest, ReportsTheOtherPredictions) {
  theory::Prediction fitted;
  fitted.name = "gibbs-fitted";
  fitted.temperature = 0.0261805;
  verdict.outcome["gibbs-fitted"] = Outcome::rejected;
  verdict.comparisons.push_back(comparison("gibbs-fitted", "x@last", 300, -21));
  const std::string both = statement(verdict, measurement, {prediction, fitted}, scales);
  EXPECT_NE(both.find("Gibbs at the fitted alpha = 0.5236 is rejected (x@last: chi-squared 300"), std::string::npos);
  verdict.outcome["gibbs-fitted"] = Outcome::not_applicable;
  EXPECT_EQ(statement(verdict, measurement, {prediction, fitted}, scales), text());
}

TEST_F(StatementTest, NamesAnUnknownPrediction) {
  prediction.name = "exact-chain";
  verdict.outcome = {{"exact-chain", Outcome::consistent}};
  verdict.comparisons = {comparison("exact-chain", "x@last", 98, std::log10(0.54))};
  EXPECT_TRUE(says("The prediction 'exact-chain' is consistent with the run"));
}

TEST_F(StatementTest, PrintsPValuesPastUnderflowAndOfInfiniteStatistics) {
  verdict.comparisons = {comparison("gibbs", "x", 1e6, -217000.3)};
  EXPECT_TRUE(says("p = 1e-217001"));
  verdict.comparisons = {comparison("gibbs", "x", 1e6, -std::numeric_limits<double>::infinity())};
  EXPECT_TRUE(says("p = 0;"));
}

TEST_F(StatementTest, WorksWithoutPredictions) {
  EXPECT_EQ(statement(verdict, measurement, {}, scales).rfind("Nothing was predicted: measured alpha = ", 0), 0u);
}

}  // namespace
}  // namespace isotherm::verdict
