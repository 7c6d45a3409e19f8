#include "output/result_json.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "output/gradient_noise_json.hpp"
#include "output/number.hpp"
#include "output/quantiles.hpp"
#include "output/standard_errors.hpp"
#include "verdict/coordinate_temperature.hpp"
#include "verdict/irreversibility.hpp"
#include "verdict/outcome_word.hpp"

namespace isotherm::output {
namespace {

using Json = nlohmann::ordered_json;

void put(Json& object, const char* key, const std::optional<double>& value) {
  if (value) object[key] = *value;
}

Json execution_json(const Execution& execution) {
  Json json = {{"version", execution.version},
               {"backend", execution.backend},
               {"device", execution.device},
               {"simd", execution.simd},
               {"threads", execution.threads},
               {"ranks", execution.ranks},
               {"precision", execution.precision},
               {"wall_seconds", execution.wall_seconds},
               {"particle_steps", execution.particle_steps}};
  if (execution.wall_seconds > 0) {
    json["particle_steps_per_second"] = static_cast<double>(execution.particle_steps) / execution.wall_seconds;
  }
  return json;
}

void put_quantiles(Json& json, const SnapshotObservable& observable) {
  Json values = Json::object(), errors = Json::object();
  for (const Quantile& quantile : quantiles(observable)) {
    values[quantile.key] = quantile.value;
    errors[quantile.key] = quantile.standard_error;
  }
  json["quantiles"] = std::move(values);
  json["quantiles_standard_errors"] = std::move(errors);
}

Json observable_json(const SnapshotObservable& observable) {
  const MomentSum& sum = observable.total;
  Json json = {{"mean", sum.mean}};
  put(json, "mean_standard_error", mean_standard_error(sum));
  json["second_moment"] = sum.raw_second();
  put(json, "second_moment_standard_error", second_moment_standard_error(sum));
  json["variance"] = sum.variance();
  put(json, "variance_standard_error", variance_standard_error(sum));
  json["fourth_moment"] = sum.raw_fourth();
  put(json, "fourth_moment_standard_error", fourth_moment_standard_error(observable.groups));
  json["skewness"] = sum.skewness();
  json["excess_kurtosis"] = sum.excess_kurtosis();
  put_quantiles(json, observable);
  return json;
}

/// Of what has no variance only quantiles are stated, and no moment of the loss either, which may grow like a square.
Json moments_json(const Snapshot& snapshot, const verdict::Scales& scales, const verdict::Verdict* verdict = nullptr) {
  Json json = Json::object();
  for (const SnapshotObservable& observable : snapshot.observables) {
    if (!(observable.total.count > 0)) continue;
    // Of the last snapshot a verdict tells what has no moments.
    const bool none = !scales.no_variance.empty() ||
                      (verdict != nullptr && (verdict->has_no_variance(observable.name) ||
                                              (observable.name == "loss" && verdict->has_no_variance())));
    if (none)
      put_quantiles(json[observable.name], observable);
    else
      json[observable.name] = observable_json(observable);
  }
  return json;
}

void find_not_finite(const Json& json, const std::string& place, Json& found) {
  if (json.is_number_float()) {
    const auto value = json.get<double>();
    if (!std::isfinite(value)) found[place] = shortest(value);
  }
  if (!json.is_structured()) return;
  for (const auto& [key, value] : json.items())
    find_not_finite(value, (Json::json_pointer(place) / key).to_string(), found);
}

/// Square matrix of `entry(i, j)`.
template <class Entry>
Json matrix_json(std::size_t size, const Entry& entry) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < size; ++i) {
    Json row = Json::array();
    for (std::size_t j = 0; j < size; ++j) row.push_back(entry(i, j));
    rows.push_back(std::move(row));
  }
  return rows;
}

void put_covariance(Json& object, const Snapshot& snapshot) {
  const ComomentSum& sum = snapshot.coordinates;
  if (!(sum.count > 1)) return;
  object["covariance"] =
      matrix_json(sum.size(), [&](std::size_t i, std::size_t j) { return Json(sum.covariance(i, j)); });
  if (covariance_standard_error(snapshot.coordinate_groups, sum, 0, 0)) {
    object["covariance_standard_errors"] = matrix_json(sum.size(), [&](std::size_t i, std::size_t j) {
      return Json(*covariance_standard_error(snapshot.coordinate_groups, sum, i, j));
    });
  }
}

