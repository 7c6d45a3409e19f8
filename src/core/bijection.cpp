#include "isotherm/random/bijection.hpp"

namespace isotherm::random {

Bijection make_bijection(uint32 rows) {
  uint32 a = 1;
  while (uint64{a} * a < rows) ++a;
  return {rows, a, (rows - 1) / a + 1, 4};
}

}  // namespace isotherm::random
