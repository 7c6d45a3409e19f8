#pragma once
// The numbers that all keyed bijections of one row count share (isotherm/random/permutation-inl.hpp).

#include "isotherm/lane/base.hpp"

namespace isotherm::random {

/// Rows 0 ... rows - 1 lie on a grid of a x b >= rows places, a = ceil(sqrt(rows)), b = ceil(rows / a): row l b + r is
/// at (l, r). Fewer than a places are left over.
struct Bijection {
  uint32 rows, a, b;
  uint32 pairs;  ///< of rounds, at most 4: one that moves l and one that moves r
};

/// For 1 <= rows <= 2^32 - 1.
Bijection make_bijection(uint32 rows);

/// Up to this many rows the permutations are exact, by Fisher and Yates; see shuffle-inl.hpp.
inline constexpr uint32 most_shuffled_rows = 256;

}  // namespace isotherm::random
