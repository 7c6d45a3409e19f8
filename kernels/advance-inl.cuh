// The fused kernels: one thread moves a few particles through all steps of a launch, with their state in registers, and
// counts them. No include guard: a generated program includes this file inside the namespace of its lane, after it has
// defined (see src/engine/cuda/kernel_source.cpp)
// - state_rows, start_numbers, step_numbers, step_constant_count: sizes; the numbers are random ones;
// - start_law, step_law, start_purpose, step_purpose: which random numbers;
// - particles_per_thread, block_threads: their product is kernels::block_particles;
// - unrolled_steps: of those that share a Philox block, how many the compiler is to unroll;
// - pack_settings: rows of the program's tables, one for each setting; 1 unless it is for a pack;
// - histogram_count, is_shared(h), any_shared, counter_copies: which counters are in shared memory, in how many copies;
// - what kernels/examples-inl.cuh needs;
// - initial_state(setting, number, state), step(setting, state, sums, number, constants), track(setting, state,
//   constants), observe(setting, state, data_sums, counter, counted): the programs.

// clang-format off
#include "kernels/particles-inl.cuh"
#include "kernels/numbers-inl.cuh"
#include "kernels/examples-inl.cuh"
// clang-format on

// The compiler bounds registers by what many resident threads leave each, and may spill a few for that. Asked for one
// thread block only, it has no reason to.
#ifdef ISOTHERM_ONE_RESIDENT_BLOCK
#define ISOTHERM_LAUNCH_BOUNDS __launch_bounds__(block_threads, 1)
#else
#define ISOTHERM_LAUNCH_BOUNDS __launch_bounds__(block_threads)
#endif

/// The row of the tables. Alone it is a constant, so that the tables' elements are operands of instructions; of a pack
/// it is the same for the whole thread block, as the compiler can see.
__device__ __forceinline__ constexpr unsigned row_of_tables(unsigned setting) {
  return pack_settings == 1 ? 0 : setting;
}

extern "C" __global__ void ISOTHERM_LAUNCH_BOUNDS isotherm_start(const kernels::StartArguments arguments) {
  const ThreadParticles particles(arguments.particles);
  F state[particles_per_thread][state_rows];
#pragma unroll
  for (int p = 0; p < particles_per_thread; ++p) {
    Numbers<start_law, start_numbers> number;
    if constexpr (start_numbers > 0) number.fill(NumberSource(arguments.keys, start_purpose, particles.number(p)), 0);
    initial_state(row_of_tables(arguments.setting), number, state[p]);
  }
  particles.store_state(arguments.state, state);
}

extern "C" __global__ void ISOTHERM_LAUNCH_BOUNDS isotherm_advance(const kernels::AdvanceArguments alone) {
  const kernels::AdvanceArguments& arguments = pack_settings == 1 ? alone : isotherm_settings[blockIdx.y];
  if (pack_settings > 1 && blockIdx.x >= arguments.particles.row_stride / kernels::block_particles) return;
  const unsigned setting = row_of_tables(arguments.setting);
  const ThreadParticles particles(arguments.particles);
  const Counter counter(setting, arguments.counts, arguments.particles.first / kernels::block_particles + blockIdx.x,
                        arguments.shared_counters);
  counter.clear();
  copy_table(arguments.examples);
  if constexpr (any_shared || table_in_shared) __syncthreads();

  F state[particles_per_thread][state_rows];
  particles.load_state(arguments.state, state);

  Numbers<step_law, step_numbers> numbers[particles_per_thread];
  constexpr int group_steps = numbers[0].group_steps, group_blocks = numbers[0].group_blocks,
                part_steps = numbers[0].part_steps;
  const unsigned long long first_group = arguments.first_step / group_steps;
  unsigned long long philox_block = first_group * group_blocks;
  const real* constants = static_cast<const real*>(arguments.step_constants);
  StepExamples<example_kind> examples(particles, arguments);

  bool counted[particles_per_thread];
#pragma unroll
  for (int p = 0; p < particles_per_thread; ++p) counted[p] = particles.counts(p);
  int until_sample = arguments.first_sample - 1;  // steps from the begin of a part to the one that a sample follows

  const auto advance = [&](int step_of_part) {
    F sums[particles_per_thread][at_least_one(batch_sum_count)];
    if constexpr (batch_sum_count > 0) sum_batch(setting, examples, state, sums);
#pragma unroll
    for (int p = 0; p < particles_per_thread; ++p) {
      step(setting, state[p], sums[p], numbers[p], constants);
      track(setting, state[p], constants);
      numbers[p].next_step();
    }
    if constexpr (step_constant_count > 0) constants += step_constant_count;
    if (step_of_part == until_sample) {
      F data_sums[particles_per_thread][at_least_one(data_sum_count)];
      if constexpr (data_sum_count > 0) sum_data(setting, arguments.examples, state, data_sums);
#pragma unroll
      for (int p = 0; p < particles_per_thread; ++p) observe(setting, state[p], data_sums[p], counter, counted[p]);
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
