#pragma once
// The random numbers that engines make themselves. Every noise law (src/noise) is nodes on top of one of these.

namespace isotherm::random {

enum class Law : unsigned char {
  none,
  normal,   ///< N(0, 1): 4 from a Philox block in float, 2 in double
  uniform,  ///< on (-1, 1), symmetric, never 0: a sign, and as size the middle of one of 2^31 (float) or 2^52 (double)
            ///< equal cells
  sign,  ///< -1 or 1: one for each bit, 128 from a Philox block, bit b of word w being number 32 w + b; 1 is negative
};

}  // namespace isotherm::random
