// The fused kernels: one thread moves a few particles through all steps of a launch, with their state in registers, and
// counts them. No include guard: a generated program includes this file inside the namespace of its lane, after it has
// defined (see src/engine/cuda/kernel_source.cpp)
// - state_rows, start_numbers, step_numbers, step_constant_count: sizes; the numbers are random ones;
// - start_law, step_law, start_purpose, step_purpose: which random numbers;
// - particles_per_thread, block_threads: their product is kernels::block_particles;
// - unrolled_steps: of those that share a Philox block, how many the compiler is to unroll;
// - histogram_count, is_shared(h), any_shared, counter_copies: which counters are in shared memory, in how many copies;
// - initial_state(number, state), step(state, number, constants), track(state, constants), observe(state, counter,
//   counted): the programs.

#include "kernels/numbers-inl.cuh"

// The compiler bounds registers by what many resident threads leave each, and may spill a few for that. Asked for one
// thread block only, it has no reason to.
#ifdef ISOTHERM_ONE_RESIDENT_BLOCK
#define ISOTHERM_LAUNCH_BOUNDS __launch_bounds__(block_threads, 1)
#else
#define ISOTHERM_LAUNCH_BOUNDS __launch_bounds__(block_threads)
#endif

/// The particles of one thread. Those of neighbouring threads are neighbours, so that a warp reads whole lines of
/// memory; row r of particle p is state[p][r].
class ThreadParticles {
 public:
  __device__ __forceinline__ explicit ThreadParticles(const kernels::Particles& particles)
      : particles_(particles),
        held_(blockIdx.x * static_cast<unsigned long long>(kernels::block_particles) + threadIdx.x) {}

  /// Number of particle p in the run.
  __device__ __forceinline__ unsigned long long number(int p) const {
    return particles_.first + held_ + static_cast<unsigned>(p * block_threads);
  }
  /// Not padding.
  __device__ __forceinline__ bool counts(int p) const { return number(p) < particles_.total; }

  __device__ __forceinline__ void load_state(const void* rows, F (&state)[particles_per_thread][state_rows]) const {
#pragma unroll
    for (int p = 0; p < particles_per_thread; ++p)
#pragma unroll
      for (int r = 0; r < state_rows; ++r) state[p][r] = load(static_cast<const real*>(rows) + place(p, r));
  }
  __device__ __forceinline__ void store_state(void* rows, const F (&state)[particles_per_thread][state_rows]) const {
#pragma unroll
    for (int p = 0; p < particles_per_thread; ++p)
#pragma unroll
      for (int r = 0; r < state_rows; ++r) store(static_cast<real*>(rows) + place(p, r), state[p][r]);
  }

 private:
  __device__ __forceinline__ unsigned long long place(int p, int row) const {
    return static_cast<unsigned>(row) * particles_.row_stride + held_ + static_cast<unsigned>(p * block_threads);
  }

  const kernels::Particles& particles_;
  unsigned long long held_;
};

extern "C" __global__ void ISOTHERM_LAUNCH_BOUNDS isotherm_start(const kernels::StartArguments arguments) {
  const ThreadParticles particles(arguments.particles);
  F state[particles_per_thread][state_rows];
#pragma unroll
  for (int p = 0; p < particles_per_thread; ++p) {
    Numbers<start_law, start_numbers> number;
    if constexpr (start_numbers > 0) number.fill(NumberSource(arguments.keys, start_purpose, particles.number(p)), 0);
    initial_state(number, state[p]);
  }
  particles.store_state(arguments.state, state);
}

extern "C" __global__ void ISOTHERM_LAUNCH_BOUNDS isotherm_advance(const kernels::AdvanceArguments arguments) {
  const ThreadParticles particles(arguments.particles);
  const Counter counter(arguments.counts, arguments.particles.first / kernels::block_particles + blockIdx.x,
                        arguments.shared_counters);
  counter.clear();

  F state[particles_per_thread][state_rows];
  particles.load_state(arguments.state, state);

  Numbers<step_law, step_numbers> numbers[particles_per_thread];
  constexpr int group_steps = numbers[0].group_steps, group_blocks = numbers[0].group_blocks,
                part_steps = numbers[0].part_steps;
  const unsigned long long first_group = arguments.first_step / group_steps;
  unsigned long long philox_block = first_group * group_blocks;
  const real* constants = static_cast<const real*>(arguments.step_constants);

  bool counted[particles_per_thread];
#pragma unroll
  for (int p = 0; p < particles_per_thread; ++p) counted[p] = particles.counts(p);
  int until_sample = arguments.first_sample - 1;  // steps from the begin of a part to the one that a sample follows

  const auto advance = [&](int step_of_part) {
#pragma unroll
    for (int p = 0; p < particles_per_thread; ++p) {
      step(state[p], numbers[p], constants);
      track(state[p], constants);
      numbers[p].next_step();
    }
    if constexpr (step_constant_count > 0) constants += step_constant_count;
    if (step_of_part == until_sample) {
#pragma unroll
      for (int p = 0; p < particles_per_thread; ++p) observe(state[p], counter, counted[p]);
      until_sample += arguments.thinning;
    }
  };
  const auto skip = [&] {
#pragma unroll
    for (int p = 0; p < particles_per_thread; ++p) numbers[p].next_step();
  };

  // A launch may begin and end inside a group of steps: t, the begin of a part, counts from the launch's first step,
  // and only parts that lie in [0, steps) as a whole need no question at each step.
  const unsigned whole_parts = static_cast<unsigned>(max(arguments.steps - part_steps + 1, 0));
  int t = -static_cast<int>(arguments.first_step - first_group * group_steps);
  until_sample -= t;
  while (t < arguments.steps) {
    if constexpr (step_numbers > 0) {
#pragma unroll
      for (int p = 0; p < particles_per_thread; ++p)
        numbers[p].fill(NumberSource(arguments.keys, step_purpose, particles.number(p)), philox_block);
    }
    philox_block += group_blocks;
#pragma unroll 1
    for (int part = 0; part < group_steps / part_steps; ++part) {
      if (group_steps == 1 || static_cast<unsigned>(t) < whole_parts) {
#pragma unroll(unrolled_steps)
        for (int j = 0; j < part_steps; ++j) advance(j);
      } else {
#pragma unroll 1
        for (int j = 0; j < part_steps; ++j) {
          if (0 <= t + j && t + j < arguments.steps) {
            advance(j);
          } else {
            skip();
          }
        }
      }
      t += part_steps;
      until_sample -= part_steps;
#pragma unroll
      for (int p = 0; p < particles_per_thread; ++p) numbers[p].next_part();
    }
  }
  particles.store_state(arguments.state, state);
  counter.flush();
}
