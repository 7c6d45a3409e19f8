// Permutations of many rows that nobody stores: a keyed bijection of [0, rows) that says which row stands at a
// position. Its key is eight Philox words of Purpose::permutation: for permutation number e of a particle (the epoch
// where it is reshuffled each epoch, the step where each batch is drawn without replacement) blocks 2 e and 2 e + 1.
//
// A generalized Feistel network (Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002) on the grid
// of random::Bijection: rounds l += F(r) modulo a and r += G(l) modulo b in turn, each with its own key word. A place
// that is not a row goes through again until it is one (they are fewer than a of the a b places). The round function
// multiplies, folds and multiplies a word, and takes the high half of its product with a or b.

constexpr int words_per_permutation = 8;

/// A word of which every bit depends on all bits of `x`, the upper ones most.
ISOTHERM_LANE I mixed(I x) {
  const I y = mul_low(x, 0x9E3779B1u);
  return mul_low(y ^ shift_right_logical<15>(y), 0x85EBCA6Bu);
}

/// x + floor(word modulus / 2^32) modulo `modulus`, for x < modulus <= 2^16.
ISOTHERM_LANE I rotated(I x, I word, uint32 modulus) {
  const I sum = x + mul_high(word, modulus);
  return smaller(sum, sum - word_of(modulus));
}

/// The row at `position` < rows, the same position in every lane.
ISOTHERM_LANE I permuted_row(const random::Bijection& map, const I (&key)[words_per_permutation], uint32 position) {
  I l = word_of(position / map.b), r = word_of(position % map.b), row;
  M outside = below(word_of(0), word_of(1));
  do {
    I to_l = l, to_r = r;
    ISOTHERM_UNROLL
    for (uint32 pair = 0; pair < words_per_permutation / 2; ++pair) {
      if (pair >= map.pairs) break;
      to_l = rotated(to_l, mixed(to_r ^ key[2 * pair]), map.a);
      to_r = rotated(to_r, mixed(to_l ^ key[2 * pair + 1]), map.b);
    }
    l = select(outside, to_l, l);
    r = select(outside, to_r, r);
    row = mul_low(l, map.b) + r;
    outside = !below(row, word_of(map.rows));
  } while (any(outside));
  return row;
}
