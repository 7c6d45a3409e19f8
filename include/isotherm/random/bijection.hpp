#pragma once
// The numbers that all keyed bijections of one row count share (isotherm/random/permutation-inl.hpp).

#include "isotherm/lane/base.hpp"

namespace isotherm::random {

/// Rows 0 ... rows - 1 lie on a grid of a x b >= rows places; place (l, r) is row l + a r. a is even, and of the even
/// numbers from sqrt(rows) to 5/4 of it that with the fewest places left over; b = ceil(rows / a). The places left over
/// are those with r = b - 1 and l >= full.
struct Bijection {
  uint32 rows, a, b;
  uint32 full;   ///< l below it have all b places, the others b - 1
  uint32 pairs;  ///< of rounds, 3 to 5: one that moves l and one that moves r
};

#if !defined(__CUDACC_RTC__)  // which reads no host function, not even its declaration
/// For 1 <= rows <= 2^32 - 1.
Bijection make_bijection(uint32 rows);
#endif

/// Up to this many rows permutations are exact, by Fisher and Yates (isotherm/random/shuffle-inl.hpp).
inline constexpr uint32 most_shuffled_rows = 256;

}  // namespace isotherm::random
