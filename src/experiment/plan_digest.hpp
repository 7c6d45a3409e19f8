#pragma once
// Whether two plans are the same simulation.

#include <string>

#include "experiment/plan.hpp"

namespace isotherm {

/// SHA-256 of all that the numbers of a measurement depend on: programs, constants and examples, axes, steps, seed,
/// precision; not how it is computed. Learning rates are looked at in 64 steps.
std::string plan_digest(const Plan& plan);

}  // namespace isotherm
