#pragma once
// What would run, without running it.

#include <cstddef>
#include <string>

#include "experiment/plan.hpp"

namespace isotherm::cli {

/// Everything that was decided: the loss, lengths of the op lists, burn-in and how it was found, samples, chunk and
/// memory, the start, and each histogram with its range. Warnings are not in it.
std::string dry_run_text(const Plan& plan, std::size_t width);

}  // namespace isotherm::cli
