// The functions of passes over all examples for every SIMD target with a fused multiply-add: Highway includes this file
// once for each.

#include "isotherm/lane/highway_targets.hpp"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/row_functions_simd.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "isotherm/lane/scalar.hpp"
#include "loss/row_functions.hpp"

HWY_BEFORE_NAMESPACE();
namespace isotherm {
namespace HWY_NAMESPACE {
#if HWY_NATIVE_FMA && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128

#include "isotherm/lane/highway-inl.hpp"

namespace f64 {
#include "loss/row_functions-inl.hpp"

inline const loss::RowFunctions* table() {
  static const loss::RowFunctions table = make_row_functions(hwy::TargetName(HWY_TARGET));
  return &table;
}
}  // namespace f64

#endif
}  // namespace HWY_NAMESPACE
}  // namespace isotherm
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace isotherm::loss {

const RowFunctions* simd_row_functions(std::int64_t target) {
  // A table is touched only after the CPU was asked: even filling it may use the target's instructions.
#if HWY_TARGETS & HWY_AVX3
  if (target == HWY_AVX3) return N_AVX3::f64::table();
#endif
#if HWY_TARGETS & HWY_AVX2
  if (target == HWY_AVX2) return N_AVX2::f64::table();
#endif
#if HWY_TARGETS & HWY_NEON
  if (target == HWY_NEON) return N_NEON::f64::table();
#endif
  return nullptr;
}

}  // namespace isotherm::loss
#endif
