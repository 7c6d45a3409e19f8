#include "loss/row_functions.hpp"

#include <array>
#include <utility>

// clang-format off: before Highway
#include "isotherm/lane/highway_targets.hpp"
// clang-format on
#include "hwy/targets.h"
#include "isotherm/lane/scalar.hpp"

#undef HWY_INLINE
#define HWY_INLINE inline  // the scalar lane takes the compiler's own target

namespace isotherm::scalar::f64 {
#include "loss/row_functions-inl.hpp"
}  // namespace isotherm::scalar::f64

namespace isotherm::loss {

const RowFunctions* find_row_functions(const std::string& target) {
  constexpr std::array<std::pair<const char*, std::int64_t>, 3> targets = {
      {{"AVX3", HWY_AVX3}, {"AVX2", HWY_AVX2}, {"NEON", HWY_NEON}}};
  if (target == "scalar") {
    static const RowFunctions table = scalar::f64::make_row_functions("scalar");
    return &table;
  }
  for (const auto& [name, number] : targets)
    if (target == name && (hwy::SupportedTargets() & number) != 0) return simd_row_functions(number);
  return nullptr;
}

const RowFunctions& row_functions() {
  static const RowFunctions& best = []() -> const RowFunctions& {
    for (const char* target : {"AVX3", "AVX2", "NEON"})
      if (const RowFunctions* found = find_row_functions(target)) return *found;
    return *find_row_functions("scalar");
  }();
  return best;
}

}  // namespace isotherm::loss
