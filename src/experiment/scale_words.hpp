#pragma once
// The words beside a temperature: which formula it comes from, and the numbers that enter.

#include "experiment/plan.hpp"
#include "experiment/rates.hpp"

namespace isotherm {

/// Fills the texts of plan.scales, and the masses of its velocities.
void describe_scales(Plan& plan, const dynamics::Options& options, const RatePlan& rates);

}  // namespace isotherm
