// Random numbers of one particle in a kernel. No include guard: included inside the namespace of a lane.

/// Arrays this long are filled by unrolled loops, which keeps them in registers; longer ones are left to the compiler.
constexpr int longest_unrolled = 64;

__device__ constexpr int at_least_one(int n) { return n > 0 ? n : 1; }

__device__ constexpr int greatest_common_divisor(int a, int b) {
  return b == 0 ? a : greatest_common_divisor(b, a % b);
}

/// Philox blocks of one particle and purpose.
class NumberSource {
 public:
  __device__ __forceinline__ NumberSource(const kernels::RoundKeys& keys, unsigned purpose, unsigned long long particle)
      : subsequence_(static_cast<unsigned long long>(purpose) << 56 | particle) {
#pragma unroll
    for (int round = 0; round < 10; ++round) {
      key_.k0[round] = keys.k0[round];
      key_.k1[round] = keys.k1[round];
    }
  }

  __device__ __forceinline__ void operator()(unsigned long long block, I (&words)[4]) const {
    philox(hoist(subsequence_, static_cast<unsigned>(block >> 32), key_), block, subsequence_, key_, words);
  }

 private:
  Keys key_;
  unsigned long long subsequence_;
};

/// How the random numbers of consecutive steps fall into Philox blocks, `of_unit` to a unit: the fewest steps whose
/// numbers fill whole units, and those units.
template <int per_step, int of_unit>
struct Filling {
  static constexpr int steps = per_step == 0 ? 1 : of_unit / greatest_common_divisor(per_step, of_unit);
  static constexpr int units = steps * per_step / of_unit;
};

/// The random numbers of a group of steps, the fewest whose numbers fill whole Philox blocks; number[i] is the i-th of
/// the present step. A group falls into parts, which end with whole words where a number is a bit. Each step reads the
/// first elements, at fixed places, so that they stay in registers even where loops over steps are not unrolled.
template <Law law, int per_step>
class Numbers {
 public:
  static constexpr int group_steps = Filling<per_step, numbers_per_block>::steps;
  static constexpr int group_blocks = Filling<per_step, numbers_per_block>::units;
  static constexpr int part_steps = group_steps;

  __device__ __forceinline__ void fill(const NumberSource& source, unsigned long long first_block) {
#pragma unroll(size <= longest_unrolled ? group_blocks : 1)
    for (int b = 0; b < group_blocks; ++b) {
      I words[4];
      source(first_block + b, words);
      F out[numbers_per_block];
      if constexpr (law == Law::uniform) {
        uniforms(words, out);
      } else {
        normals(words, out);
      }
#pragma unroll
      for (int q = 0; q < numbers_per_block; ++q) number_[b * numbers_per_block + q] = out[q];
    }
  }

  __device__ __forceinline__ F operator[](int i) const { return number_[i]; }

  __device__ __forceinline__ void next_step() {
#pragma unroll
    for (int q = 0; q + per_step < size; ++q) number_[q] = number_[q + per_step];
  }
  __device__ __forceinline__ void next_part() {}

 private:
  static constexpr int size = group_steps * per_step;
  F number_[at_least_one(size)];
};

/// Signs: a bit for each.
template <int per_step>
class Numbers<Law::sign, per_step> {
 public:
  static constexpr int group_steps = Filling<per_step, 128>::steps;
  static constexpr int group_blocks = Filling<per_step, 128>::units;
  static constexpr int part_steps = Filling<per_step, 32>::steps;

  __device__ __forceinline__ void fill(const NumberSource& source, unsigned long long first_block) {
#pragma unroll(size <= longest_unrolled ? group_blocks : 1)
    for (int b = 0; b < group_blocks; ++b) {
      I words[4];
      source(first_block + b, words);
#pragma unroll
      for (int q = 0; q < 4; ++q) word_[4 * b + q] = static_cast<unsigned>(words[q].v);
    }
  }

  __device__ __forceinline__ F operator[](int i) const {
    return sign_number(I(static_cast<integer>(word_[i / 32])), i % 32);
  }

  /// Shifts the words of the part, lowest first, by the bits of one step.
  __device__ __forceinline__ void next_step() {
    if constexpr (part_steps > 1) {
      constexpr int whole = per_step / 32, bits = per_step % 32;
#pragma unroll
      for (int w = 0; w + whole < part_words; ++w) {
        const unsigned high = w + whole + 1 < part_words ? word_[w + whole + 1] : 0;
        word_[w] = word_[w + whole] >> bits | high << (32 - bits);
      }
    }
  }
  __device__ __forceinline__ void next_part() {
#pragma unroll
    for (int w = 0; w + part_words < size; ++w) word_[w] = word_[w + part_words];
  }

 private:
  static constexpr int part_words = Filling<per_step, 32>::units;
  static constexpr int size = 4 * group_blocks;
  unsigned word_[at_least_one(size)];
};
