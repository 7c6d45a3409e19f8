#pragma once
// The stages of the CPU engine, each by itself.

#include <benchmark/benchmark.h>

#include <string>

#include "engine/cpu/aligned_buffer.hpp"
#include "engine/cpu/stages.hpp"

namespace isotherm::bench_parts {

/// Particles of a call, as many as the engine works on together.
inline constexpr std::size_t part = 1024;

/// `each`: how many for each particle of a call.
inline void set_rate(benchmark::State& state, const char* name, double each) {
  state.counters[name] = benchmark::Counter(each * static_cast<double>(part) * static_cast<double>(state.iterations()),
                                            benchmark::Counter::kIsRate);
}

void add_random();
void add_tape();
void add_histogram();

}  // namespace isotherm::bench_parts
