#include "cli/sweep_report.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "cli/dry_run.hpp"
#include "cli/options.hpp"
#include "isotherm/core/error.hpp"
#include "output/number.hpp"
#include "output/result_json.hpp"
#include "output/text_table.hpp"

namespace isotherm::cli {
namespace {

using Json = nlohmann::ordered_json;
using Align = output::TextTable::Align;

constexpr std::size_t most_rows = 40;     ///< on a terminal
constexpr std::size_t most_planned = 64;  ///< of a dry run
const std::string error_suffix = "_standard_error";

/// Of one observable in result.json: what a table needs.
Json moments_json(const Json& moments) {
  Json kept = Json::object();
  for (const auto& [name, observable] : moments.items()) {
    Json& entry = kept[name] = Json::object();
    for (const char* key : {"mean", "mean_standard_error", "second_moment", "second_moment_standard_error", "variance",
                            "variance_standard_error", "skewness", "excess_kurtosis"})
      if (observable.contains(key)) entry[key] = observable[key];
  }
  return kept;
}

/// A value as a cell: text bare, numbers so that they read back to the same bits, what is not there empty.
std::string cell_text(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return output::shortest(value.get<double>());
  return value.dump();
}

std::string short_text(const Json& value) {
  return value.is_number_float() ? output::rounded(value.get<double>(), 6) : cell_text(value);
}

/// RFC 4180.
std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

/// A row's cells by the names of their columns, in order.
using Cells = std::vector<std::pair<std::string, Json>>;

Cells cells(const Json& row) {
  Cells list = {{"point", row["point"]}, {"replica", row["replica"]}};
  for (const auto& [name, value] : row["parameters"].items()) list.emplace_back(name, value);
  list.emplace_back("status", row["status"]);
  const auto add_entries = [&](const char* key, const std::string& prefix) {
    if (const auto found = row.find(key); found != row.end())
      for (const auto& [name, value] : found->items()) list.emplace_back(prefix + name, value);
  };
  add_entries("ensemble", "");
  if (const auto temperature = row.find("temperature"); temperature != row.end()) {
    if (temperature->contains("effective_temperature"))
      list.emplace_back("effective_temperature", (*temperature)["effective_temperature"]);
    if (const auto alpha = temperature->find("alpha"); alpha != temperature->end())
      for (const auto& [name, estimate] : alpha->items()) {
        list.emplace_back("alpha_" + name, estimate["estimate"]);
        list.emplace_back("alpha_" + name + error_suffix, estimate["standard_error"]);
      }
  }
  if (const auto moments = row.find("moments"); moments != row.end())
    for (const auto& [name, observable] : moments->items())
      for (const auto& [key, value] : observable.items()) list.emplace_back(name + '_' + key, value);
  add_entries("diagnostics", "");
  add_entries("outcome", "outcome_");
  list.emplace_back("reason", row.contains("reason") ? row["reason"] : Json());
  return list;
}

/// Rows may differ in what they have: each column stands after the one that it first was seen after.
std::string csv_text(std::size_t count, const std::function<std::optional<Cells>(std::size_t)>& row) {
  std::vector<std::string> names;
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < count; ++i) {
    const std::optional<Cells> found = row(i);
    if (!found) continue;
    std::size_t after = 0;
    for (const auto& [name, value] : *found) {
      if (const auto column = known.find(name); column != known.end()) {
        after = column->second + 1;
        continue;
      }
      names.insert(names.begin() + static_cast<std::ptrdiff_t>(after), name);
      ++after;
      for (std::size_t n = 0; n < names.size(); ++n) known[names[n]] = n;
    }
  }
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + csv_cell(name);
  text += '\n';
  for (std::size_t i = 0; i < count; ++i) {
    const std::optional<Cells> found = row(i);
    if (!found) continue;
    std::vector<std::string> line(names.size());
    for (const auto& [name, value] : *found) line[known.at(name)] = csv_cell(cell_text(value));
    for (std::size_t n = 0; n < line.size(); ++n) text += (n > 0 ? "," : "") + line[n];
    text += '\n';
  }
  return text;
}

/// What a point estimates, with its standard error where it has one.
struct Estimate {
  std::string name;
  double value;
  std::optional<double> error;
};

std::vector<Estimate> estimates(const Json& row) {
  std::vector<Estimate> list;
  const auto add = [&](const std::string& name, const Json& value, const Json& error) {
    if (value.is_number())
      list.push_back(
          {name, value.get<double>(), error.is_number() ? std::optional(error.get<double>()) : std::nullopt});
  };
  const Json alpha = row.value("/temperature/alpha"_json_pointer, Json::object());
  for (const auto& [name, estimate] : alpha.items())
    add("alpha_" + name, estimate["estimate"], estimate["standard_error"]);
  const Json moments = row.value("moments", Json::object());
  for (const auto& [name, observable] : moments.items())
    for (const auto& [key, value] : observable.items())
      if (!key.ends_with(error_suffix)) add(name + '_' + key, value, observable.value(key + error_suffix, Json()));
  return list;
}

/// Replicas that have ended well, put together; nothing where none has ended at all.
std::optional<Json> setting_json(const Sweep& sweep, std::size_t setting, const SweepRows& rows) {
  std::optional<Json> parameters;
  std::vector<std::vector<Estimate>> replicas;
  for (std::size_t r = 0; r < sweep.replicas(); ++r) {
    const std::optional<Json> row = rows(setting * sweep.replicas() + r);
    if (!row) continue;
    if (!parameters) parameters = (*row)["parameters"];
    if ((*row)["status"] == "done") replicas.push_back(estimates(*row));
  }
  if (!parameters) return std::nullopt;
  parameters->erase("seed");
  const auto n = static_cast<double>(replicas.size());
  Json combined = Json::object();
  for (const Estimate& first : replicas.empty() ? std::vector<Estimate>() : replicas.front()) {
    std::vector<double> values;
    double squared_error = 0;
    bool has_error = true;
    for (const std::vector<Estimate>& replica : replicas) {
      const auto found = std::find_if(replica.begin(), replica.end(),
                                      [&](const Estimate& estimate) { return estimate.name == first.name; });
      if (found == replica.end()) break;
      values.push_back(found->value);
      has_error = has_error && found->error;
      if (has_error) squared_error += *found->error * *found->error;
    }
    if (values.size() < replicas.size()) continue;
    double mean = 0, squares = 0;
    for (const double value : values) mean += value / n;
    for (const double value : values) squares += (value - mean) * (value - mean);
    Json& entry = combined[first.name] = {{"mean", mean}};
    if (has_error) entry["standard_error"] = std::sqrt(squared_error) / n;
    if (n > 1) entry["scatter"] = std::sqrt(squares / (n - 1) / n);
  }
  return Json{{"setting", setting},
              {"parameters", std::move(*parameters)},
              {"replicas", replicas.size()},
              {"estimates", std::move(combined)}};
}

std::string estimate_text(const Json& object, const char* value, const char* error) {
  if (!object.contains(value) || !object[value].is_number()) return "";
  const double standard_error = object.contains(error) && object[error].is_number() ? object[error].get<double>() : 0;
  return output::with_error(object[value].get<double>(), standard_error);
}

/// The best of the estimates of alpha that there are.
std::string alpha_text(const Json& row) {
  const Json alpha = row.value("/temperature/alpha"_json_pointer, Json::object());
  for (const char* name : {"maximum_likelihood", "corrected_virial", "virial", "configurational"})
    if (alpha.contains(name)) return estimate_text(alpha[name], "estimate", "standard_error");
  return "";
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// The plans of up to 64 points, evenly among all, and what they say of the whole.
struct SweepForecast {
  struct Point {
    std::size_t index;
    Experiment experiment;
    std::string refused;  ///< why there is no plan; then the rest is 0
    std::uint64_t particles, burn_in, steps;
  };

  explicit SweepForecast(const Sweep& sweep)
      : threads(sweep.base().threads != 0 ? sweep.base().threads : std::max(1u, std::thread::hardware_concurrency())) {
    const std::size_t planned = std::min(sweep.size(), most_planned);
    std::uint64_t largest = 0;
    for (std::size_t k = 0; k < planned; ++k) {
      Point point{k * sweep.size() / planned, {}, "", 0, 0, 0};
      point.experiment = sweep.point(point.index);
      point.experiment.threads = 1;
      try {
        const Plan plan = make_plan(point.experiment);
        point.particles = plan.simulation.particles;
        point.burn_in = plan.simulation.burn_in;
        point.steps = plan.simulation.steps;
        particle_steps += static_cast<double>(point.particles) * static_cast<double>(plan.simulation.last_step());
        largest = std::max(largest, memory_bytes(plan));
      } catch (const InputError& error) {
        point.refused = error.what();
      }
      points.push_back(std::move(point));
    }
    particle_steps *= static_cast<double>(sweep.size()) / static_cast<double>(planned);
    memory = largest * std::min<std::uint64_t>(threads, sweep.size());
  }

  std::uint64_t threads;
  std::vector<Point> points;
  double particle_steps = 0;  ///< of all points, burn-in included
  std::uint64_t memory = 0;   ///< bytes at most
};

}  // namespace

Json point_json(const batch::PointOutcome& outcome) {
  if (outcome.result == nullptr) {
    Json json = {{"status", "failed"}, {"reason", outcome.failure}};
    if (outcome.incidental) json["incidental"] = true;
    return json;
  }
  Json all = output::result_json(*outcome.result, Json::object(), Json::object(), outcome.plan->family.get());
  Json json = {{"status", "done"}, {"ensemble", std::move(all["ensemble"])}};
  json["temperature"] = std::move(all["temperature"]);
  json["moments"] = moments_json(all["moments"]);
  for (const char* key : {"diagnostics", "outcome", "statement", "warnings"}) json[key] = std::move(all[key]);
  if (Json found = output::not_finite(json); !found.empty()) json["not_finite"] = std::move(found);
  return json;
}

std::string sweep_json(const Sweep& sweep, const SweepRows& rows) {
  std::string points;
  std::size_t done = 0, failed = 0;
  for (std::size_t i = 0; i < sweep.size(); ++i) {
    const std::optional<Json> row = rows(i);
    if (!row) continue;
    ++((*row)["status"] == "done" ? done : failed);
    points += (points.empty() ? "\n" : ",\n") + row->dump();
  }
  Json head = {{"schema", "isotherm-sweep/1"},
               {"version", ISOTHERM_VERSION},
               {"experiment", experiment_json(sweep.base())},
               {"sweep",
                {{"parameters", sweep.parameters()},
                 {"derived", sweep.derived_json()},
                 {"replicas", sweep.replicas()},
                 {"predictions", word(sweep.predictions())},
                 {"points", sweep.size()},
                 {"done", done},
                 {"failed", failed}}}};
  if (sweep.report()) head["sweep"]["report"] = *sweep.report();
  std::string text = head.dump(1);
  text.resize(text.rfind('\n'));  // its closing brace comes after the points
  text += ",\n \"points\": [" + points + "\n ]";
  if (sweep.replicas() > 1) {
    std::string settings;
    for (std::size_t s = 0; s < sweep.settings(); ++s)
      if (const std::optional<Json> setting = setting_json(sweep, s, rows))
        settings += (settings.empty() ? "\n" : ",\n") + setting->dump();
    text += ",\n \"settings\": [" + settings + "\n ]";
  }
  return text + "\n}\n";
}

std::string sweep_csv(const Sweep& sweep, const SweepRows& rows) {
  return csv_text(sweep.size(), [&](std::size_t i) -> std::optional<Cells> {
    const std::optional<Json> row = rows(i);
    return row ? std::optional(cells(*row)) : std::nullopt;
  });
}

std::string settings_csv(const Sweep& sweep, const SweepRows& rows) {
  return csv_text(sweep.settings(), [&](std::size_t setting) -> std::optional<Cells> {
    const std::optional<Json> found = setting_json(sweep, setting, rows);
    if (!found) return std::nullopt;
    Cells list = {{"setting", (*found)["setting"]}};
    for (const auto& [name, value] : (*found)["parameters"].items()) list.emplace_back(name, value);
    list.emplace_back("replicas", (*found)["replicas"]);
    for (const auto& [name, estimate] : (*found)["estimates"].items()) {
      list.emplace_back(name, estimate["mean"]);
      for (const char* key : {"standard_error", "scatter"})
        if (estimate.contains(key)) list.emplace_back(name + '_' + key, estimate[key]);
    }
    return list;
  });
}

std::string sweep_table(const Sweep& sweep, const SweepRows& rows, const output::Terminal& terminal) {
  output::TextTable table;
  table.column("point", Align::right);
  for (const std::string& name : sweep.parameters()) table.column(name, Align::right);
  table.column("alpha", Align::right);
  table.column("mean", Align::right, 2);
  table.column("variance", Align::right, 1);
  table.column("mean loss", Align::right, 1);
  table.column("gibbs", Align::left, 3);
  table.column("");
  std::size_t shown = 0, ended = 0;
  for (std::size_t i = 0; i < sweep.size(); ++i) {
    const std::optional<Json> row = rows(i);
    if (!row) continue;
    ++ended;
    if (shown == most_rows) continue;
    ++shown;
    std::vector<std::string> line = {std::to_string(i)};
    for (const std::string& name : sweep.parameters()) line.push_back(short_text((*row)["parameters"][name]));
    const Json moments = row->value("moments", Json::object());
    const Json first = moments.empty() ? Json::object() : *moments.begin();
    const Json loss = moments.value("loss", Json::object());
    const Json outcome = row->value("outcome", Json::object());
    line.push_back(alpha_text(*row));
    line.push_back(estimate_text(first, "mean", "mean_standard_error"));
    line.push_back(estimate_text(first, "variance", "variance_standard_error"));
    line.push_back(estimate_text(loss, "mean", "mean_standard_error"));
    line.push_back(outcome.value("gibbs", ""));
    line.push_back(row->contains("reason") ? "failed" : "");
    table.row(std::move(line));
  }
  std::string text = table.text(terminal.width, terminal.colour ? "1" : "");
  if (ended > shown)
    text += "  ... and " + output::grouped(ended - shown) + " more, in " + sweep.base().output + "/sweep.csv\n";
  return text;
}

nlohmann::ordered_json sweep_dry_run_json(const Sweep& sweep) {
  const SweepForecast forecast(sweep);
  Json points = Json::array();
  for (const SweepForecast::Point& point : forecast.points) {
    Json parameters = Json::object();
    for (const std::string& name : sweep.parameters()) parameters[name] = parameter_json(name, point.experiment);
    Json entry = {{"point", point.index}, {"parameters", std::move(parameters)}};
    if (point.refused.empty()) {
      entry["particles"] = point.particles;
      entry["burn_in"] = point.burn_in;
      entry["steps"] = point.steps;
    } else {
      entry["refused"] = point.refused;
    }
    points.push_back(std::move(entry));
  }
  return {{"schema", "isotherm-sweep-plan/1"},         {"size", sweep.size()},      {"threads", forecast.threads},
          {"particle_steps", forecast.particle_steps}, {"memory", forecast.memory}, {"points", std::move(points)}};
}

std::string sweep_dry_run_text(const Sweep& sweep, std::size_t width) {
  const SweepForecast forecast(sweep);
  output::TextTable table;
  table.column("point", Align::right);
  for (const std::string& name : sweep.parameters()) table.column(name, Align::right);
  table.column("particles", Align::right);
  table.column("burn-in", Align::right);
  table.column("steps", Align::right);
  table.column("");
  for (const SweepForecast::Point& point : forecast.points) {
    std::vector<std::string> line = {std::to_string(point.index)};
    for (const std::string& name : sweep.parameters())
      line.push_back(short_text(parameter_json(name, point.experiment)));
    if (point.refused.empty()) {
      line.push_back(output::grouped(point.particles));
      line.push_back(output::grouped(point.burn_in));
      line.push_back(output::grouped(point.steps));
    } else {
      line.insert(line.end(), {"", "", "", "refused: " + first_line(point.refused)});
    }
    table.row(std::move(line));
  }
  std::string text = output::grouped(sweep.size()) + " points on " + std::to_string(forecast.threads) +
                     (forecast.threads == 1 ? " thread" : " threads") +
                     " of the cpu, or on the GPU one after the other\n";
  const bool all = forecast.points.size() == sweep.size();
  if (forecast.particle_steps > 0)
    text += (all ? "" : "about ") + output::rounded(forecast.particle_steps, 4) +
            " particle-steps in all, burn-in included; up to " + output::byte_size(forecast.memory) + " of memory\n";
  if (!all) text += std::to_string(forecast.points.size()) + " of the points:\n";
  return text + table.text(width);
}

}  // namespace isotherm::cli
