#include <nlohmann/json.hpp>
#include <numeric>

#include "output/expected.hpp"
#include "output/histogram_files.hpp"
#include "output/npy.hpp"
#include "output/zip.hpp"

namespace isotherm::output {
namespace {

using Json = nlohmann::ordered_json;

/// A flat array as nested ones of this shape, from `offset` on.
template <class Number>
Json nested(const std::vector<Number>& values, std::span<const std::uint64_t> shape, std::size_t offset = 0) {
  Json list = Json::array();
  if (shape.size() == 1) {
    for (std::uint64_t i = 0; i < shape[0]; ++i) list.push_back(values[offset + i]);
    return list;
  }
  std::size_t stride = 1;
  for (const std::uint64_t size : shape.subspan(1)) stride *= size;
  for (std::uint64_t i = 0; i < shape[0]; ++i) list.push_back(nested(values, shape.subspan(1), offset + i * stride));
  return list;
}

Json axis_json(const Axis& axis) {
  return {{"type", "regular"},           {"lower", axis.lower},
          {"upper", axis.upper},         {"bins", axis.bins},
          {"underflow", !axis.periodic}, {"overflow", true},
          {"circular", axis.periodic},   {"metadata", {{"name", axis.expression}, {"label", axis.expression}}}};
}

}  // namespace

UhiArrays uhi_arrays(const Histogram& histogram) {
  UhiArrays arrays;
  for (const Axis& axis : histogram.axes) arrays.shape.push_back(axis.extent() - (axis.periodic ? 1 : 0));
  const std::vector<std::uint64_t> counts = histogram.total();
  const std::optional<std::vector<double>> variances = batch_variances(histogram);
  for (const std::size_t slot : uhi_slots(histogram.axes)) {
    arrays.values.push_back(counts[slot]);
    if (variances) arrays.variances.push_back((*variances)[slot]);
  }
  return arrays;
}

std::vector<std::size_t> uhi_slots(const std::vector<Axis>& axes) {
  std::vector<std::size_t> slots = {0};
  for (const Axis& axis : axes) {
    std::vector<std::size_t> next;
    for (const std::size_t above : slots)
      for (std::size_t slot = axis.periodic ? 1 : 0; slot < axis.extent(); ++slot)
        next.push_back(above * axis.extent() + slot);
    slots = std::move(next);
  }
  return slots;
}

Json uhi_frame(const Histogram& histogram, const UhiArrays& arrays) {
  std::uint64_t nonfinite = 0;
  for (const std::uint64_t count : histogram.nonfinite) nonfinite += count;
  Json metadata = {{"name", histogram.name},
                   // Without it readers refuse to give variances. Counts of one snapshot have those of Poisson, nearly.
                   {"_variance_known", histogram.single_snapshot || !arrays.variances.empty()},
                   {"nonfinite", nonfinite},
                   {"single_snapshot", histogram.single_snapshot}};
  if (histogram.single_snapshot) metadata["step"] = histogram.step;
  Json axes = Json::array();
  for (const Axis& axis : histogram.axes) axes.push_back(axis_json(axis));
  return {{"uhi_schema", 1},
          {"writer_info", {{"isotherm", {{"version", ISOTHERM_VERSION}}}, {"ROOT", {{"name", histogram.name}}}}},
          {"metadata", std::move(metadata)},
          {"axes", std::move(axes)},
          {"storage", {{"type", arrays.type()}}}};
}

Json uhi_json(const Histogram& histogram) {
  const UhiArrays arrays = uhi_arrays(histogram);
  Json json = uhi_frame(histogram, arrays);
  json["storage"]["values"] = nested(arrays.values, arrays.shape);
  if (!arrays.variances.empty()) json["storage"]["variances"] = nested(arrays.variances, arrays.shape);
  return json;
}

Json uhi_json(const std::vector<const Histogram*>& histograms) {
  Json json = Json::object();
  for (const Histogram* histogram : histograms) json[histogram->name] = uhi_json(*histogram);
  return json;
}

std::string uhi_zip(const std::vector<const Histogram*>& histograms) {
  Zip zip;
  for (const Histogram* histogram : histograms) {
    const UhiArrays arrays = uhi_arrays(*histogram);
    Json json = uhi_frame(*histogram, arrays);
    const auto add = [&](const char* key, const std::string& array) {
      const std::string name = histogram->name + "_storage_" + key + ".npy";
      zip.add(name, array);
      json["storage"][key] = name;
    };
    add("values", npy(arrays.values, arrays.shape));
    if (!arrays.variances.empty()) add("variances", npy(arrays.variances, arrays.shape));
    zip.add(histogram->name + ".json", json.dump());
  }
  return std::move(zip).finish();
}

}  // namespace isotherm::output
