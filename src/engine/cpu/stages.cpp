#include "engine/cpu/stages.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

// clang-format off: before Highway
#include "isotherm/lane/highway_targets.hpp"
// clang-format on
#include "engine/cpu/simd_stages.hpp"
#include "hwy/targets.h"
#include "isotherm/lane/scalar.hpp"

#undef HWY_ATTR
#define HWY_ATTR  // the scalar lane takes the compiler's own target

namespace isotherm::scalar {

namespace f32 {
using namespace isotherm::engine;
#include "engine/cpu/stages-inl.hpp"
}  // namespace f32
namespace f64 {
using namespace isotherm::engine;
#include "engine/cpu/stages-inl.hpp"
}  // namespace f64

}  // namespace isotherm::scalar

namespace isotherm::engine {
namespace {

constexpr std::array<std::pair<const char*, std::int64_t>, 3> targets = {{
    {"AVX3", HWY_AVX3},
    {"AVX2", HWY_AVX2},
    {"NEON", HWY_NEON},
}};

}  // namespace

namespace cpu {

template <class real>
const Stages<real>* find_stages(const std::string& target) {
  if (target == "scalar") {
    static const Stages<real> table = [] {
      if constexpr (sizeof(real) == 4)
        return scalar::f32::make_stages("scalar");
      else
        return scalar::f64::make_stages("scalar");
    }();
    return &table;
  }
  // Asking the processor takes a virtual machine tens of microseconds.
  static const std::int64_t supported = hwy::SupportedTargets();
  for (const auto& [name, number] : targets)
    if (target == name && (supported & number) != 0) return simd_stages<real>(number);
  return nullptr;
}

template const Stages<float>* find_stages<float>(const std::string&);
template const Stages<double>* find_stages<double>(const std::string&);

}  // namespace cpu

std::vector<std::string> simd_targets() {
  std::vector<std::string> names;
  for (const auto& [name, number] : targets)
    if (cpu::find_stages<float>(name) != nullptr) names.emplace_back(name);
  names.emplace_back("scalar");
  return names;
}

}  // namespace isotherm::engine
