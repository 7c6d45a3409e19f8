#pragma once
// Instructions of NVIDIA GPUs that CUDA C++ has no words for, or from which its compiler makes worse code. For the CUDA
// lane and the kernels only, and for tests that read their text on a host (ISOTHERM_PTX_ON_HOST): what they mean there.

#include "isotherm/lane/base.hpp"

namespace isotherm::ptx {

#if defined(ISOTHERM_PTX_ON_HOST) || !defined(__CUDACC__)

inline uint64 multiply_wide(uint32 a, uint32 b) { return uint64{a} * b; }
inline float reciprocal_root(float a) { return 1 / __builtin_sqrtf(a); }
template <class real, int n>
inline void load_constant(const real* from, real (&to)[n]) {
  __builtin_memcpy(to, __builtin_assume_aligned(from, sizeof to), sizeof to);
}
inline void count_shared(uint32* counter, bool counted) { *counter += counted; }
inline void count_global(uint64* counter, bool counted) { *counter += counted; }

#else

/// The 64-bit product. Of `uint64{a} * b` the compiler makes this and an addition of zero.
__device__ __forceinline__ uint64 multiply_wide(uint32 a, uint32 b) {
  uint64 product;
  asm("mul.wide.u32 %0, %1, %2;" : "=l"(product) : "r"(a), "r"(b));
  return product;
}

/// 1 / sqrt(a) for a normal number a > 0, with an error of 2^-22.9 of it at most, which differs from chip to chip.
__device__ __forceinline__ float reciprocal_root(float a) {
  float root;
  asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(root) : "f"(a));
  return root;
}

/// Adds one where `counted`, atomically. Written with `if`, the compiler merges that branch, which threads of a warp
/// may take differently, with the one around it, which they take together, and joins them again after every step.
__device__ __forceinline__ void count_shared(uint32* counter, bool counted) {
  asm volatile("{.reg .pred p; setp.ne.u32 p, %1, 0; @p red.shared.add.u32 [%0], 1;}"
               :
               : "r"(static_cast<uint32>(__cvta_generic_to_shared(counter))), "r"(static_cast<uint32>(counted))
               : "memory");
}
__device__ __forceinline__ void count_global(uint64* counter, bool counted) {
  asm volatile("{.reg .pred p; setp.ne.u32 p, %1, 0; @p red.global.add.u64 [%0], 1;}"
               :
               : "l"(__cvta_generic_to_global(counter)), "r"(static_cast<uint32>(counted))
               : "memory");
}

/// Numbers in global memory, aligned to the size of all of them, which nothing writes while the kernel runs: one load.
__device__ __forceinline__ void load_constant(const float* from, float (&to)[1]) {
  asm("ld.global.nc.f32 %0, [%1];" : "=f"(to[0]) : "l"(__cvta_generic_to_global(from)));
}
__device__ __forceinline__ void load_constant(const float* from, float (&to)[2]) {
  asm("ld.global.nc.v2.f32 {%0, %1}, [%2];" : "=f"(to[0]), "=f"(to[1]) : "l"(__cvta_generic_to_global(from)));
}
__device__ __forceinline__ void load_constant(const float* from, float (&to)[4]) {
  asm("ld.global.nc.v4.f32 {%0, %1, %2, %3}, [%4];"
      : "=f"(to[0]), "=f"(to[1]), "=f"(to[2]), "=f"(to[3])
      : "l"(__cvta_generic_to_global(from)));
}
__device__ __forceinline__ void load_constant(const double* from, double (&to)[1]) {
  asm("ld.global.nc.f64 %0, [%1];" : "=d"(to[0]) : "l"(__cvta_generic_to_global(from)));
}
__device__ __forceinline__ void load_constant(const double* from, double (&to)[2]) {
  asm("ld.global.nc.v2.f64 {%0, %1}, [%2];" : "=d"(to[0]), "=d"(to[1]) : "l"(__cvta_generic_to_global(from)));
}

#endif

}  // namespace isotherm::ptx
