// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011), in cuRAND's
// layout: counter = {block low, block high, subsequence low, subsequence high}, key = {seed low, seed high}. The words
// are those of curand_init(seed, subsequence, 4 * block) followed by curand4.
//
// One round maps (c0, c1, c2, c3) to (hi(m1 c2) ^ c1 ^ k0, lo(m1 c2), hi(m0 c0) ^ c3 ^ k1, lo(m0 c0)). The particle is
// in c2 alone and the block in c0 and c1, so of rounds 0 and 1 what depends on the particle does not change from block
// to block, and the rest is the same for all particles. Eight full rounds remain for each block.

constexpr uint32 philox_multiplier_0 = 0xD2511F53u, philox_multiplier_1 = 0xCD9E8D57u;
constexpr uint32 philox_increment_0 = 0x9E3779B9u, philox_increment_1 = 0xBB67AE85u;

/// The keys of the ten rounds.
struct Keys {
  uint32 k0[10], k1[10];
};

ISOTHERM_LANE Keys make_keys(uint64 seed) {
  Keys keys;
  for (uint32 round = 0; round < 10; ++round) {
    keys.k0[round] = static_cast<uint32>(seed) + round * philox_increment_0;
    keys.k1[round] = static_cast<uint32>(seed >> 32) + round * philox_increment_1;
  }
  return keys;
}

/// What rounds 0 and 1 make of the particle.
struct Hoist {
  P c0;  ///< word 0 after round 1, but for an exclusive or with a word that all particles share
  P c2;  ///< word 2 likewise
  P c3;  ///< word 3, in the low half
};

/// `subsequence` is that of lane 0; lanes are consecutive, and the low 32 bits must not wrap within a vector. Depends
/// on the high word of the block number, which changes every 2^32 blocks.
ISOTHERM_LANE Hoist hoist(uint64 subsequence, uint32 block_high, const Keys& keys) {
  Hoist h;
  h.c0 = mulu(consecutive(static_cast<uint32>(subsequence)), philox_multiplier_1);
  h.c3 = mulu(x2(hi(h.c0), block_high ^ keys.k0[0]), philox_multiplier_0);
  h.c2 = hi(h.c3);
  return h;
}

/// What all particles of a part of 2^32 share of rounds 0 to 2 of a block.
struct SharedWords {
  uint32 c0, c2;  ///< to be combined with Hoist::c0 and c2 for round 2
  uint32 after;   ///< with word 0 after round 2
};

ISOTHERM_LANE SharedWords share(uint64 block, uint64 subsequence, const Keys& keys) {
  const uint64 round_0 = uint64{philox_multiplier_0} * static_cast<uint32>(block);
  const uint32 common_2 = static_cast<uint32>(round_0 >> 32) ^ static_cast<uint32>(subsequence >> 32) ^ keys.k1[0];
  const uint64 round_1 = uint64{philox_multiplier_1} * common_2;
  return SharedWords{static_cast<uint32>(round_1 >> 32) ^ keys.k0[1], static_cast<uint32>(round_0) ^ keys.k1[1],
                     static_cast<uint32>(round_1) ^ keys.k0[2]};
}

/// The four words of a block. In f32 a lane of `words` is the word; in f64 it is the word with zeros above. Pairs and
/// Words are P and I, or several of each in lock-step.
template <class Pairs, class Words>
ISOTHERM_LANE void philox(Pairs hoisted_0, Pairs hoisted_2, Pairs hoisted_3, const SharedWords& shared,
                          const Keys& keys, Words (&words)[4]) {
  Pairs c0 = x2(hoisted_0, shared.c0), c2 = x2(hoisted_2, shared.c2);
  Pairs p0 = mulu(c0, philox_multiplier_0), p1 = mulu(c2, philox_multiplier_1);
  c0 = x2(hi(p1), shared.after);
  c2 = x3(hi(p0), hoisted_3, keys.k1[2]);
  Pairs c1 = p1, c3 = p0;

  ISOTHERM_UNROLL
  for (int round = 3; round < 9; ++round) {
    p0 = mulu(c0, philox_multiplier_0);
    p1 = mulu(c2, philox_multiplier_1);
    c0 = x3(hi(p1), c1, keys.k0[round]);
    c2 = x3(hi(p0), c3, keys.k1[round]);
    c1 = p1;
    c3 = p0;
  }

  p0 = mulu(c0, philox_multiplier_0);
  p1 = mulu(c2, philox_multiplier_1);
  words[0] = x3(high_word(p1), low_word(c1), keys.k0[9]);
  words[1] = low_word(p1);
  words[2] = x3(high_word(p0), low_word(c3), keys.k1[9]);
  words[3] = low_word(p0);
}

ISOTHERM_LANE void philox(const Hoist& h, uint64 block, uint64 subsequence, const Keys& keys, I (&words)[4]) {
  philox(h.c0, h.c2, h.c3, share(block, subsequence, keys), keys, words);
}
