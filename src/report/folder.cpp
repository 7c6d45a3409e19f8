#include "report/folder.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

#include "isotherm/core/error.hpp"

namespace isotherm::report {
namespace {

std::string read_text(const std::filesystem::path& path, const std::string& otherwise) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  if (stream) text << stream.rdbuf();
  if (!stream) throw InputError(path.string() + ": cannot be read; " + otherwise);
  return text.str();
}

}  // namespace

Json read_json_file(const std::filesystem::path& path, const std::string& otherwise) {
  try {
    Json json = Json::parse(read_text(path, otherwise));
    if (json.is_object()) return json;
    throw InputError(path.string() + ": is not what isotherm writes; " + otherwise);
  } catch (const Json::parse_error&) {
    throw InputError(path.string() + ": is not JSON; " + otherwise);
  }
}

namespace {

[[noreturn]] void wrong(const std::string& name) {
  throw InputError("histograms.json: histogram '" + name + "' is not one that isotherm writes");
}

std::vector<Axis> axes_of(const Json& histogram, const std::string& name) {
  std::vector<Axis> axes;
  for (const Json& axis : histogram.at("axes")) {
    axes.push_back(
        {axis.at("metadata").at("name"), axis.at("bins"), axis.at("lower"), axis.at("upper"), axis.at("circular")});
    const Axis& last = axes.back();
    constexpr std::size_t most_bins = 1u << 26;
    if (last.bins < 1 || last.bins > most_bins || !(last.upper > last.lower)) wrong(name);
  }
  if (axes.empty() || axes.size() > 2) wrong(name);
  return axes;
}

/// All slots of nested arrays that lack the underflow of angles.
void read_slots(const Json& nested, const std::vector<Axis>& axes, std::size_t depth, std::vector<double>& slots,
                const std::string& name) {
  if (depth == axes.size()) {
    slots.push_back(nested.get<double>());
    return;
  }
  std::size_t below = 1;
  for (std::size_t a = depth + 1; a < axes.size(); ++a) below *= axes[a].extent();
  if (axes[depth].periodic) slots.insert(slots.end(), below, 0);
  if (nested.size() + (axes[depth].periodic ? 1 : 0) != axes[depth].extent()) wrong(name);
  for (const Json& part : nested) read_slots(part, axes, depth + 1, slots, name);
}

bool same_axes(const std::vector<Axis>& axes, const Json& others) {
  if (others.size() != axes.size()) return false;
  for (std::size_t a = 0; a < axes.size(); ++a) {
    const Axis other{others[a].at("expression"), others[a].at("bins"), others[a].at("lower"), others[a].at("upper"),
                     others[a].at("periodic")};
    if (!(other == axes[a])) return false;
  }
  return true;
}

void add_curve(Counts& counts, const std::string& prediction, const Json& probabilities) {
  const auto found = probabilities.find(counts.observable);
  if (found == probabilities.end() || !same_axes(counts.axes, found->at("axes"))) return;
  std::vector<double> values = found->at("values");
  if (values.size() == counts.values.size()) counts.curves.push_back({prediction, std::move(values)});
}

void add_curves(Counts& counts, const Json& predictions) {
  const bool on_the_way = counts.single_snapshot && counts.name != counts.observable && !counts.name.ends_with("@last");
  for (const Json& prediction : predictions.at("predictions")) {
    const std::string name = prediction.at("prediction");
    if (!on_the_way) {
      if (prediction.contains("probabilities")) add_curve(counts, name, prediction.at("probabilities"));
      continue;
    }
    if (!prediction.contains("transients")) continue;
    for (const Json& transient : prediction.at("transients"))
      if (transient.at("step") == counts.step) add_curve(counts, name, transient.at("probabilities"));
  }
}

}  // namespace

Folder read_folder(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path))
    throw InputError(path.string() +
                     ": is no folder; name the output of a run, for example isotherm report isotherm-output");
  const std::string run = "name the output folder of a run, for example isotherm report isotherm-output";
  Folder folder;
  folder.result = read_json_file(path / "result.json", run);
  if (!folder.result.contains("schema") || folder.result.at("schema") != "isotherm-result/1")
    throw InputError((path / "result.json").string() + ": is not a result of isotherm run; " + run);
  folder.histograms =
      read_json_file(path / "histograms.json", "a report needs the histograms as JSON: run again with --format json");
  folder.predictions =
      read_json_file(path / "predictions.json", "run again with this version of isotherm, which writes it");
  folder.experiment = read_text(path / "experiment.toml", run);
  return folder;
}

double Counts::deviation(std::size_t slot, double probability) const {
  const double multinomial = entries * probability * (1 - probability);
  if (!variances.empty()) return std::sqrt(std::max(variances[slot], multinomial));
  return single_snapshot ? std::sqrt(multinomial) : std::numeric_limits<double>::quiet_NaN();
}

std::vector<Counts> histograms_of(const Folder& folder) {
  std::vector<Counts> all;
  for (const auto& [name, histogram] : folder.histograms.items()) {
    Counts counts;
    counts.name = name;
    counts.axes = axes_of(histogram, name);
    for (const Axis& axis : counts.axes) counts.observable += (counts.observable.empty() ? "" : ",") + axis.expression;
    const Json& storage = histogram.at("storage");
    read_slots(storage.at("values"), counts.axes, 0, counts.values, name);
    if (storage.contains("variances")) read_slots(storage.at("variances"), counts.axes, 0, counts.variances, name);
    const Json& metadata = histogram.at("metadata");
    counts.single_snapshot = metadata.at("single_snapshot");
    if (metadata.contains("step")) counts.step = metadata.at("step");
    counts.nonfinite = metadata.at("nonfinite");
    for (const double value : counts.values) counts.entries += value;
    add_curves(counts, folder.predictions);
    all.push_back(std::move(counts));
  }
  return all;
}

std::optional<double> number_in(const Json& value) {
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

std::optional<double> number_at(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

}  // namespace isotherm::report
