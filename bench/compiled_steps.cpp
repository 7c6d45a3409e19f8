// Highway includes this file once for each target.

#include "isotherm/lane/highway_targets.hpp"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compiled_steps.cpp"
#include "compiled_steps.hpp"
#include "engine/cpu/stages.hpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "isotherm/lane/scalar.hpp"

HWY_BEFORE_NAMESPACE();
namespace isotherm {
namespace HWY_NAMESPACE {
#if HWY_NATIVE_FMA && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128

#include "isotherm/lane/highway-inl.hpp"

namespace f32 {
using namespace isotherm::engine;
#include "compiled_steps-inl.hpp"
}  // namespace f32

#endif
}  // namespace HWY_NAMESPACE
}  // namespace isotherm
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace isotherm::bench {

const engine::cpu::RowFunction<float>* compiled_steps(const std::string& target) {
#if HWY_TARGETS & HWY_AVX3
  if (target == "AVX3") return N_AVX3::f32::compiled_steps;
#endif
#if HWY_TARGETS & HWY_AVX2
  if (target == "AVX2") return N_AVX2::f32::compiled_steps;
#endif
#if HWY_TARGETS & HWY_NEON
  if (target == "NEON") return N_NEON::f32::compiled_steps;
#endif
  return nullptr;
}

}  // namespace isotherm::bench
#endif
