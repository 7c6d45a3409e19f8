// The first include of foreach_target compiles this file once for each of the two targets; the last pass is the
// baseline.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/lanes.cpp"
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
#include "hwy/foreach_target.h"
//
#include <cstring>

#include "hwy/highway.h"
#include "isotherm/lane/scalar.hpp"
#include "isotherm/loss/opcodes.hpp"
#include "math/lanes.hpp"

HWY_BEFORE_NAMESPACE();
namespace isotherm {
namespace HWY_NAMESPACE {
#if HWY_NATIVE_FMA
#include "isotherm/lane/highway-inl.hpp"

namespace f32 {
#include "math/lane_table-inl.hpp"
}
namespace f64 {
#include "math/lane_table-inl.hpp"
}

inline void add_tables(std::vector<test::LaneTable<float>>& single, std::vector<test::LaneTable<double>>& twice) {
  single.push_back(f32::make_table(hwy::TargetName(HWY_TARGET)));
  twice.push_back(f64::make_table(hwy::TargetName(HWY_TARGET)));
}
#else
// A target without fused multiply-add has no lane of its own.
inline void add_tables(std::vector<test::LaneTable<float>>&, std::vector<test::LaneTable<double>>&) {}
#endif
}  // namespace HWY_NAMESPACE
}  // namespace isotherm
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace isotherm {

namespace scalar::f32 {
#include "math/lane_table-inl.hpp"
}
namespace scalar::f64 {
#include "math/lane_table-inl.hpp"
}

HWY_EXPORT(add_tables);

namespace test {
namespace {

struct Tables {
  std::vector<LaneTable<float>> single{scalar::f32::make_table("scalar")};
  std::vector<LaneTable<double>> twice{scalar::f64::make_table("scalar")};
  Tables() {
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
      hwy::SetSupportedTargetsForTest(target);
      hwy::GetChosenTarget().Update(hwy::SupportedTargets());
      HWY_DYNAMIC_DISPATCH(add_tables)(single, twice);
    }
    hwy::SetSupportedTargetsForTest(0);
  }
};

const Tables& tables() {
  static const Tables all;
  return all;
}

}  // namespace

template <>
const std::vector<LaneTable<float>>& lane_tables<float>() {
  return tables().single;
}
template <>
const std::vector<LaneTable<double>>& lane_tables<double>() {
  return tables().twice;
}

}  // namespace test
}  // namespace isotherm

#endif
