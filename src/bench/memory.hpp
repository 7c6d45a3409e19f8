#pragma once
// Memory that a plan will need.

#include <cstdint>

#include "engine/simulation.hpp"

namespace isotherm::bench {

struct Memory {
  std::uint64_t state = 0;   ///< rows of the particles held at a time
  std::uint64_t tables = 0;  ///< counters that threads (or a device) fill
  std::uint64_t counts = 0;  ///< counters of the result
  std::uint64_t total() const { return state + tables + counts; }
};

/// `chunk` particles at a time, 0 being what the engine prefers. Buffers that fit in a first-level cache are left out.
Memory memory_of(const engine::Simulation& simulation, const engine::Engine& engine, std::uint64_t chunk);

}  // namespace isotherm::bench
