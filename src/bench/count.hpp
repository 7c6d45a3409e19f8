#pragma once
// How much arithmetic a particle-step is: the lane texts executed once by a lane that counts.
//
// Counted are the random numbers, the choice of examples and their tape, the tape of the step, that of running
// averages, and at samples the observables, their bins and the increments of counters. Left out is what another program
// need not do: loads and stores, copies of rows, broadcasts of constants, the first Philox rounds (once for each
// particle and segment), moving Philox words between two passes. So a count is a lower bound of what the engine
// executes.

#include <string>

#include "bench/operations.hpp"
#include "engine/simulation.hpp"
#include "isotherm/random/law.hpp"

namespace isotherm::bench {

/// Where one operation of a lane is not one instruction.
struct InstructionSet {
  bool ternary_logic = false;   ///< any logic of three operands is one instruction (AVX-512, CUDA), else two
  bool merging = false;         ///< an instruction may leave lanes of its destination as they are (AVX-512)
  bool word_is_a_lane = false;  ///< a 64-bit product and its halves belong to one particle (CUDA): no vectors of even
                                ///< and odd particles, and halves need no instruction
};
/// Of a SIMD target by Highway's name ("AVX3", "AVX2", ...).
InstructionSet instruction_set(const std::string& simd);
inline constexpr InstructionSet cuda_instructions{true, true, true};

/// On average: the last batch of an epoch may be short.
double examples_per_step(const engine::Batch& batch);

class Counter {
 public:
  Counter(Precision precision, const InstructionSet& instructions)
      : precision_(precision), instructions_(instructions) {}

  Operations operation(loss::OpCode code) const;
  Operations philox_block() const;                 ///< its four words
  Operations numbers_of_block(random::Law) const;  ///< from its words: 4 numbers in float, 2 in double; signs: none
  Operations sign() const;                         ///< one, from a word
  Operations bin(bool periodic) const;             ///< from a value to its slot

  Operations program(const loss::Program& program) const;
  /// The random numbers of a step, averaged over those that share Philox blocks.
  Operations numbers(const engine::Simulation& simulation) const;
  /// The examples of a step: which they are, or their numbers, and the tape for each. Fetching rows is loads and
  /// stores.
  Operations examples(const engine::Simulation& simulation) const;
  /// What one sample of a particle is counted with.
  Operations observation(const engine::Simulation& simulation) const;
  /// A step of one particle, samples included where they are `thinning` steps apart.
  Operations step(const engine::Simulation& simulation) const;

 private:
  template <class Layout>
  Operations numbers_of(const Layout& layout) const;

  Precision precision_;
  InstructionSet instructions_;
};

}  // namespace isotherm::bench
