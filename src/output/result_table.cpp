#include "output/result_table.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "output/number.hpp"
#include "output/quantiles.hpp"
#include "output/result_json.hpp"
#include "output/standard_errors.hpp"
#include "output/text_table.hpp"
#include "verdict/irreversibility.hpp"
#include "verdict/outcome_word.hpp"

namespace isotherm::output {
namespace {

using Align = TextTable::Align;

constexpr const char* bold = "1";
constexpr std::size_t most_rows = 12;  ///< of observables; the rest is in result.json

const char* sgr(verdict::Outcome outcome) {
  switch (outcome) {
    case verdict::Outcome::consistent:
      return "32";
    case verdict::Outcome::rejected:
      return "31";
    case verdict::Outcome::not_applicable:
      break;
  }
  return "2";
}

std::string optional_text(const std::optional<double>& value, int digits = 6) {
  return value ? rounded(*value, digits) : "";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void add_once(std::vector<std::string>& words, const std::string& word) {
  if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
}

std::string heading(const std::string& text, const Terminal& terminal) {
  return '\n' + terminal.styled(text, bold) + '\n';
}

std::string what_ran(const Result& result, const Terminal& terminal) {
  const Experiment& experiment = result.experiment;
  const Measurement& measurement = result.measurement;
  const Execution& execution = result.execution;
  std::string ensemble = grouped(measurement.particles) + " particles, " + grouped(measurement.burn_in) +
                         " steps of burn-in and " + grouped(measurement.steps) + " steps, " +
                         grouped(measurement.samples) + " samples of each particle";
  std::string machine = execution.backend;
  for (const std::string& part : {execution.device, execution.simd}) {
    if (!part.empty()) machine += ", " + part;
  }
  if (execution.backend == "cpu") {
    machine += ", " + std::to_string(execution.threads) + (execution.threads == 1 ? " thread" : " threads");
  }
  machine += ", " + execution.precision + ": " + duration(execution.wall_seconds);
  if (execution.wall_seconds > 0) {
    machine +=
        ", " + rounded(static_cast<double>(execution.particle_steps) / execution.wall_seconds, 3) + " particle-steps/s";
  }
  constexpr std::size_t longest_title = 400;
  const std::string& known_as = result.scales.known_as;
  std::string title = experiment.dynamics + (known_as.empty() ? "" : " (" + known_as + ")") + " on " + experiment.loss;
  if (title.size() > longest_title) title = title.substr(0, longest_title) + " ...";
  return terminal.styled(title, bold) + '\n' + wrapped(ensemble, terminal.width, "  ") +
         wrapped(machine, terminal.width, "  ");
}

/// "alpha eta sigma^2", or "2 alpha T_eff, T_eff = eta sigma^2 / (2 (1 - mu))".
std::string temperature_text(const verdict::Scales& scales) {
  if (scales.unit_in_words() == "eta sigma^2") return "alpha eta sigma^2";
  return "2 alpha T_eff, T_eff = " + scales.temperature_formula;
}

/// T, beta, alpha, eta and sigma belong together: each alone is read with somebody else's convention.
std::string scales_table(const Result& result, const Terminal& terminal) {
  const verdict::Scales& scales = result.scales;
  TextTable table;
  std::vector<std::string> cells;
  const auto add = [&](const std::string& title, const std::string& value) {
    table.column(title);
    cells.push_back(value);
  };
  const double temperature = 2 * scales.reference_alpha * scales.temperature;
  if (temperature > 0) {
    add("T", rounded(temperature, 6));
    add("beta = 1/T", rounded(1 / temperature, 6));
    add("alpha", rounded(scales.reference_alpha, 6));
  }
  if (scales.eta > 0) add(scales.scheduled ? "eta at the end" : "eta", rounded(scales.eta, 6));
  if (scales.step > 0 && scales.step != scales.eta) add("dt", rounded(scales.step, 6));
  for (const auto& [name, value] : scales.entering) add(name, value);
  if (scales.sigma) {
    add("sigma", rounded(*scales.sigma, 6));
  } else if (!result.experiment.covariance.empty()) {
    add("covariance", result.experiment.covariance);
  } else if (!result.experiment.sigma.empty()) {
    add("sigma", result.experiment.sigma);
  }
  table.row(std::move(cells));
  if (!(temperature > 0)) return heading("Scales", terminal) + table.text(terminal.width);
  return heading("Gibbs density exp(-L/T)/Z with T = " + temperature_text(scales), terminal) +
         table.text(terminal.width);
}

/// The Gibbs law's moments of an observable.
struct Expected {
  std::optional<double> mean, variance;
};

/// Quadrature leaves a mean of 1e-17 where symmetry says 0.
Expected centred(Expected expected) {
  constexpr double rounding = 1e-12;
  if (expected.mean && expected.variance && std::abs(*expected.mean) < rounding * std::sqrt(*expected.variance))
    expected.mean = 0;
  return expected;
}

Expected gibbs_moments(const Result& result, const std::string& observable) {
  for (const theory::Prediction& prediction : result.predictions) {
    if (prediction.name != "gibbs" || !prediction.not_applicable.empty()) continue;
    if (observable == "loss") return centred({prediction.loss.mean, prediction.loss.variance});
    for (std::size_t c = 0; c < prediction.coordinates.size() && c < prediction.marginals.size(); ++c) {
      const theory::Marginal& marginal = prediction.marginals[c];
      if (prediction.coordinates[c] == observable) return centred({marginal.mean, marginal.variance});
    }
    // Velocities are normal of variance T / mass, so the kinetic energy is a sum of D squares of mean T / 2.
    const double t = 2 * result.scales.reference_alpha * result.scales.temperature;
    const auto mass = result.scales.velocity_mass.find(observable);
    if (mass != result.scales.velocity_mass.end()) return {0.0, t / mass->second};
    const auto degrees = static_cast<double>(result.scales.velocity_mass.size());
    if (observable == "kinetic" && degrees > 0) return {degrees * t / 2, degrees * t * t / 2};
  }
  return {};
}

/// Of a law without variance: where its particles are.
std::string quantiles_table(const Result& result, const Terminal& terminal) {
  const Snapshot& last = result.measurement.last();
  constexpr const char* keys[] = {"0.01", "0.25", "0.5", "0.75", "0.99"};
  TextTable table;
  table.column("");
  for (const char* key : keys) table.column(std::string(key) + " quantile", Align::right);
  for (const SnapshotObservable& observable : last.observables) {
    if (!(observable.total.count > 0) ||
        &observable - last.observables.data() >= static_cast<std::ptrdiff_t>(most_rows))
      continue;
    std::vector<std::string> cells = {observable.name};
    const std::vector<Quantile> known = quantiles(observable);
    for (const std::string key : keys) {
      const auto found = std::find_if(known.begin(), known.end(), [&](const Quantile& q) { return q.key == key; });
      cells.push_back(found == known.end() ? "" : with_error(found->value, found->standard_error));
    }
    table.row(std::move(cells));
  }
  return heading("Quantiles at step " + grouped(last.step) + "; there are no variances", terminal) +
         table.text(terminal.width);
}

/// The tails that are so heavy that a fourth moment may be missing.
std::string tails_text(const Result& result, const Terminal& terminal) {
  constexpr double fourth = 4;
  constexpr std::size_t most = 4;
  std::vector<std::string> parts;
  for (const verdict::CoordinateTail& tail : result.verdict.tails) {
    const TailIndex& index = tail.index;
    if (index.value - 2 * index.standard_error > fourth || parts.size() == most) continue;
    parts.push_back(tail.coordinate + " " + with_error(index.value, index.standard_error) + " (the " +
                    grouped(index.used) + " farthest of " + grouped(index.of) + ")");
  }
  return parts.empty() ? "" : wrapped("tail index by Hill's estimator: " + joined(parts), terminal.width, "  ");
}

std::string moments_table(const Result& result, const Terminal& terminal) {
  if (!result.scales.no_variance.empty() || result.verdict.has_no_variance())
    return quantiles_table(result, terminal) + tails_text(result, terminal);
  const Snapshot& last = result.measurement.last();
  TextTable table;
  table.column("");
  table.column("mean", Align::right);
  table.column("gibbs", Align::right, 2);
  table.column("variance", Align::right);
  table.column("gibbs", Align::right, 2);
  table.column("skewness", Align::right, 3);
  table.column("excess kurtosis", Align::right, 3);
  std::size_t hidden = 0;
  for (const SnapshotObservable& observable : last.observables) {
    const MomentSum& sum = observable.total;
    if (!(sum.count > 0) || observable.name == "acceptance") continue;
    if (&observable - last.observables.data() >= static_cast<std::ptrdiff_t>(most_rows) && observable.name != "loss") {
      ++hidden;
      continue;
    }
    const Expected expected = gibbs_moments(result, observable.name);
    table.row({observable.name, with_error(sum.mean, mean_standard_error(sum).value_or(0)),
               optional_text(expected.mean), with_error(sum.variance(), variance_standard_error(sum).value_or(0)),
               optional_text(expected.variance), rounded(sum.skewness(), 4), rounded(sum.excess_kurtosis(), 4)});
  }
  if (table.empty()) return "";
  std::string place = "Moments at step " + grouped(last.step);
  if (result.scales.scheduled) place += ", time " + rounded(last.time, 6) + " (the sum of the learning rates)";
  std::string text = heading(place, terminal) + table.text(terminal.width);
  if (hidden > 0) text += "  and " + std::to_string(hidden) + " more in result.json\n";
  text += tails_text(result, terminal);
  if (const auto rate = verdict::acceptance_rate(last))
    text += "  acceptance " + with_error(rate->value, rate->standard_error) + " of the proposals\n";
  return text;
}

std::string alpha_table(const Result& result, const Terminal& terminal) {
  const double reference = result.scales.reference_alpha;
  TextTable table;
  table.column("");
  table.column("alpha", Align::right);
  table.column("from " + rounded(reference, 6) + " in standard errors", Align::right, 1);
  const auto add = [&](const char* name, const std::optional<verdict::Estimate>& estimate) {
    if (!estimate) return;
    const double error = estimate->standard_error;
    table.row(
        {name, with_error(estimate->value, error), error > 0 ? rounded((estimate->value - reference) / error, 3) : ""});
  };
  const verdict::AlphaEstimates& alpha = result.verdict.alpha;
  add("maximum likelihood", alpha.maximum_likelihood);
  add("virial", alpha.virial);
  add("corrected virial", alpha.corrected_virial);
  add("configurational", alpha.configurational);
  add("kinetic", alpha.kinetic);
  if (table.empty()) return "";
  const std::string unit = result.scales.unit_in_words();
  const std::string formula = unit == "2 T_eff" ? ", T_eff = " + result.scales.temperature_formula : "";
  return heading("Temperature, as alpha = T / (" + unit + ")" + formula, terminal) + table.text(terminal.width);
}

std::string sentence(const std::string& question, const verdict::TemperatureTest& test, const Terminal& terminal) {
  std::string text = question + ": " + word(test.outcome);
  if (test.p_value) {
    const std::string p = *test.p_value == 0 && test.log10_p_value ? "10^" + rounded(std::floor(*test.log10_p_value), 6)
                                                                   : rounded(*test.p_value, 3);
    text += " (chi-squared " + rounded(*test.chi_squared, 4) + " at " + rounded(*test.degrees_of_freedom, 6) +
            (*test.degrees_of_freedom == 1 ? " degree" : " degrees") + " of freedom, p-value " + p + ")";
  }
  if (!test.reason.empty()) text += ": " + test.reason;
  return wrapped(text, terminal.width, "  ");
}

std::string coordinate_temperatures_table(const Result& result, const Terminal& terminal) {
  const verdict::CoordinateTemperatures& temperatures = result.verdict.temperatures;
  if (temperatures.by_coordinate.empty()) return "";
  constexpr std::size_t few = 8;
  TextTable table;
  table.column("");
  table.column("temperature", Align::right);
  table.column("expected", Align::right);
  table.column("apart in standard errors", Align::right, 1);
  const auto add = [&](const verdict::CoordinateTemperature& t) {
    const verdict::Estimate& estimate = t.temperature;
    table.row({t.coordinate, with_error(estimate.value, estimate.standard_error), optional_text(t.expected),
               t.expected ? rounded((estimate.value - *t.expected) / estimate.standard_error, 3) : ""});
  };
  const std::vector<verdict::CoordinateTemperature>& all = temperatures.by_coordinate;
  if (all.size() <= few) {
    for (const verdict::CoordinateTemperature& t : all) add(t);
  } else {
    const auto colder = [](const auto& a, const auto& b) { return a.temperature.value < b.temperature.value; };
    const auto [coldest, hottest] = std::minmax_element(all.begin(), all.end(), colder);
    add(*coldest);
    add(*hottest);
  }
  std::string text = heading("Temperature by coordinate (" + temperatures.method + ")", terminal);
  text += table.text(terminal.width);
  if (all.size() > few)
    text += "  the coldest and the hottest of " + std::to_string(all.size()) + "; the others are in result.json\n";
  text += sentence("one temperature", temperatures.one, terminal);
  if (temperatures.expected.p_value) text += sentence("the expected temperatures", temperatures.expected, terminal);
  return text;
}

std::string beside_floor(double distance, double floor) {
  return rounded(distance, 3) + " (" + rounded(floor, 2) + ")";
}

std::string beside_floor(const std::optional<double>& distance, const std::optional<double>& floor) {
  return distance && floor ? beside_floor(*distance, *floor) : "";
}

/// A p-value, by its logarithm where it is too small for a double.
std::string p_value_text(const verdict::Comparison& comparison) {
  if (comparison.p_value && *comparison.p_value == 0 && comparison.log10_p_value) {
    return "10^" + rounded(std::floor(*comparison.log10_p_value), 6);
  }
  return optional_text(comparison.p_value, 3);
}

/// Each reason once, with the predictions and observables that it holds for (those, if not all).
std::string reasons_text(std::vector<verdict::Comparison> comparisons, const Terminal& terminal) {
  // Of those that compare nothing at all, two are missed: the rest are for other losses and rules.
  const std::vector<verdict::Comparison> everything = comparisons;
  std::erase_if(comparisons, [&](const verdict::Comparison& comparison) {
    const std::string& name = comparison.prediction;
    return !name.starts_with("gibbs") && name != "exact-chain" &&
           std::none_of(everything.begin(), everything.end(), [&](const verdict::Comparison& other) {
             return other.prediction == name && !std::isnan(other.distance.kl_divergence);
           });
  });
  std::vector<std::string> reasons, all;
  for (const verdict::Comparison& comparison : comparisons) {
    add_once(all, comparison.observable);
    const bool known = std::find(reasons.begin(), reasons.end(), comparison.reason) != reasons.end();
    if (!comparison.reason.empty() && !known) reasons.push_back(comparison.reason);
  }
  std::string text;
  for (const std::string& reason : reasons) {
    std::vector<std::string> predictions, observables;
    for (const verdict::Comparison& comparison : comparisons) {
      if (comparison.reason != reason) continue;
      add_once(predictions, comparison.prediction);
      add_once(observables, comparison.observable);
    }
    const std::string where = observables.size() == all.size() ? "" : " on " + joined(observables);
    text += wrapped(joined(predictions) + where + ": " + reason, terminal.width, "  ");
  }
  return text;
}

std::string comparisons_table(const Result& result, const Terminal& terminal) {
  TextTable table;
  table.column("observable");
  table.column("prediction");
  table.column("KL", Align::right, 1);
  table.column("total variation", Align::right, 2);
  table.column("Kolmogorov-Smirnov", Align::right, 4);
  table.column("Wasserstein-1", Align::right, 3);
  table.column("p-value", Align::right);
  table.column("verdict");
  for (const verdict::Comparison& comparison : result.verdict.comparisons) {
    const verdict::Distances &distance = comparison.distance, &floor = comparison.floor;
    if (std::isnan(distance.kl_divergence)) continue;
    table.row({comparison.observable, comparison.prediction, beside_floor(distance.kl_divergence, floor.kl_divergence),
               comparison.moments ? "" : beside_floor(distance.total_variation, floor.total_variation),
               beside_floor(distance.kolmogorov_smirnov, floor.kolmogorov_smirnov),
               beside_floor(distance.wasserstein_1, floor.wasserstein_1), p_value_text(comparison),
               terminal.styled(word(comparison.outcome), sgr(comparison.outcome))});
  }
  const std::string reasons = reasons_text(result.verdict.comparisons, terminal);
  if (table.empty()) return reasons.empty() ? "" : heading("Not compared", terminal) + reasons;
  return heading("Distance from each prediction (in brackets: what sampling noise alone gives)", terminal) +
         table.text(terminal.width) + reasons;
}

std::string gradient_noise_text(const std::optional<gradient_noise::GradientNoise>& noise, const Terminal& terminal) {
  if (!noise) return "";
  return heading("Gradient noise of the examples", terminal) + wrapped(noise->sentence(), terminal.width, "  ");
}

std::string diagnostics_text(const Result& result, const Terminal& terminal) {
  const verdict::Diagnostics& diagnostics = result.verdict.diagnostics;
  std::vector<std::string> parts;
  if (diagnostics.mixed)
    parts.emplace_back(!*diagnostics.mixed             ? "not mixed"
                       : diagnostics.mixed_by_symmetry ? "mixed by the symmetric start"
                                                       : "mixed");
  if (diagnostics.burn_in_sufficient)
    parts.emplace_back(*diagnostics.burn_in_sufficient ? "burn-in sufficient" : "burn-in too short");
  if (diagnostics.r_hat) parts.push_back("R-hat " + rounded(*diagnostics.r_hat, 4));
  if (diagnostics.nested_r_hat) parts.push_back("nested R-hat " + rounded(*diagnostics.nested_r_hat, 4));
  if (diagnostics.autocorrelation_time)
    parts.push_back("autocorrelation time " + rounded(*diagnostics.autocorrelation_time, 3) + " steps");
  if (diagnostics.effective_sample_size)
    parts.push_back("effective sample size " + rounded(*diagnostics.effective_sample_size, 3));
  constexpr double clearly = 5;  // standard errors
  if (result.measurement.pairs)
    if (const auto found = verdict::measure_irreversibility(*result.measurement.pairs);
        found && std::abs(found->circulation.value) > clearly * found->circulation.standard_error)
      parts.push_back("probability circulates by " +
                      with_error(found->circulation.value, found->circulation.standard_error) +
                      " per step, entropy production " +
                      with_error(found->entropy_production.value, found->entropy_production.standard_error));
  if (parts.empty()) return "";
  return heading("Diagnostics", terminal) + wrapped(joined(parts), terminal.width, "  ");
}

std::string prediction_text(const theory::Prediction& prediction, const Terminal& terminal) {
  std::string text = terminal.styled(prediction.name, bold) + '\n';
  if (!prediction.not_applicable.empty()) {
    return text + wrapped("not applicable: " + prediction.not_applicable, terminal.width, "  ");
  }
  if (prediction.temperature) {
    text += "  T = " + rounded(*prediction.temperature, 10) + ", beta = " + rounded(1 / *prediction.temperature, 10);
    if (prediction.log_partition_function) text += ", ln Z = " + rounded(*prediction.log_partition_function, 12);
    text += '\n';
  }
  TextTable table;
  table.column("");
  table.column("mean", Align::right);
  table.column("variance", Align::right);
  table.column("second moment", Align::right, 2);
  for (const char* key : {"0.01", "0.25", "0.5", "0.75", "0.99"}) {
    table.column(std::string(key) + " quantile", Align::right, 3);
  }
  const auto add = [&](const std::string& name, const theory::Marginal& marginal) {
    const auto quantile = [&](const char* key) {
      const auto found = marginal.quantiles.find(key);
      return found == marginal.quantiles.end() ? "" : rounded(found->second, 6);
    };
    table.row({name, optional_text(marginal.mean, 10), optional_text(marginal.variance, 10),
               optional_text(marginal.second_moment, 10), quantile("0.01"), quantile("0.25"), quantile("0.5"),
               quantile("0.75"), quantile("0.99")});
  };
  for (std::size_t c = 0; c < prediction.coordinates.size() && c < prediction.marginals.size() && c < most_rows; ++c) {
    add(prediction.coordinates[c], prediction.marginals[c]);
  }
  for (const auto& [name, marginal] : prediction.own_rows) add(name, marginal);
  if (prediction.loss.mean || !prediction.loss.quantiles.empty()) add("loss", prediction.loss);
  text += table.text(terminal.width);
  const auto line = [&](const char* label, const std::optional<double>& value) {
    if (value) text += "  " + std::string(label) + ' ' + rounded(*value, 10) + '\n';
  };
  line("alpha by maximum likelihood", prediction.alpha_maximum_likelihood);
  line("alpha by corrected virial", prediction.alpha_corrected_virial);
  line("relaxation rate per step", prediction.relaxation_rate);
  line("stationary variance for learning rates below", prediction.largest_rate);
  if (prediction.mean_error && prediction.covariance_error && *prediction.covariance_error > 0)
    text += "  its own error: " +
            (*prediction.covariance_error >= 1
                 ? std::string("the law is too wide for it")
                 : "about " + rounded(*prediction.mean_error, 2) + " standard deviations of the mean, " +
                       rounded(100 * *prediction.covariance_error, 2) + " % of variances") +
            '\n';
  if (prediction.epoch) {
    text += "  after " + grouped(prediction.epoch->position) + " of the " + grouped(prediction.epoch->updates) +
            " updates of an epoch\n";
    line("alpha on average over the epoch", prediction.epoch->alpha);
  }
  line("mean first passage time", prediction.mean_first_passage_time);
  line("Kramers' rate", prediction.kramers_rate);
  line("circulation per step", prediction.circulation);
  line("entropy production per step", prediction.entropy_production);
  if (prediction.coordinates.size() > most_rows) {
    text += "  and " + std::to_string(prediction.coordinates.size() - most_rows) + " more coordinates with --json\n";
  }
  return text;
}

}  // namespace

std::string result_table(const Result& result, const Terminal& terminal, const std::string& drawing) {
  return what_ran(result, terminal) + scales_table(result, terminal) + moments_table(result, terminal) +
         alpha_table(result, terminal) + coordinate_temperatures_table(result, terminal) +
         gradient_noise_text(result.gradient_noise, terminal) + comparisons_table(result, terminal) +
         diagnostics_text(result, terminal) + '\n' + drawing + (drawing.empty() ? "" : "\n") +
         wrapped(result.verdict.statement, terminal.width);
}

std::string predictions_table(const std::vector<theory::Prediction>& predictions, const Terminal& terminal,
                              const std::optional<gradient_noise::GradientNoise>& noise) {
  std::string text;
  for (const theory::Prediction& prediction : predictions) {
    text += (text.empty() ? "" : "\n") + prediction_text(prediction, terminal);
  }
  text += gradient_noise_text(noise, terminal);
  return text;
}

}  // namespace isotherm::output
