// Permutations of many rows that nobody stores: a keyed bijection of [0, rows) that says which row stands at a
// position. Its key is eight Philox words of Purpose::permutation: for permutation number e of a particle (the epoch
// where it is reshuffled each epoch, the step where each batch is drawn without replacement) those of blocks 2 e and 2
// e + 1.
//
// A generalized Feistel network (Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002) on the grid
// of random::Bijection: in turn l += F(r) modulo a and r += G(l) modulo b, each round with its own key word (the fifth
// pair takes the words of the first, changed). A place that is no row goes through again until it is one. The round
// function multiplies, folds and multiplies a word, and takes the high half of its product with a or b.
//
// What is least random about it: two positions with equal r keep their difference in l where every round of r leaves
// their r equal, with k pairs of rounds with probability b^-k; likewise l and r exchanged. So the variance of the sum
// of a column over the first j positions is off that of a random permutation by up to the share .4 b^(2 - k) (measured
// with k = 2 and 3, for the worst column that was found: cos(2 pi row / a) at j = rows / 2). random::Bijection has as
// many pairs as keep this below 2.5e-4 (from 257 rows) and 1.5e-4 (from 500). Positions count along r and rows along l,
// so that a sorted column does not see it at half an epoch. a is even, so that there are odd permutations too.

constexpr int words_per_permutation = 8;

// Words is I, or several of it in lock-step.

/// A word of which every bit depends on all bits of `x`, the upper ones most.
template <class Words>
ISOTHERM_LANE Words mixed(Words x) {
  const Words y = mul_low(x, 0xE4CDA115u);
  return mul_low(y ^ shift_right_logical<14>(y), 0xB026A0AFu);
}

/// x + floor(word modulus / 2^32) modulo `modulus`, for x < modulus <= 2^16.
template <class Words>
ISOTHERM_LANE Words rotated(Words x, Words word, uint32 modulus) {
  const Words sum = x + mul_high(word, modulus);
  return smaller(sum, sum - Words(word_of(modulus)));
}

/// Where a position begins on the grid.
struct Place {
  uint32 l, r;
};

ISOTHERM_LANE Place place_of(const random::Bijection& map, uint32 position) {
  const bool narrow = position >= map.full * map.b;
  const uint32 index = narrow ? position - map.full * map.b : position, width = narrow ? map.b - 1 : map.b;
  return Place{index / width + (narrow ? map.full : 0), index % width};
}

/// That of the next position, without a division.
ISOTHERM_LANE Place next_place(const random::Bijection& map, Place place) {
  const uint32 width = place.l < map.full ? map.b : map.b - 1;
  return place.r + 1 < width ? Place{place.l, place.r + 1} : Place{place.l + 1, 0};
}

/// All rounds, once.
template <class Words>
ISOTHERM_LANE void permutation_rounds(const random::Bijection& map, const Words (&key)[words_per_permutation], Words& l,
                                      Words& r) {
  ISOTHERM_UNROLL
  for (uint32 pair = 0; pair < words_per_permutation / 2; ++pair) {
    if (pair >= map.pairs) break;
    l = rotated(l, mixed(r ^ key[2 * pair]), map.a);
    r = rotated(r, mixed(l ^ key[2 * pair + 1]), map.b);
  }
  if (map.pairs > words_per_permutation / 2) {
    const Words other(word_of(0xB5297A4Du));
    l = rotated(l, mixed(r ^ key[0] ^ other), map.a);
    r = rotated(r, mixed(l ^ key[1] ^ other), map.b);
  }
}

/// The row of a place (l, r), or of the first on its further way that is one, in the lanes where it is `outside`.
ISOTHERM_LANE I walked_row(const random::Bijection& map, const I (&key)[words_per_permutation], I l, I r, M outside) {
  I row = mul_low(r, map.a) + l;
  while (any(outside)) {
    I to_l = l, to_r = r;
    permutation_rounds(map, key, to_l, to_r);
    l = select(outside, to_l, l);
    r = select(outside, to_r, r);
    row = mul_low(r, map.a) + l;
    outside = !below(row, word_of(map.rows));
  }
  return row;
}

/// The row of a place to which the rounds led.
ISOTHERM_LANE I walked_row(const random::Bijection& map, const I (&key)[words_per_permutation], I l, I r) {
  return walked_row(map, key, l, r, !below(mul_low(r, map.a) + l, word_of(map.rows)));
}

/// The row at a position < rows, the same position in every lane.
ISOTHERM_LANE I permuted_row(const random::Bijection& map, const I (&key)[words_per_permutation], Place place) {
  return walked_row(map, key, word_of(place.l), word_of(place.r), below(word_of(0), word_of(1)));
}

ISOTHERM_LANE I permuted_row(const random::Bijection& map, const I (&key)[words_per_permutation], uint32 position) {
  return permuted_row(map, key, place_of(map, position));
}
