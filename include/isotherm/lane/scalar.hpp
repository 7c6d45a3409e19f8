#pragma once
// The lane texts for one particle: isotherm::scalar::f32 and ::f64. Compiles with g++, clang++, nvcc (host and device)
// and NVRTC. This is the oracle that every other lane equals to the bit (NaNs may differ in sign and payload).

#include "isotherm/lane/base.hpp"
#if defined(__CUDA_ARCH__)
#include "isotherm/lane/ptx.hpp"
#endif
#include "isotherm/random/bijection.hpp"

#undef ISOTHERM_LANE
#if defined(__CUDACC__)
#define ISOTHERM_LANE __host__ __device__ __forceinline__
#else
#define ISOTHERM_LANE inline __attribute__((always_inline))
#endif

namespace isotherm::scalar {

#undef ISOTHERM_DOUBLE
#define ISOTHERM_DOUBLE 0
namespace f32 {
#include "isotherm/lane/scalar_lane-inl.hpp"
//
#include "isotherm/lane/texts-inl.hpp"
}  // namespace f32

#undef ISOTHERM_DOUBLE
#define ISOTHERM_DOUBLE 1
namespace f64 {
#include "isotherm/lane/scalar_lane-inl.hpp"
//
#include "isotherm/lane/texts-inl.hpp"
}  // namespace f64

}  // namespace isotherm::scalar

#undef ISOTHERM_DOUBLE
#undef ISOTHERM_LANE
