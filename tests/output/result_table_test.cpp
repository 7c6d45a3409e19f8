#include "output/result_table.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "output/synthetic_result.hpp"
#include "output/text_table.hpp"

namespace isotherm::output {
namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(ResultTable, SaysEverythingThatMatters) {
  const std::string text = result_table(synthetic_result(), Terminal{false, false, 200});
  for (const char* part :
       {"sgd on (x^2+y^2)/2", "T     beta = 1/T  alpha  eta  sigma", "0.05  20          0.5    0.1  1",
        "Moments at step 12", "1.50 ± 0.65", "virial  0.52630 ± 0.00040", "0.25 (0.02)", "inf (0.01)", "10^-413",
        "rejected", "gibbs-fitted: no temperature gives the measured mean loss"}) {
    EXPECT_TRUE(contains(text, part)) << "'" << part << "' is not in\n" << text;
  }
  const std::string statement = "The stationary law is not Gibbs at alpha = 0.5.\n";
  EXPECT_EQ(text.substr(text.size() - statement.size()), statement);
}

TEST(ResultTable, SaysWhereAReasonHoldsIfNotEverywhere) {
  Result result = synthetic_result();
  verdict::Comparison other = result.verdict.comparisons[0];
  other.observable = "x";
  result.verdict.comparisons.push_back(other);
  const std::string text = result_table(result, Terminal{false, false, 200});
  EXPECT_TRUE(contains(text, "gibbs-fitted on x@last: no temperature gives")) << text;
}

TEST(ResultTable, NamesTheFormulaOfTheTemperature) {
  Result result = synthetic_result();
  result.scales.temperature_formula = "eta sigma^2 / (2 (1 - mu))";
  result.scales.entering = {{"mu", "0.9"}};
  result.scales.velocity_mass = {{"v.x", 10}, {"v.y", 10}};
  result.verdict.alpha.kinetic = verdict::Estimate{0.5012, 0.0004};
  std::vector<SnapshotObservable>& observables = result.measurement.snapshots.back().observables;
  for (const char* name : {"v.x", "kinetic", "acceptance"}) {
    observables.push_back(observables.front());
    observables.back().name = name;
  }
  const std::string text = result_table(result, Terminal{false, false, 200});
  for (const char* part :
       {"with T = 2 alpha T_eff, T_eff = eta sigma^2 / (2 (1 - mu))", "eta  mu   sigma",
        "as alpha = T / (2 T_eff), T_eff = eta sigma^2 / (2 (1 - mu))", "kinetic  0.50120 ± 0.00040",
        "v.x      1.50 ± 0.65      0  1.67 ± 0.64   0.005", "acceptance 1.50 ± 0.65 of the proposals"}) {
    EXPECT_TRUE(contains(text, part)) << "'" << part << "' is not in\n" << text;
  }
  EXPECT_FALSE(contains(text, "time"));
  result.scales.scheduled = true;
  const std::string scheduled = result_table(result, Terminal{false, false, 200});
  EXPECT_TRUE(contains(scheduled, "Moments at step 12, time 1.2 (the sum of the learning rates)")) << scheduled;
  EXPECT_TRUE(contains(scheduled, "eta at the end")) << scheduled;
}

TEST(ResultTable, HasTemperaturesByCoordinate) {
  Result result = synthetic_result();
  EXPECT_FALSE(contains(result_table(result, Terminal{false, false, 200}), "by coordinate"));
  verdict::CoordinateTemperatures& temperatures = result.verdict.temperatures;
  temperatures.method = "corrected virial";
  temperatures.by_coordinate = {{"x", {0.04002, 0.00004}, 0.04}, {"y", {0.0025, 0.00001}, std::nullopt}};
  temperatures.one = {1234.5, 1.0, 0.0, -400.2, verdict::Outcome::rejected, ""};
  const std::string two = result_table(result, Terminal{false, false, 200});
  for (const char* part : {"Temperature by coordinate (corrected virial)", "x  0.040020 ± 0.000040      0.04",
                           "one temperature: rejected (chi-squared 1234 at 1 degree of freedom, p-value 10^-401)"}) {
    EXPECT_TRUE(contains(two, part)) << "'" << part << "' is not in\n" << two;
  }
  EXPECT_FALSE(contains(two, "the expected temperatures"));

  for (int c = 0; c < 10; ++c) temperatures.by_coordinate.push_back({"z" + std::to_string(c), {0.01, 0.0001}, 0.01});
  temperatures.one = {};
  temperatures.one.reason = "there are too few particles";
  const std::string many = result_table(result, Terminal{false, false, 200});
  EXPECT_TRUE(contains(many, "the coldest and the hottest of 12")) << many;
  EXPECT_TRUE(contains(many, "0.040020") && contains(many, "0.002500")) << many;
  EXPECT_FALSE(contains(many, "z3")) << many;
  EXPECT_TRUE(contains(many, "one temperature: not applicable: there are too few particles")) << many;
}

TEST(ResultTable, HasALineOfDiagnosticsWhereThereAreAny) {
  Result result = synthetic_result();
  EXPECT_FALSE(contains(result_table(result, Terminal{false, false, 200}), "Diagnostics"));
  verdict::Diagnostics& diagnostics = result.verdict.diagnostics;
  diagnostics.mixed = false;
  diagnostics.burn_in_sufficient = true;
  diagnostics.r_hat = 7.69246;
  diagnostics.autocorrelation_time = 972.7;
  diagnostics.effective_sample_size = 1078023;
  const std::string text = result_table(result, Terminal{false, false, 200});
  EXPECT_TRUE(contains(text,
                       "not mixed, burn-in sufficient, R-hat 7.692, autocorrelation time 973 steps, effective sample "
                       "size 1.08e+06\n"))
      << text;
}

TEST(ResultTable, FitsNarrowTerminalsAndHasColoursOnlyIfAsked) {
  std::istringstream lines(result_table(synthetic_result(), Terminal{false, false, 80}));
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(display_width(line), 80u) << line;
    EXPECT_FALSE(contains(line, "\033"));
  }
  EXPECT_TRUE(contains(result_table(synthetic_result(), Terminal{true, true, 80}), "\033[31mrejected\033[0m"));
}

TEST(PredictionsTable, ShowsNumbersOrTheReason) {
  const std::string text = predictions_table(synthetic_result().predictions, Terminal{false, false, 120});
  EXPECT_TRUE(contains(text, "T = 0.05, beta = 20, ln Z = -1.25")) << text;
  EXPECT_TRUE(contains(text, "not applicable: no temperature gives the measured mean loss")) << text;
}

}  // namespace
}  // namespace isotherm::output
