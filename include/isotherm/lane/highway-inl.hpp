// The lane texts on Highway vectors: namespaces f32 and f64 of the current target. Include once for each target, after
// hwy/highway.h and isotherm/lane/scalar.hpp, inside
//   HWY_BEFORE_NAMESPACE(); namespace isotherm { namespace HWY_NAMESPACE { ... } } HWY_AFTER_NAMESPACE();
// Where a target has no fused multiply-add of its own, Highway's MulAdd rounds twice: such targets (the baseline of
// x86-64 among them) get the scalar lane, which has the same bits.

#if HWY_NATIVE_FMA

#undef ISOTHERM_LANE
#define ISOTHERM_LANE HWY_INLINE

#undef ISOTHERM_DOUBLE
#define ISOTHERM_DOUBLE 0
namespace f32 {
#include "isotherm/lane/highway_lane-inl.hpp"
//
#include "isotherm/lane/texts-inl.hpp"
}  // namespace f32

#undef ISOTHERM_DOUBLE
#define ISOTHERM_DOUBLE 1
namespace f64 {
#include "isotherm/lane/highway_lane-inl.hpp"
//
#include "isotherm/lane/texts-inl.hpp"
}  // namespace f64

#undef ISOTHERM_DOUBLE
#undef ISOTHERM_LANE

#else

namespace f32 = ::isotherm::scalar::f32;
namespace f64 = ::isotherm::scalar::f64;

#endif
