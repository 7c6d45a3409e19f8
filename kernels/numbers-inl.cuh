// Random numbers of one particle in a kernel. No include guard: included inside the namespace of a lane.

/// Arrays this long are filled by unrolled loops, which keeps them in registers; longer ones are left to the compiler.
constexpr int longest_unrolled = 64;

/// Random numbers of one particle and purpose.
class NumberSource {
 public:
  __device__ __forceinline__ NumberSource(unsigned long long seed, unsigned purpose, unsigned long long particle)
      : key_(make_keys(seed)), subsequence_(static_cast<unsigned long long>(purpose) << 56 | particle) {
    hoisted_ = hoist(subsequence_, high_, key_);
  }

  /// The numbers of Philox block `block`.
  template <Law law>
  __device__ __forceinline__ void operator()(unsigned long long block, F (&out)[numbers_per_block]) {
    const unsigned high = static_cast<unsigned>(block >> 32);
    if (high != high_) {
      high_ = high;
      hoisted_ = hoist(subsequence_, high_, key_);
    }
    I words[4];
    philox(hoisted_, block, subsequence_, key_, words);
    if constexpr (law == Law::uniform) {
      uniforms(words, out);
    } else {
      normals(words, out);
    }
  }

 private:
  Keys key_;
  unsigned long long subsequence_;
  unsigned high_ = 0;
  Hoist hoisted_;
};

/// Numbers 0, 1, ... of Philox blocks first, first + 1, ..., as many as fit.
template <Law law, int blocks, int size>
__device__ __forceinline__ void fill_numbers(NumberSource& source, unsigned long long first, F (&number)[size]) {
#pragma unroll(size <= longest_unrolled ? blocks : 1)
  for (int b = 0; b < blocks; ++b) {
    F out[numbers_per_block];
    source.operator()<law>(first + b, out);
#pragma unroll
    for (int q = 0; q < numbers_per_block; ++q) {
      if (b * numbers_per_block + q < size) number[b * numbers_per_block + q] = out[q];
    }
  }
}
