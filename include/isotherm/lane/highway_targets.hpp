#pragma once
// SIMD targets we build for: those whose multiply-add is fused (a rule that rounds twice would give other bits), and of
// the AVX-512 family one only, since the later members bring nothing to these stages.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
