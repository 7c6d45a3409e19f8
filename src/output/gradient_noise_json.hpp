#pragma once
// The object `gradient_noise` of result.json and predictions.json.

#include <nlohmann/json_fwd.hpp>

#include "gradient_noise/gradient_noise.hpp"

namespace isotherm::output {

nlohmann::ordered_json gradient_noise_json(const gradient_noise::GradientNoise& noise);

/// {"estimate", "standard_error", "used", "of", "threshold"}.
nlohmann::ordered_json tail_index_json(const TailIndex& tail);

}  // namespace isotherm::output
