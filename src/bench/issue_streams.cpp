// Highway includes this file once for each target.

#include <utility>

#include "isotherm/lane/highway_targets.hpp"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/issue_streams.cpp"
#include "bench/issue_streams.hpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "isotherm/lane/scalar.hpp"

HWY_BEFORE_NAMESPACE();
namespace isotherm {
namespace HWY_NAMESPACE {
#if HWY_NATIVE_FMA && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128

#include "isotherm/lane/highway-inl.hpp"

namespace f32 {
using namespace isotherm::bench;
#include "bench/issue_streams-inl.hpp"
}  // namespace f32
namespace f64 {
using namespace isotherm::bench;
#include "bench/issue_streams-inl.hpp"
}  // namespace f64

inline const bench::IssueStreams* streams(bool twofold) { return twofold ? f64::streams() : f32::streams(); }

#endif
}  // namespace HWY_NAMESPACE
}  // namespace isotherm
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace isotherm::bench {

const IssueStreams* issue_streams(std::int64_t target, bool twofold) {
#if HWY_TARGETS & HWY_AVX3
  if (target == HWY_AVX3) return N_AVX3::streams(twofold);
#endif
#if HWY_TARGETS & HWY_AVX2
  if (target == HWY_AVX2) return N_AVX2::streams(twofold);
#endif
#if HWY_TARGETS & HWY_NEON
  if (target == HWY_NEON) return N_NEON::streams(twofold);
#endif
  return nullptr;
}

}  // namespace isotherm::bench
#endif
