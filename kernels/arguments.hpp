#pragma once
// What the engine hands to the fused kernels. NVRTC reads this file as well as the host's compiler, so it includes
// nothing and uses types that both lay out alike.

namespace isotherm::kernels {

/// A thread block moves one block of particles: so the group is the same for all its threads.
constexpr unsigned block_particles = 256;
constexpr unsigned particle_groups = 64;

/// Where the particles of a launch are. Row r of the held particle h is state[r * row_stride + h].
struct Particles {
  unsigned long long first;       ///< number of the first one held, a multiple of block_particles
  unsigned long long total;       ///< of the run; what lies past it is padding and never counted
  unsigned long long row_stride;  ///< particles held, a multiple of block_particles
};

/// The keys of the ten rounds of Philox: of the seed alone, and as constants they cost a kernel no instruction.
struct RoundKeys {
  unsigned k0[10], k1[10];
};

struct StartArguments {
  void* state;
  Particles particles;
  unsigned setting;  ///< row of the program's tables
  RoundKeys keys;
};

/// Where the examples of a step come from: they are drawn fresh, or they are rows of a table, drawn with replacement or
/// as a permutation orders them, which is stored or computed (isotherm/random/shuffle-inl.hpp, permutation-inl.hpp).
enum class ExampleKind { none, fresh, drawn, stored_order, computed_order };

/// The examples of a launch. Rows of tables are as long as the program says.
struct ExampleArguments {
  const void* table;         ///< of the steps
  const void* data;          ///< of passes over all data
  double data_weight;        ///< of each of its rows where these have no weights of their own
  unsigned rows, data_rows;  ///< of both
  unsigned a, b, full;       ///< of random::Bijection
  unsigned batch_size;
  unsigned long long first;              ///< number of the first example, or of its permutation
  unsigned first_position;               ///< in that permutation
  unsigned shared_table, shared_orders;  ///< where they begin in shared memory, in words
};

/// One setting in a launch: a program alone has one, which is the kernel's argument; one of a pack has as many as the
/// grid is high, in a table, and the grid is as wide as the largest of them needs.
struct AdvanceArguments {
  void* state;
  unsigned long long* counts;
  const void* step_constants;  ///< one row for each step of this launch: those of the step, then those of `track`
  Particles particles;
  RoundKeys keys;
  unsigned long long first_step;
  int steps;
  int first_sample;  ///< the state after this many steps of the launch is the first one counted; > steps: none is
  int thinning;
  unsigned shared_counters;  ///< 32-bit counters of one thread block, in one copy
  unsigned setting;          ///< row of the program's tables: whose constants, axes and histograms
  ExampleArguments examples;
};

/// An axis in the kernel's precision; see bin_slot in isotherm/histogram.
template <class real>
struct AxisConstants {
  real lower, upper, scale, bins;
};

/// Where the counters of a histogram are: `slots` of them, and one more for what is not finite.
struct HistogramLayout {
  unsigned long long offset;        ///< of group 0 in AdvanceArguments::counts
  unsigned long long group_stride;  ///< 0 where all groups are counted together
  unsigned slots;
  unsigned last_extent;    ///< slots of the last of two axes
  unsigned shared_offset;  ///< of the thread block's own counters, where it has any
};

}  // namespace isotherm::kernels
