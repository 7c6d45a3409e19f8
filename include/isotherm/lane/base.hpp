#pragma once
// What every lane needs before it: integer types (NVRTC has no <cstdint>) and loop unrolling in each compiler's
// spelling.

namespace isotherm {

using int32 = int;
using uint32 = unsigned int;
using int64 = long long;
using uint64 = unsigned long long;

static_assert(sizeof(int32) == 4 && sizeof(int64) == 8);

}  // namespace isotherm

#if defined(__CUDACC__)
#define ISOTHERM_UNROLL _Pragma("unroll")
#elif defined(__clang__)
#define ISOTHERM_UNROLL _Pragma("clang loop unroll(full)")
#else
#define ISOTHERM_UNROLL _Pragma("GCC unroll 16")
#endif
