#include "output/gradient_noise_json.hpp"

#include <nlohmann/json.hpp>

namespace isotherm::output {
namespace {

using Json = nlohmann::ordered_json;

void put(Json& object, const char* key, const std::optional<double>& value) {
  if (value) object[key] = *value;
}

Json place_json(const gradient_noise::Place& place) {
  Json json = {{"place", place.name},        {"position", place.position}, {"loss", place.loss},
               {"gradient", place.gradient}, {"trace", place.trace},       {"eigenvalues", place.eigenvalues}};
  Json covariance = Json::array();
  const std::size_t d = place.position.size();
  for (auto row = place.covariance.begin(); row != place.covariance.end(); row += static_cast<std::ptrdiff_t>(d))
    covariance.push_back(std::vector<double>(row, row + static_cast<std::ptrdiff_t>(d)));
  json["covariance"] = std::move(covariance);
  put(json, "anisotropy", place.anisotropy);
  put(json, "participation", place.participation);
  put(json, "alignment", place.alignment);
  put(json, "isotropic_alignment", place.isotropic_alignment);
  put(json, "overlap", place.overlap);
  if (!place.skewness.empty()) {
    json["skewness"] = place.skewness;
    json["excess_kurtosis"] = place.excess_kurtosis;
  }
  if (place.tail) json["tail_index"] = tail_index_json(*place.tail);
  return json;
}

}  // namespace

Json tail_index_json(const TailIndex& tail) {
  return {{"estimate", tail.value},
          {"standard_error", tail.standard_error},
          {"used", tail.used},
          {"of", tail.of},
          {"threshold", tail.threshold}};
}

Json gradient_noise_json(const gradient_noise::GradientNoise& noise) {
  Json json = {{"batch_size", noise.batch_size}, {"factor", noise.factor}, {"examples", noise.examples}};
  if (noise.sample > 0) json["sample"] = noise.sample;
  json["isotropic"] = noise.isotropic();
  json["gaussian"] = noise.gaussian();
  if (const std::optional<bool> constant = noise.constant()) json["constant"] = *constant;
  put(json, "change", noise.change);
  json["tolerance"] = gradient_noise::GradientNoise::tolerance;
  json["sentence"] = noise.sentence();
  json["places"] = Json::array();
  for (const gradient_noise::Place& place : noise.places) json["places"].push_back(place_json(place));
  return json;
}

}  // namespace isotherm::output
