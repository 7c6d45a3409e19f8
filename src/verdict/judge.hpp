#pragma once
// The verdict, given the estimates of alpha.

#include <vector>

#include "verdict/verdict.hpp"

namespace isotherm::verdict {

/// As judge() in verdict.hpp. This part knows predictions only by their bins, and no law by name but "gibbs-fitted".
Verdict judge(const Measurement& measurement, const std::vector<theory::Prediction>& predictions,
              const AlphaEstimates& alpha, const Scales& scales, const Diagnostics& diagnostics = {});

}  // namespace isotherm::verdict