Json alpha_json(const verdict::AlphaEstimates& alpha) {
  Json json = Json::object();
  const auto put_estimate = [&](const char* key, const std::optional<verdict::Estimate>& estimate) {
    if (estimate) json[key] = {{"estimate", estimate->value}, {"standard_error", estimate->standard_error}};
  };
  put_estimate("maximum_likelihood", alpha.maximum_likelihood);
  put_estimate("virial", alpha.virial);
  put_estimate("corrected_virial", alpha.corrected_virial);
  put_estimate("configurational", alpha.configurational);
  put_estimate("kinetic", alpha.kinetic);
  return json;
}

Json temperature_test_json(const verdict::TemperatureTest& test) {
  Json json = Json::object();
  put(json, "chi_squared", test.chi_squared);
  put(json, "degrees_of_freedom", test.degrees_of_freedom);
  put(json, "p_value", test.p_value);
  put(json, "log10_p_value", test.log10_p_value);
  json["outcome"] = word(test.outcome);
  if (!test.reason.empty()) json["reason"] = test.reason;
  return json;
}

void put_coordinates(Json& object, const verdict::CoordinateTemperatures& temperatures) {
  if (temperatures.by_coordinate.empty()) return;
  object["method"] = temperatures.method;
  Json list = Json::array();
  for (const verdict::CoordinateTemperature& entry : temperatures.by_coordinate) {
    Json json = {{"coordinate", entry.coordinate},
                 {"temperature", entry.temperature.value},
                 {"standard_error", entry.temperature.standard_error}};
    put(json, "expected", entry.expected);
    list.push_back(std::move(json));
  }
  object["by_coordinate"] = std::move(list);
}

Json temperature_json(const verdict::Scales& scales, const verdict::AlphaEstimates& alpha,
                      const verdict::CoordinateTemperatures& temperatures) {
  Json json = {{"reference_alpha", scales.reference_alpha}};
  if (scales.temperature > 0) {
    json["effective_temperature"] = scales.temperature;
    json["effective_temperature_formula"] = scales.temperature_formula;
  }
  json["alpha"] = alpha_json(alpha);
  put_coordinates(json, temperatures);
  return json;
}

Json snapshots_json(const Result& result, const theory::GibbsFamily* family) {
  Json json = Json::array();
  const std::vector<std::uint64_t>& requested = result.experiment.snapshots;
  for (const Snapshot& snapshot : result.measurement.snapshots) {
    if (std::find(requested.begin(), requested.end(), snapshot.step) == requested.end()) continue;
    Json entry = {{"step", snapshot.step}, {"time", snapshot.time}, {"moments", moments_json(snapshot, result.scales)}};
    if (result.scales.no_variance.empty()) put_covariance(entry, snapshot);
    entry["temperature"] = temperature_json(result.scales, verdict::estimate_alpha(snapshot, family, result.scales),
                                            verdict::coordinate_temperatures(snapshot, result.scales));
    entry["nonfinite"] = snapshot.nonfinite;
    json.push_back(std::move(entry));
  }
  return json;
}

void put_distances(Json& object, const verdict::Distances& distances) {
  object["kl_divergence"] = distances.kl_divergence;
  if (!std::isnan(distances.total_variation)) object["total_variation"] = distances.total_variation;
  put(object, "kolmogorov_smirnov", distances.kolmogorov_smirnov);
  put(object, "wasserstein_1", distances.wasserstein_1);
}

Json comparison_json(const verdict::Comparison& comparison) {
  Json json = {{"observable", comparison.observable}, {"prediction", comparison.prediction}};
  const bool has_distances = !std::isnan(comparison.distance.kl_divergence);
  if (has_distances) {
    put_distances(json, comparison.distance);
    Json floor = Json::object();
    put_distances(floor, comparison.floor);
    json["floor"] = std::move(floor);
  }
  if (comparison.moments) {
    json["mean_deviation"] = comparison.moments->mean;
    json["covariance_deviation"] = comparison.moments->covariance;
  }
  put(json, "chi_squared", comparison.chi_squared);
  put(json, "degrees_of_freedom", comparison.degrees_of_freedom);
  put(json, "p_value", comparison.p_value);
  put(json, "log10_p_value", comparison.log10_p_value);
  if (!comparison.test.empty()) json["test"] = comparison.test;
  json["verdict"] = word(comparison.outcome);
  if (!comparison.reason.empty()) json["reason"] = comparison.reason;
  return json;
}

Json group_test_json(const verdict::GroupTest& test) {
  return {{"observable", test.observable},
          {"chi_squared", test.chi_squared},
          {"degrees_of_freedom", test.degrees_of_freedom},
          {"p_value", test.p_value}};
}

