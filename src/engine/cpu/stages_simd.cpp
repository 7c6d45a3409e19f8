// The stages for every SIMD target with a fused multiply-add: Highway includes this file once for each. The build
// compiles it for each precision (ISOTHERM_STAGES_REAL float or double, ISOTHERM_STAGES_LANE f32 or f64).

#include <algorithm>
#include <utility>

#include "isotherm/lane/highway_targets.hpp"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/cpu/stages_simd.cpp"
#include "engine/cpu/simd_stages.hpp"
#include "engine/cpu/stages.hpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "isotherm/lane/scalar.hpp"

HWY_BEFORE_NAMESPACE();
namespace isotherm {
namespace HWY_NAMESPACE {
#if HWY_NATIVE_FMA && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128

#include "isotherm/lane/highway-inl.hpp"

namespace ISOTHERM_STAGES_LANE {
using namespace isotherm::engine;
#include "engine/cpu/stages-inl.hpp"

inline const engine::cpu::Stages<real>* stages() {
  static const engine::cpu::Stages<real> table = make_stages(hwy::TargetName(HWY_TARGET));
  return &table;
}
}  // namespace ISOTHERM_STAGES_LANE

#endif
}  // namespace HWY_NAMESPACE
}  // namespace isotherm
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace isotherm::engine::cpu {

template <>
const Stages<ISOTHERM_STAGES_REAL>* simd_stages(std::int64_t target) {
  // A table is touched only after the CPU was asked: even filling it may use the target's instructions.
#if HWY_TARGETS & HWY_AVX3
  if (target == HWY_AVX3) return N_AVX3::ISOTHERM_STAGES_LANE::stages();
#endif
#if HWY_TARGETS & HWY_AVX2
  if (target == HWY_AVX2) return N_AVX2::ISOTHERM_STAGES_LANE::stages();
#endif
#if HWY_TARGETS & HWY_NEON
  if (target == HWY_NEON) return N_NEON::ISOTHERM_STAGES_LANE::stages();
#endif
  return nullptr;
}

}  // namespace isotherm::engine::cpu
#endif
