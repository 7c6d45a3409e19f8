// What count.cpp counts, each text called once. Included in the namespace of the counting lane of each precision.
// Orders of up to 256 rows are left out: they are tables, made once.

// clang-format off
#include "isotherm/lane/common-inl.hpp"
#if ISOTHERM_DOUBLE
#include "isotherm/math/polynomials_double-inl.hpp"
#else
#include "isotherm/math/polynomials_float-inl.hpp"
#endif
#include "isotherm/math/elementary-inl.hpp"
#include "isotherm/random/philox-inl.hpp"
#include "isotherm/random/uniform-inl.hpp"
#include "isotherm/random/normal-inl.hpp"
#include "isotherm/random/sign-inl.hpp"
#include "isotherm/random/rows-inl.hpp"
#include "isotherm/random/permutation-inl.hpp"
#include "isotherm/histogram/bin-inl.hpp"
#include "isotherm/loss/operations-inl.hpp"
// clang-format on

inline void operation(loss::OpCode code) {
#define ISOTHERM_ARGUMENTS_1 F()
#define ISOTHERM_ARGUMENTS_2 F(), F()
#define ISOTHERM_ARGUMENTS_3 F(), F(), F()
#define ISOTHERM_ARGUMENTS_4 F(), F(), F(), F()
#define ISOTHERM_COUNT(name, arity)        \
  case loss::OpCode::name:                 \
    op_##name(ISOTHERM_ARGUMENTS_##arity); \
    break;
  switch (code) { ISOTHERM_OPCODES(ISOTHERM_COUNT) }
#undef ISOTHERM_COUNT
#undef ISOTHERM_ARGUMENTS_1
#undef ISOTHERM_ARGUMENTS_2
#undef ISOTHERM_ARGUMENTS_3
#undef ISOTHERM_ARGUMENTS_4
}

inline void philox_block() {
  I words[4];
  philox(Hoist{}, 0, 0, make_keys(0), words);
}

inline void numbers_of_block(random::Law law) {
  const I words[4] = {};
  F out[numbers_per_block];
  if (law == random::Law::normal) normals(words, out);
  if (law == random::Law::uniform) uniforms(words, out);
}

inline void sign() { sign_number(I(), 0); }

template <int per_block>
void drawn_rows_of_block() {
  const I words[4] = {};
  I drawn[per_block];
  example_rows(words, 2, drawn);
}

/// Once through the rounds: few particles walk on.
inline void permuted_row(const random::Bijection& map) {
  const I key[words_per_permutation] = {};
  I l, r;
  permutation_rounds(map, key, l, r);
  walked_row(map, key, l, r);
}

inline void bin(bool periodic) {
  if (periodic)
    store_index(nullptr, bin_slot_periodic(F(), F(), F(), F(), F()));
  else
    store_index(nullptr, bin_slot(F(), F(), F(), F()));
}
