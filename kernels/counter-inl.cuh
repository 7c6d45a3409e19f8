// Counting in a kernel. No include guard: included inside the namespace of a lane, after isotherm_histograms.

extern "C" {
extern __shared__ unsigned isotherm_counters[];  ///< of one thread block; flushed at the end of a launch
}

/// Counts particles of one group: in the thread block's own 32-bit counters, or in the 64-bit ones of all.
class Counter {
 public:
  __device__ __forceinline__ Counter(unsigned long long* counts, unsigned group) : counts_(counts), group_(group) {}

  /// Adds one to a slot of histogram h. Slot `slots` is for what is not finite.
  template <bool in_shared_memory>
  __device__ __forceinline__ void add(int h, unsigned slot) const {
    const kernels::HistogramLayout& layout = isotherm_histograms[h];
    if constexpr (in_shared_memory) {
      atomicAdd(&isotherm_counters[layout.shared_offset + slot], 1u);
    } else {
      atomicAdd(&counts_[layout.offset + group_ * layout.group_stride + slot], 1ull);
    }
  }

  /// The same for two axes, the last one fastest.
  template <bool in_shared_memory>
  __device__ __forceinline__ void add(int h, unsigned first, unsigned last) const {
    const kernels::HistogramLayout& layout = isotherm_histograms[h];
    const unsigned row = first * layout.last_extent;
    add<in_shared_memory>(h, row < layout.slots && last < layout.last_extent ? row + last : layout.slots);
  }

 private:
  unsigned long long* counts_;
  unsigned group_;
};
