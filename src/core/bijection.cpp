#include "isotherm/random/bijection.hpp"

namespace isotherm::random {

Bijection make_bijection(uint32 rows) {
  uint32 least = 2;
  while (uint64{least} * least < rows) least += 2;
  const uint32 pairs = rows < 1u << 12 ? 5 : rows < 1u << 24 ? 4 : 3;
  Bijection best{};
  uint64 places = ~uint64{0};
  for (uint32 a = least; a <= least + least / 4; a += 2) {
    const uint32 b = (rows - 1) / a + 1;
    if (uint64{a} * b >= places) continue;
    places = uint64{a} * b;
    best = {rows, a, b, a - static_cast<uint32>(places - rows), pairs};
  }
  return best;
}

}  // namespace isotherm::random
