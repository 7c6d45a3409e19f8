#pragma once
// What would run, without running it.

#include <cstddef>
#include <cstdint>
#include <string>

#include "experiment/plan.hpp"

namespace isotherm::cli {

/// Everything that was decided: the loss, lengths of the op lists, burn-in and how it was found, samples, chunk and
/// memory, the start, and each histogram with its range. Warnings are not in it.
std::string dry_run_text(const Plan& plan, std::size_t width);

/// Of the state of a chunk, and of the counters, with the plan's number of threads.
std::uint64_t memory_bytes(const Plan& plan);

}  // namespace isotherm::cli
