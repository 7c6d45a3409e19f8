// Counting in a kernel. No include guard: included inside the namespace of a lane, after isotherm_histograms.

extern "C" {
/// Of one thread block: counters, which are flushed at the end of a launch, then what kernels/examples-inl.cuh keeps.
extern __shared__ __align__(16) unsigned isotherm_shared[];
}

/// Counts particles of one group: in the thread block's own 32-bit counters, or in the 64-bit ones of all. Every
/// thread of a block makes one, clears it and waits for all before the first count, and flushes it after the last.
class Counter {
 public:
  /// `setting`: the row of isotherm_histograms. `block`: number of the block of particles. `shared_counters`: 32-bit
  /// counters of one copy; each warp has its own copy, or all have the same.
  __device__ __forceinline__ Counter(unsigned setting, unsigned long long* counts, unsigned long long block,
                                     unsigned shared_counters)
      : setting_(setting),
        counts_(counts),
        group_(static_cast<unsigned>(block % kernels::particle_groups)),
        shared_counters_(shared_counters) {
    if constexpr (counter_copies > 1) copy_ = threadIdx.x / 32 * shared_counters;
  }

  __device__ __forceinline__ void clear() const {
    if constexpr (any_shared) {
      for (unsigned i = threadIdx.x; i < counter_copies * shared_counters_; i += block_threads) isotherm_shared[i] = 0;
    }
  }

  /// Adds one to a slot of histogram h, if the particle is counted. Slot `slots` is for what is not finite.
  template <bool in_shared_memory>
  __device__ __forceinline__ void add(bool counted, int h, unsigned slot) const {
    const kernels::HistogramLayout& layout = isotherm_histograms[setting_][h];
    if constexpr (in_shared_memory) {
      ptx::count_shared(&isotherm_shared[copy_ + layout.shared_offset + slot], counted);
    } else {
      ptx::count_global(&counts_[layout.offset + group_ * layout.group_stride + slot], counted);
    }
  }

  /// The same for two axes, the last one fastest.
  template <bool in_shared_memory>
  __device__ __forceinline__ void add(bool counted, int h, unsigned first, unsigned last) const {
    const kernels::HistogramLayout& layout = isotherm_histograms[setting_][h];
    const unsigned row = first * layout.last_extent;
    add<in_shared_memory>(counted, h, row < layout.slots && last < layout.last_extent ? row + last : layout.slots);
  }

  /// Adds the thread block's own counters to those of all.
  __device__ __forceinline__ void flush() const {
    if constexpr (any_shared) {
      __syncthreads();
      for (int h = 0; h < histogram_count; ++h) {
        if (!is_shared(h)) continue;
        const kernels::HistogramLayout& layout = isotherm_histograms[setting_][h];
        unsigned long long* const counts = counts_ + layout.offset + group_ * layout.group_stride;
        for (unsigned i = threadIdx.x; i <= layout.slots; i += block_threads) {
          unsigned count = 0;
          for (unsigned copy = 0; copy < counter_copies; ++copy)
            count += isotherm_shared[copy * shared_counters_ + layout.shared_offset + i];
          if (count != 0) atomicAdd(&counts[i], static_cast<unsigned long long>(count));
        }
      }
    }
  }

 private:
  unsigned setting_;
  unsigned long long* counts_;
  unsigned group_, shared_counters_, copy_ = 0;
};