Json diagnostics_json(const verdict::Diagnostics& diagnostics) {
  Json json = Json::object();
  put(json, "r_hat", diagnostics.r_hat);
  put(json, "nested_r_hat", diagnostics.nested_r_hat);
  put(json, "autocorrelation_time", diagnostics.autocorrelation_time);
  put(json, "effective_sample_size", diagnostics.effective_sample_size);
  if (diagnostics.burn_in_sufficient) json["burn_in_sufficient"] = *diagnostics.burn_in_sufficient;
  if (diagnostics.mixed) json["mixed"] = *diagnostics.mixed;
  return json;
}

Json marginal_json(const theory::Marginal& marginal) {
  Json json = Json::object();
  put(json, "mean", marginal.mean);
  put(json, "second_moment", marginal.second_moment);
  put(json, "variance", marginal.variance);
  put(json, "fourth_moment", marginal.fourth_moment);
  Json values = Json::object();
  for (const auto& [key, level] : theory::quantile_levels()) {
    const auto found = marginal.quantiles.find(key);
    if (found != marginal.quantiles.end()) values[key] = found->second;
  }
  if (!values.empty()) json["quantiles"] = std::move(values);
  return json;
}

Json axis_json(const Axis& axis) {
  return {{"expression", axis.expression},
          {"bins", axis.bins},
          {"lower", axis.lower},
          {"upper", axis.upper},
          {"periodic", axis.periodic}};
}

Json probabilities_json(const std::vector<theory::BinProbabilities>& all) {
  Json json = Json::object();
  for (const theory::BinProbabilities& bins : all) {
    if (!bins.not_applicable.empty()) continue;
    Json axes = Json::array();
    for (const Axis& axis : bins.axes) axes.push_back(axis_json(axis));
    json[axes_name(bins.axes)] = {{"axes", std::move(axes)}, {"values", bins.probabilities}};
  }
  return json;
}

Json covariance_json(std::size_t dimension, const std::vector<double>& covariance) {
  return matrix_json(dimension, [&](std::size_t i, std::size_t j) { return Json(covariance[i * dimension + j]); });
}

Json epoch_json(const theory::EpochMoments& epoch, std::size_t dimension) {
  Json json = {{"updates", epoch.updates}, {"position", epoch.position}};
  if (!epoch.mean_covariance.empty()) json["mean_covariance"] = covariance_json(dimension, epoch.mean_covariance);
  put(json, "alpha", epoch.alpha);
  Json all = Json::array();
  for (const std::vector<double>& covariance : epoch.covariance_after)
    all.push_back(covariance_json(dimension, covariance));
  if (!all.empty()) json["covariance_after"] = std::move(all);
  return json;
}

}  // namespace

std::string axes_name(const std::vector<Axis>& axes) {
  std::string name;
  for (const Axis& axis : axes) name += (name.empty() ? "" : ",") + axis.expression;
  return name;
}

Json result_json(const Result& result, const Json& experiment, const Json& files, const theory::GibbsFamily* family) {
  const Measurement& measurement = result.measurement;
  const Snapshot& last = measurement.last();
  Json json = {
      {"schema", "isotherm-result/1"}, {"experiment", experiment}, {"execution", execution_json(result.execution)}};
  json["ensemble"] = {{"particles", measurement.particles},
                      {"burn_in", measurement.burn_in},
                      {"steps", measurement.steps},
                      {"samples", measurement.samples},
                      {"nonfinite", last.nonfinite}};
  if (measurement.first_nonfinite_step) {
    json["ensemble"]["first_nonfinite_step"] = *measurement.first_nonfinite_step;
  }
  json["moments"] = moments_json(last, result.scales, &result.verdict);
  if (result.scales.no_variance.empty() && !result.verdict.has_no_variance()) put_covariance(json, last);
  for (const verdict::CoordinateTail& tail : result.verdict.tails)
    json["tail_index"][tail.coordinate] = tail_index_json(tail.index);
  if (result.gradient_noise) json["gradient_noise"] = gradient_noise_json(*result.gradient_noise);
  json["temperature"] = temperature_json(result.scales, result.verdict.alpha, result.verdict.temperatures);
  if (result.scales.dimension > 1) {
    json["temperature"]["one_temperature"] = temperature_test_json(result.verdict.temperatures.one);
    json["temperature"]["expected_temperatures"] = temperature_test_json(result.verdict.temperatures.expected);
  }
  json["snapshots"] = snapshots_json(result, family);
  json["comparisons"] = Json::array();
  for (const verdict::Comparison& comparison : result.verdict.comparisons) {
    json["comparisons"].push_back(comparison_json(comparison));
  }
  json["group_tests"] = Json::array();
  for (const verdict::GroupTest& test : result.verdict.group_tests) {
    json["group_tests"].push_back(group_test_json(test));
  }
  json["diagnostics"] = diagnostics_json(result.verdict.diagnostics);
  if (result.measurement.pairs)
    if (const auto found = verdict::measure_irreversibility(*result.measurement.pairs)) {
      const auto estimate = [](const verdict::Estimate& value) {
        return Json{{"estimate", value.value}, {"standard_error", value.standard_error}};
      };
      json["irreversibility"] = {{"circulation", estimate(found->circulation)},
                                 {"entropy_production", estimate(found->entropy_production)}};
    }
  json["significance"] = {{"false_alarm_rate", result.verdict.significance},
                          {"p_value_threshold", result.verdict.threshold},
                          {"independent_particles", result.verdict.independent}};
  json["outcome"] = Json::object();
  for (const auto& [prediction, outcome] : result.verdict.outcome) json["outcome"][prediction] = word(outcome);
  json["statement"] = result.verdict.statement;
  json["warnings"] = result.warnings;
  json["files"] = files;
  json["not_finite"] = not_finite(json);
  return json;
}

