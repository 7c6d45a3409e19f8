#include "experiment/run.hpp"
#include "isotherm/isotherm.hpp"
#include "verdict/outcome_word.hpp"

namespace isotherm {
namespace {

std::optional<Measured> measured(const std::optional<verdict::Estimate>& estimate) {
  if (!estimate) return std::nullopt;
  return Measured{estimate->value, estimate->standard_error};
}

}  // namespace

Outcome measure_temperature(const Experiment& experiment, const Control& control) {
  Result result;
  try {
    result = run(experiment, control);
  } catch (const Stopped& stopped) {
    throw MeasurementStopped(stopped.what());
  }
  Outcome outcome;
  const verdict::AlphaEstimates& alpha = result.verdict.alpha;
  outcome.alpha = {measured(alpha.maximum_likelihood), measured(alpha.virial), measured(alpha.corrected_virial),
                   measured(alpha.configurational)};
  for (const verdict::Comparison& comparison : result.verdict.comparisons)
    outcome.agreements.push_back({comparison.observable, comparison.prediction, comparison.distance.total_variation,
                                  comparison.floor.total_variation, comparison.p_value});
  for (const auto& [prediction, judged] : result.verdict.outcome) outcome.verdict[prediction] = verdict::word(judged);
  outcome.statement = std::move(result.verdict.statement);
  outcome.warnings = std::move(result.warnings);
  outcome.experiment = std::move(result.experiment);
  outcome.measurement = std::move(result.measurement);
  return outcome;
}

}  // namespace isotherm
