// The fused kernels: one thread moves one particle through all steps of a launch, with its state in registers, and
// counts it. No include guard: a generated program includes this file inside the namespace of its lane, after it has
// defined (see src/engine/cuda/kernel_source.cpp)
// - state_rows, start_numbers, step_numbers, step_constant_count: sizes; the numbers are random ones;
// - start_law, step_law, start_purpose, step_purpose: which random numbers;
// - unrolled_steps: of those that share a Philox block, how many the compiler is to unroll;
// - histogram_count, is_shared(h), any_shared: which counters are in shared memory;
// - initial_state(number, state), step(state, number, constants), track(state, constants), observe(state, counter): the
//   programs.

#include "kernels/numbers-inl.cuh"

// The compiler bounds registers by what many resident threads leave each, and may spill a few for that. Asked for one
// thread block only, it has no reason to.
#ifdef ISOTHERM_ONE_RESIDENT_BLOCK
#define ISOTHERM_LAUNCH_BOUNDS __launch_bounds__(kernels::block_threads, 1)
#else
#define ISOTHERM_LAUNCH_BOUNDS __launch_bounds__(kernels::block_threads)
#endif

template <int rows>
__device__ __forceinline__ void load_state(const real* rows_of_particle, unsigned long long stride, F (&state)[rows]) {
#pragma unroll
  for (int r = 0; r < rows; ++r) state[r] = load(rows_of_particle + r * stride);
}

template <int rows>
__device__ __forceinline__ void store_state(real* rows_of_particle, unsigned long long stride, const F (&state)[rows]) {
#pragma unroll
  for (int r = 0; r < rows; ++r) store(rows_of_particle + r * stride, state[r]);
}

extern "C" __global__ void ISOTHERM_LAUNCH_BOUNDS isotherm_start(const kernels::StartArguments arguments) {
  const kernels::Particles& particles = arguments.particles;
  const unsigned long long held = blockIdx.x * static_cast<unsigned long long>(kernels::block_threads) + threadIdx.x;
  Numbers<start_law, start_numbers> number;
  if constexpr (start_numbers > 0) {
    NumberSource source(arguments.seed, start_purpose, particles.first + held);
    number.fill(source, 0);
  }
  F state[state_rows];
  initial_state(number, state);
  store_state(static_cast<real*>(arguments.state) + held, particles.row_stride, state);
}

extern "C" __global__ void ISOTHERM_LAUNCH_BOUNDS isotherm_advance(const kernels::AdvanceArguments arguments) {
  const kernels::Particles& particles = arguments.particles;
  const unsigned long long first_of_block =
      particles.first + blockIdx.x * static_cast<unsigned long long>(kernels::block_threads);
  const unsigned group = static_cast<unsigned>(first_of_block / kernels::block_threads % kernels::particle_groups);
  const Counter counter(arguments.counts, group);

  if constexpr (any_shared) {
    for (unsigned i = threadIdx.x; i < arguments.shared_counters; i += kernels::block_threads) isotherm_counters[i] = 0;
    __syncthreads();
  }

  const unsigned long long particle = first_of_block + threadIdx.x;
  real* const rows = static_cast<real*>(arguments.state) + (particle - particles.first);
  F state[state_rows];
  load_state(rows, particles.row_stride, state);

  const bool counted = particle < particles.total;  // padding is moved like any particle
  int next_sample = arguments.first_sample - 1;     // the step after which
  const real* constants = static_cast<const real*>(arguments.step_constants);
  NumberSource source(arguments.seed, step_purpose, particle);
  Numbers<step_law, step_numbers> number;
  constexpr int group_steps = number.group_steps, group_blocks = number.group_blocks, part_steps = number.part_steps;
  const unsigned long long first_group = arguments.first_step / group_steps;
  unsigned long long philox_block = first_group * group_blocks;

  // A launch may begin and end inside a group: t counts its steps, so that those outside [0, steps) are left out.
  int t = -static_cast<int>(arguments.first_step - first_group * group_steps);
  while (t < arguments.steps) {
    if constexpr (step_numbers > 0) number.fill(source, philox_block);
    philox_block += group_blocks;
#pragma unroll 1
    for (int part = 0; part < group_steps / part_steps; ++part) {
#pragma unroll(unrolled_steps)
      for (int j = 0; j < part_steps; ++j) {
        if (static_cast<unsigned>(t) < static_cast<unsigned>(arguments.steps)) {  // 0 <= t < steps
          step(state, number, constants);
          track(state, constants);
          if constexpr (step_constant_count > 0) constants += step_constant_count;
          if (t == next_sample) {
            if (counted) observe(state, counter);
            next_sample += arguments.thinning;
          }
        }
        ++t;
        number.next_step();
      }
      number.next_part();
    }
  }
  store_state(rows, particles.row_stride, state);

  if constexpr (any_shared) {
    __syncthreads();
    for (int h = 0; h < histogram_count; ++h) {
      if (!is_shared(h)) continue;
      const kernels::HistogramLayout& layout = isotherm_histograms[h];
      unsigned long long* const counts = arguments.counts + layout.offset + group * layout.group_stride;
      for (unsigned i = threadIdx.x; i <= layout.slots; i += kernels::block_threads) {
        const unsigned count = isotherm_counters[layout.shared_offset + i];
        if (count != 0) atomicAdd(&counts[i], static_cast<unsigned long long>(count));
      }
    }
  }
}
