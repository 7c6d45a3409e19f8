#pragma once
// A small result whose every number is known.

#include "experiment/result.hpp"

namespace isotherm::output {

/// Two coordinates x, y and the loss; 4 particles, 2 groups; histograms "x" (2 bins, time-averaged) and "x@last"; a
/// snapshot at step 5 and the last one at step 12; one prediction with probabilities on x, one that does not apply.
Result synthetic_result();

}  // namespace isotherm::output