Json prediction_json(const theory::Prediction& prediction) {
  Json json = {{"prediction", prediction.name}};
  if (!prediction.not_applicable.empty()) {
    json["not_applicable"] = prediction.not_applicable;
    put(json, "largest_rate", prediction.largest_rate);
    return json;
  }
  put(json, "temperature", prediction.temperature);
  Json coordinates = Json::object();
  for (std::size_t c = 0; c < prediction.coordinates.size() && c < prediction.marginals.size(); ++c) {
    coordinates[prediction.coordinates[c]] = marginal_json(prediction.marginals[c]);
  }
  json["coordinates"] = std::move(coordinates);
  Json loss = marginal_json(prediction.loss);
  if (!loss.empty()) json["loss"] = std::move(loss);
  if (!prediction.own_rows.empty()) {
    Json rows = Json::object();
    for (const auto& [name, marginal] : prediction.own_rows) rows[name] = marginal_json(marginal);
    json["own_rows"] = std::move(rows);
  }
  put(json, "log_partition_function", prediction.log_partition_function);
  Json alpha = Json::object();
  put(alpha, "maximum_likelihood", prediction.alpha_maximum_likelihood);
  put(alpha, "corrected_virial", prediction.alpha_corrected_virial);
  if (!alpha.empty()) json["alpha"] = std::move(alpha);
  put(json, "relaxation_rate", prediction.relaxation_rate);
  put(json, "largest_rate", prediction.largest_rate);
  if (prediction.mean_error && prediction.covariance_error)
    json["error"] = {{"mean", *prediction.mean_error}, {"covariance", *prediction.covariance_error}};
  if (prediction.epoch) json["epoch"] = epoch_json(*prediction.epoch, prediction.coordinates.size());
  put(json, "mean_first_passage_time", prediction.mean_first_passage_time);
  put(json, "kramers_rate", prediction.kramers_rate);
  put(json, "circulation", prediction.circulation);
  put(json, "entropy_production", prediction.entropy_production);
  const std::size_t dimension = prediction.coordinates.size();
  if (!prediction.covariance.empty()) {
    json["covariance"] = matrix_json(
        dimension, [&](std::size_t i, std::size_t j) { return Json(prediction.covariance[i * dimension + j]); });
  }
  return json;
}

Json not_finite(const Json& json) {
  Json found = Json::object();
  find_not_finite(json, "", found);
  return found;
}

Json predictions_json(const std::vector<theory::Prediction>& predictions,
                      const std::optional<gradient_noise::GradientNoise>& noise) {
  Json json = {{"predictions", Json::array()}};
  for (const theory::Prediction& prediction : predictions) {
    Json entry = prediction_json(prediction);
    Json probabilities = probabilities_json(prediction.bins);
    if (!probabilities.empty()) entry["probabilities"] = std::move(probabilities);
    for (const auto& [step, bins] : prediction.transients)
      entry["transients"].push_back({{"step", step}, {"probabilities", probabilities_json(bins)}});
    json["predictions"].push_back(std::move(entry));
  }
  if (noise) json["gradient_noise"] = gradient_noise_json(*noise);
  if (Json found = not_finite(json); !found.empty()) json["not_finite"] = std::move(found);
  return json;
}

}  // namespace isotherm::output
