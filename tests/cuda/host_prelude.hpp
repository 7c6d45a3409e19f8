// What a C++ compiler lacks to read a generated CUDA program: the device's words and intrinsics, as a host does them.
// The program runs under HostDevice, which sets the indices and lends the barrier. Included before the program; no
// headers, since the program must not see more than NVRTC shows it.

#define __CUDACC__
#define __CUDACC_RTC__
#define __CUDA_ARCH__ 900
#define ISOTHERM_PTX_ON_HOST

#define __global__ __attribute__((visibility("default")))
#define __device__
#define __host__
#define __constant__
#define __shared__
#define __align__(bytes)
#define __launch_bounds__(threads)
#define __forceinline__ inline __attribute__((always_inline))

extern "C" {
struct IsothermIndex {
  unsigned x, y;
};
IsothermIndex threadIdx, blockIdx;
void (*isotherm_host_barrier)();
alignas(16) unsigned isotherm_shared[64 * 1024];  // dynamic shared memory: thread blocks run one after the other
}

inline void __syncthreads() { isotherm_host_barrier(); }

template <class T>
inline T atomicAdd(T* address, T value) {
  const T old = *address;
  *address = old + value;
  return old;
}

inline int max(int a, int b) { return a < b ? b : a; }
inline unsigned min(unsigned a, unsigned b) { return b < a ? b : a; }

inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fmaf_rn(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline float __fsqrt_rn(float a) { return __builtin_sqrtf(a); }
inline float floorf(float a) { return __builtin_floorf(a); }
inline float rintf(float a) { return __builtin_rintf(a); }
inline int __float_as_int(float a) { return __builtin_bit_cast(int, a); }
inline float __int_as_float(int a) { return __builtin_bit_cast(float, a); }
inline float __int2float_rn(int a) { return static_cast<float>(a); }
inline int __float2int_rz(float a) { return static_cast<int>(a); }

inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dsub_rn(double a, double b) { return a - b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __fma_rn(double a, double b, double c) { return __builtin_fma(a, b, c); }
inline double __dsqrt_rn(double a) { return __builtin_sqrt(a); }
inline double floor(double a) { return __builtin_floor(a); }
inline double rint(double a) { return __builtin_rint(a); }
inline long long __double_as_longlong(double a) { return __builtin_bit_cast(long long, a); }
inline double __longlong_as_double(long long a) { return __builtin_bit_cast(double, a); }
inline double __ll2double_rn(long long a) { return static_cast<double>(a); }
inline long long __double2ll_rz(double a) { return static_cast<long long>(a); }
