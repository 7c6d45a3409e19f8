#pragma once
// How many rows of a table, drawn with replacement, come from one Philox block (isotherm/random/rows-inl.hpp).

#include "isotherm/lane/base.hpp"

namespace isotherm::random {

/// Up to this many rows of a table a 64-bit word gives two of them: pairs are then off their probability by less than
/// 2^-32 of it.
inline constexpr uint32 most_rows_in_pairs = 1u << 16;

constexpr int rows_per_block(uint32 table_rows) { return table_rows <= most_rows_in_pairs ? 4 : 2; }

}  // namespace isotherm::random
