#pragma once
// Numbers that change how fast the CUDA engine is, and nothing else.

#include <cstddef>
#include <cstdint>

#include "engine/shared_device.hpp"

namespace isotherm::engine::cuda {

struct Tuning {
  /// Steps of one kernel launch at most, of several examples each as many fewer. State is loaded and stored, and
  /// counters flushed, once for each launch; step-level constants are uploaded for as many steps.
  std::uint64_t launch_steps = 4096;
  /// Particles held at a time at most: 32 waves of a GPU with 264000 resident threads.
  std::uint64_t chunk_particles = std::uint64_t{1} << 23;
  /// Particles times state rows at a time at most: 128 MiB where a host reads them all as double.
  std::uint64_t chunk_values = std::uint64_t{1} << 24;
  /// Share of the free memory that state rows may take.
  double memory_share = 0.5;
  /// Shared memory for the counters of one thread block. Up to 28 KiB eight blocks of particles fit on a multiprocessor
  /// of 228 KiB; more costs occupancy, which still beats global atomics.
  std::size_t shared_counter_bytes = 48 * 1024;
  /// Where a thread block has at most so many counters, each of its warps has a copy of them: with few bins warps would
  /// wait for each other at one address. Threads of one warp do not: the instruction that counts (ATOMS.POPC.INC) adds
  /// equal addresses up first.
  std::size_t copied_counters = 64;
  /// Shared memory of one thread block at most, for all that is in it: what the device has, where that is less.
  std::size_t shared_bytes = 227 * 1024;
  /// A table of examples is copied to each thread block's shared memory up to this size: four blocks of particles fit
  /// on a multiprocessor of 228 KiB, beside their counters. Threads read different rows: of global memory a warp's load
  /// takes up to 32 cycles of the first-level cache, one for each line; of shared memory, where only equal banks wait
  /// for each other, about a third.
  std::size_t shared_table_bytes = 48 * 1024;
  /// Particles of one thread at most, a power of two up to 8: they share what a step does for all of them, and where
  /// one waits the other goes on. One, where the step has more than so many instructions or a particle with its random
  /// numbers takes more than so many registers: then the shared part is small, and occupancy counts.
  std::size_t particles_per_thread = 2, shared_thread_instructions = 32, shared_thread_registers = 12;
  /// A table of constants, axes or histograms is in constant memory (64 KiB for eight of them) up to this size, and in
  /// global memory beyond.
  std::size_t constant_table_bytes = 7 * 1024;
  /// Settings that a program for a pack holds at most, a power of two. As many fewer, down to 16, as have their tables
  /// and arguments in so much constant memory; tables that then do not fit are in global memory.
  std::size_t pack_settings = most_engines_of_device, pack_table_bytes = 60 * 1024;
  /// Seconds that a launch of a pack waits at most for settings that are about to ask for steps.
  double pack_patience = 2e-3;
  /// Of the steps that share a Philox block as many are unrolled as together have at most so many instructions, a power
  /// of two and at most so many steps.
  std::size_t unrolled_instructions = 512, unrolled_steps = 8;
  /// Operations of step and observables together at most, elementary functions counted four times. Compile time grows
  /// with the square: 400 sines take 12 s, this many about a minute.
  std::size_t maximum_cost = 4096;
};

}  // namespace isotherm::engine::cuda
