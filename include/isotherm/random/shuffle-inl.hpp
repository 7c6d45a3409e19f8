// Exact permutations of up to 256 rows, by Fisher and Yates' shuffle in Durstenfeld's order from the front: for i = 0,
// 1, 2 ... the rows at positions i and j exchange places, j = i + floor(w (rows - i) / 2^32) uniform on i ... rows - 1.
// What stands at the first positions needs only their words. The word w of position i in permutation number e of a
// particle is word i mod 4 of block 64 e + i / 4 of Purpose::permutation. A place j is off its probability by less than
// 2^-32.

constexpr uint32 blocks_per_shuffle = random::most_shuffled_rows / 4;

/// j - i for the position that has `left` = rows - i places from itself on.
ISOTHERM_LANE I places_ahead(I word, uint32 left) { return mul_high(word, left); }

/// Permutations number `e` of W consecutive particles, at their first `positions` <= rows <= 256 positions: the row at
/// position i of the particle in lane k goes to table[i * stride + k]. `first` is the permutation's first block, 64 e,
/// and `h` as for every Philox block.
ISOTHERM_LANE void shuffle(const Hoist& h, uint64 first, uint64 subsequence, const Keys& keys, uint32 positions,
                           uint32 rows, unsigned char* table, uint64 stride) {
  unsigned char order[W][random::most_shuffled_rows];
  for (uint32 i = 0; i < rows; ++i)
    for (int lane = 0; lane < W; ++lane) order[lane][i] = static_cast<unsigned char>(i);
  for (uint32 i = 0; i < positions; i += 4) {
    I words[4];
    philox(h, first + i / 4, subsequence, keys, words);
    for (uint32 k = 0; k < 4 && i + k < positions; ++k) {
      uint32 steps[W];
      store_words(steps, places_ahead(words[k], rows - i - k));
      for (int lane = 0; lane < W; ++lane) {
        unsigned char* here = order[lane] + i + k;
        const unsigned char row = here[steps[lane]];
        here[steps[lane]] = *here;
        *here = row;
        table[(i + k) * stride + static_cast<uint64>(lane)] = row;
      }
    }
  }
}
