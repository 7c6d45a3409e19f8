#pragma once
// result.json: the schema is docs/schemas/result.schema.json. Numbers that are not finite are null there, and what was
// not measured is absent.

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "experiment/result.hpp"

namespace isotherm::output {

/// `experiment`: every option by its name. `files`: kind -> name (or names) in the output folder. `family` (may be
/// null) gives the maximum-likelihood alpha of the snapshots.
nlohmann::ordered_json result_json(const Result& result, const nlohmann::ordered_json& experiment,
                                   const nlohmann::ordered_json& files, const theory::GibbsFamily* family);

/// Everything that predictions_json says of one prediction but the probabilities of bins.
nlohmann::ordered_json prediction_json(const theory::Prediction& prediction);

/// {"/comparisons/0/kl_divergence": "inf"}: by JSON pointer the numbers that will be null in the text of this JSON,
/// which knows no infinity. Empty where there are none.
nlohmann::ordered_json not_finite(const nlohmann::ordered_json& json);

/// {"predictions": [...], "not_finite": {...}}, the latter where there is something; the schema is
/// docs/schemas/predictions.schema.json.
nlohmann::ordered_json predictions_json(const std::vector<theory::Prediction>& predictions,
                                        const std::optional<gradient_noise::GradientNoise>& noise = {});

/// "x", or "x,y": the expressions of the axes.
std::string axes_name(const std::vector<Axis>& axes);

}  // namespace isotherm::output
