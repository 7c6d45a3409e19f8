#include "cli/sweep_report.hpp"

#include <algorithm>
#include <cmath>
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
std::vector<std::pair<std::string, Json>> cells(const Json& row) {
  std::vector<std::pair<std::string, Json>> list = {{"point", row["point"]}, {"replica", row["replica"]}};
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
  const Json head = {{"schema", "isotherm-sweep/1"},
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
  std::string text = head.dump(1);
  text.resize(text.rfind('\n'));  // its closing brace comes after the points
  return text + ",\n \"points\": [" + points + "\n ]\n}\n";
}

std::string sweep_csv(const Sweep& sweep, const SweepRows& rows) {
  // Points may differ in what they have: each column stands after the one that it first was seen after.
  std::vector<std::string> names;
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < sweep.size(); ++i) {
    const std::optional<Json> row = rows(i);
    if (!row) continue;
    std::size_t after = 0;
    for (const auto& [name, value] : cells(*row)) {
      if (const auto found = known.find(name); found != known.end()) {
        after = found->second + 1;
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
  for (std::size_t i = 0; i < sweep.size(); ++i) {
    const std::optional<Json> row = rows(i);
    if (!row) continue;
    std::vector<std::string> line(names.size());
    for (const auto& [name, value] : cells(*row)) line[known.at(name)] = csv_cell(cell_text(value));
    for (std::size_t n = 0; n < line.size(); ++n) text += (n > 0 ? "," : "") + line[n];
    text += '\n';
  }
  return text;
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

std::string sweep_dry_run_text(const Sweep& sweep, std::size_t width) {
  const std::uint64_t threads =
      sweep.base().threads != 0 ? sweep.base().threads : std::max(1u, std::thread::hardware_concurrency());
  output::TextTable table;
  table.column("point", Align::right);
  for (const std::string& name : sweep.parameters()) table.column(name, Align::right);
  table.column("particles", Align::right);
  table.column("burn-in", Align::right);
  table.column("steps", Align::right);
  table.column("");
  const std::size_t planned = std::min(sweep.size(), most_planned);
  double particle_steps = 0;
  std::size_t refused = 0;
  std::uint64_t largest = 0;
  for (std::size_t k = 0; k < planned; ++k) {
    const std::size_t i = k * sweep.size() / planned;
    Experiment experiment = sweep.point(i);
    experiment.threads = 1;
    std::vector<std::string> line = {std::to_string(i)};
    for (const std::string& name : sweep.parameters()) line.push_back(short_text(parameter_json(name, experiment)));
    try {
      const Plan plan = make_plan(experiment);
      particle_steps +=
          static_cast<double>(plan.simulation.particles) * static_cast<double>(plan.simulation.last_step());
      largest = std::max(largest, memory_bytes(plan));
      line.push_back(output::grouped(plan.simulation.particles));
      line.push_back(output::grouped(plan.simulation.burn_in));
      line.push_back(output::grouped(plan.simulation.steps));
    } catch (const InputError& error) {
      ++refused;
      line.insert(line.end(), {"", "", "", "refused: " + first_line(error.what())});
    }
    table.row(std::move(line));
  }
  std::string text = output::grouped(sweep.size()) + " points on " + std::to_string(threads) +
                     (threads == 1 ? " thread" : " threads") + " of the cpu, or on the GPU one after the other\n";
  const std::size_t accepted = planned - refused;
  if (accepted > 0) {
    const double scale = static_cast<double>(sweep.size()) / static_cast<double>(planned);
    text += std::string(sweep.size() > planned ? "about " : "") + output::rounded(particle_steps * scale, 4) +
            " particle-steps in all, burn-in included; up to " +
            output::byte_size(largest * std::min<std::uint64_t>(threads, sweep.size())) + " of memory\n";
  }
  if (sweep.size() > planned) text += std::to_string(planned) + " of the points:\n";
  return text + table.text(width);
}

}  // namespace isotherm::cli
