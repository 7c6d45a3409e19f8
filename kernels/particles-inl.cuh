// Where the particles of a thread are in a kernel. No include guard: included inside the namespace of a lane.

/// The particles of one thread. Those of neighbouring threads are neighbours, so that a warp reads whole lines of
/// memory; row r of particle p is state[p][r].
class ThreadParticles {
 public:
  __device__ __forceinline__ explicit ThreadParticles(const kernels::Particles& particles)
      : particles_(particles),
        held_(blockIdx.x * static_cast<unsigned long long>(kernels::block_particles) + threadIdx.x) {}

  /// Number of particle p in the run.
  __device__ __forceinline__ unsigned long long number(int p) const {
    return particles_.first + held_ + static_cast<unsigned>(p * block_threads);
  }
  /// Not padding.
  __device__ __forceinline__ bool counts(int p) const { return number(p) < particles_.total; }

  __device__ __forceinline__ void load_state(const void* rows, F (&state)[particles_per_thread][state_rows]) const {
#pragma unroll
    for (int p = 0; p < particles_per_thread; ++p)
#pragma unroll
      for (int r = 0; r < state_rows; ++r) state[p][r] = load(static_cast<const real*>(rows) + place(p, r));
  }
  __device__ __forceinline__ void store_state(void* rows, const F (&state)[particles_per_thread][state_rows]) const {
#pragma unroll
    for (int p = 0; p < particles_per_thread; ++p)
#pragma unroll
      for (int r = 0; r < state_rows; ++r) store(static_cast<real*>(rows) + place(p, r), state[p][r]);
  }

 private:
  __device__ __forceinline__ unsigned long long place(int p, int row) const {
    return static_cast<unsigned>(row) * particles_.row_stride + held_ + static_cast<unsigned>(p * block_threads);
  }

  const kernels::Particles& particles_;
  unsigned long long held_;
};
