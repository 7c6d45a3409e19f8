#pragma once
// What a run or a prediction says, for people.

#include <string>
#include <vector>

#include "experiment/result.hpp"
#include "output/terminal.hpp"

namespace isotherm::output {

/// What ran, the scales of the temperature together, moments with standard errors, the estimates of alpha, each
/// comparison with its distances beside their sampling floors, and the statement last, after `drawing`.
std::string result_table(const Result& result, const Terminal& terminal, const std::string& drawing = "");

/// Temperature, partition function, moments and quantiles of each prediction, or why it does not apply; then the
/// gradient noise of examples.
std::string predictions_table(const std::vector<theory::Prediction>& predictions, const Terminal& terminal,
                              const std::optional<gradient_noise::GradientNoise>& noise = {});

}  // namespace isotherm::output
