#pragma once
// What random numbers are for. A draw depends on (seed, purpose, particle, number) and on nothing else; the purpose is
// the top byte of the Philox subsequence. Append only: a changed value changes every published result.

namespace isotherm::random {

enum class Purpose : unsigned char {
  initial_position = 0,
  gradient_noise = 1,
  example_rows = 2,    ///< rows drawn with replacement: isotherm/random/rows-inl.hpp
  permutation = 3,     ///< orders of the rows: isotherm/random/permutation-inl.hpp and shuffle-inl.hpp
  example_normal = 4,  ///< raw numbers of examples that are drawn fresh, by their law
  example_uniform = 5,
  example_sign = 6,
};

}  // namespace isotherm::random
