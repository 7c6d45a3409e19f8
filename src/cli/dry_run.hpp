#pragma once
// What would run, without running it.

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "experiment/plan.hpp"

namespace isotherm::cli {

/// Everything that was decided: the loss, lengths of the op lists, burn-in and how it was found, samples, chunks,
/// memory, the start, and each histogram with its range; and what is to be expected: the time, measured on one chunk in
/// about 0.3 s, and standard errors. Warnings are not in it. InputError for what does not fit the memory.
std::string dry_run_text(const Plan& plan, std::size_t width);

/// The same with warnings, by the names of result.json (docs/schemas/plan.schema.json).
nlohmann::ordered_json dry_run_json(const Plan& plan);

/// At most, of the state of a chunk with its copies and of the counters, with the plan's number of threads.
std::uint64_t memory_bytes(const Plan& plan);

}  // namespace isotherm::cli
