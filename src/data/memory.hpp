#pragma once
// What fits into memory, asked before it is taken: Linux promises more than it has, and ends who believes it.

#include <cstdint>
#include <string>

namespace isotherm::data {

/// Bytes that this process can still use: the least of what the machine has left (MemAvailable), what its control
/// groups leave, and what `ulimit -v` leaves. 2^64 - 1 where the system says nothing.
std::uint64_t available_memory();

/// InputError "WHAT takes 2.0 GB, and 1.2 GB of memory are free; ..." where `bytes` exceed `limit` (0: 9/10 of
/// available_memory()).
void require_memory(const std::string& what, std::uint64_t bytes, std::uint64_t limit);

}  // namespace isotherm::data
