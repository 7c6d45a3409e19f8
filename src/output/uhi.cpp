#include <nlohmann/json.hpp>

#include "output/histogram_files.hpp"

namespace isotherm::output {
namespace {

using Json = nlohmann::ordered_json;

Json axis_json(const Axis& axis) {
  return {{"type", "regular"},           {"lower", axis.lower},
          {"upper", axis.upper},         {"bins", axis.bins},
          {"underflow", !axis.periodic}, {"overflow", true},
          {"circular", axis.periodic},   {"metadata", {{"name", axis.expression}, {"label", axis.expression}}}};
}

/// The values of axes[depth ...] below `offset`, slot by slot.
Json nested(const std::vector<Axis>& axes, const std::vector<std::uint64_t>& counts, std::size_t depth,
            std::size_t offset) {
  Json values = Json::array();
  const Axis& axis = axes[depth];
  for (std::size_t slot = axis.periodic ? 1 : 0; slot < axis.extent(); ++slot) {
    const std::size_t flat = offset * axis.extent() + slot;
    if (depth + 1 == axes.size()) {
      values.push_back(counts[flat]);
    } else {
      values.push_back(nested(axes, counts, depth + 1, flat));
    }
  }
  return values;
}

}  // namespace

Json uhi_json(const Histogram& histogram) {
  std::uint64_t nonfinite = 0;
  for (const std::uint64_t count : histogram.nonfinite) nonfinite += count;
  Json metadata = {{"name", histogram.name},
                   {"_variance_known", true},  // without it readers refuse to give Poisson variances
                   {"nonfinite", nonfinite},
                   {"single_snapshot", histogram.single_snapshot}};
  if (histogram.single_snapshot) metadata["step"] = histogram.step;
  Json axes = Json::array();
  for (const Axis& axis : histogram.axes) axes.push_back(axis_json(axis));
  return {{"uhi_schema", 1},
          {"writer_info", {{"isotherm", {{"version", ISOTHERM_VERSION}}}, {"ROOT", {{"name", histogram.name}}}}},
          {"metadata", std::move(metadata)},
          {"axes", std::move(axes)},
          {"storage", {{"type", "int"}, {"values", nested(histogram.axes, histogram.total(), 0, 0)}}}};
}

Json uhi_json(const std::vector<const Histogram*>& histograms) {
  Json json = Json::object();
  for (const Histogram* histogram : histograms) json[histogram->name] = uhi_json(*histogram);
  return json;
}

}  // namespace isotherm::output
