// The examples of a step in a kernel, and passes over all data. No include guard: included inside the namespace of a
// lane, after kernels/particles-inl.cuh and numbers-inl.cuh. A generated program has defined
// - batch_sum_count, data_sum_count: sums of a step, and of a pass over all data;
// - example_kind, reshuffles, bijection_pairs, drawn_rows_per_block: which examples, whether an order is of an epoch or
//   of a step, random::Bijection::pairs and random::rows_per_block;
// - fresh_normals, fresh_uniforms, fresh_signs: raw numbers of a fresh example, as Simulation's FreshDraws strides
// them;
// - table_columns, table_stride, table_in_shared; data_columns, data_stride, data_is_table: of both tables, and whether
//   they are one;
// - add_example(setting, state, sums, example), add_row(setting, state, sums, row, weight): the programs.
// Rows are chosen by words, which are the same in both precisions: their arithmetic is the f32 lane's.

using Word = f32::I;

/// A table of numbers, row after row: in global memory, or in the thread block's own. Threads read different rows, so a
/// row lies together, and is read in pieces of up to 16 bytes.
template <int columns, int stride, bool in_shared>
class Table {
 public:
  class Row {
   public:
    __device__ __forceinline__ F column(int c) const { return number_[c / piece][c % piece]; }

   private:
    friend class Table;
    static constexpr int piece = stride * sizeof(real) >= 16 ? 16 / sizeof(real) : stride;
    real number_[(columns + piece - 1) / piece][piece];
  };

  __device__ __forceinline__ explicit Table(const void* numbers) : numbers_(static_cast<const real*>(numbers)) {}

  __device__ __forceinline__ Row operator[](unsigned row) const {
    struct alignas(Row::piece * sizeof(real)) Piece {
      real number[Row::piece];
    };
    const real* from = numbers_ + static_cast<unsigned long long>(row) * stride;
    Row to;
#pragma unroll
    for (int c = 0; c < columns; c += Row::piece) {
      if constexpr (in_shared) {
        const Piece piece = *reinterpret_cast<const Piece*>(from + c);
#pragma unroll
        for (int k = 0; k < Row::piece; ++k) to.number_[c / Row::piece][k] = piece.number[k];
      } else {
        ptx::load_constant(from + c, to.number_[c / Row::piece]);
      }
    }
    return to;
  }

 private:
  const real* numbers_;
};

using StepTable = Table<table_columns, table_stride, table_in_shared>;

__device__ __forceinline__ StepTable step_table(const kernels::ExampleArguments& arguments) {
  if constexpr (table_in_shared) return StepTable(isotherm_shared + arguments.shared_table);
  return StepTable(arguments.table);
}

/// Fills the thread block's copy of the steps' table, where it has one.
__device__ __forceinline__ void copy_table(const kernels::ExampleArguments& arguments) {
  if constexpr (table_in_shared) {
    const unsigned words = arguments.rows * table_stride * (sizeof(real) / sizeof(unsigned));
    for (unsigned i = threadIdx.x; i < words; i += block_threads)
      isotherm_shared[arguments.shared_table + i] = static_cast<const unsigned*>(arguments.table)[i];
  }
}

__device__ __forceinline__ void make_row_words(const NumberSource& source, unsigned long long block, Word (&words)[4]) {
  I made[4];
  source(block, made);
#pragma unroll
  for (int k = 0; k < 4; ++k) words[k] = f32::word_of(static_cast<unsigned>(made[k].v));
}

/// What a thread knows of the examples of its particles, from step to step. Those of a step:
///   n = examples.begin_step(); then n times examples.next() and examples[p], for each of the thread's particles p.
template <kernels::ExampleKind kind>
class StepExamples {
 public:
  __device__ __forceinline__ StepExamples(const ThreadParticles&, const kernels::AdvanceArguments&) {}
};

/// Rows drawn with replacement, `drawn_rows_per_block` from a Philox block.
template <>
class StepExamples<kernels::ExampleKind::drawn> {
 public:
  __device__ __forceinline__ StepExamples(const ThreadParticles& particles, const kernels::AdvanceArguments& arguments)
      : particles_(particles),
        arguments_(arguments),
        table_(step_table(arguments.examples)),
        number_(arguments.examples.first) {
    const unsigned done = static_cast<unsigned>(number_ % drawn_rows_per_block);
    if (done != 0) draw();
    for (unsigned k = 1; k < done; ++k) shift();
  }

  __device__ __forceinline__ unsigned begin_step() const { return arguments_.examples.batch_size; }

  __device__ __forceinline__ void next() {
    if (number_ % drawn_rows_per_block == 0)
      draw();
    else
      shift();
    ++number_;
  }

  __device__ __forceinline__ StepTable::Row operator[](int p) const {
    return table_[static_cast<unsigned>(rows_[p][0].v)];
  }

 private:
  __device__ __forceinline__ void draw() {
#pragma unroll
    for (int p = 0; p < particles_per_thread; ++p) {
      Word words[4];
      make_row_words(
          NumberSource(arguments_.keys, static_cast<unsigned>(random::Purpose::example_rows), particles_.number(p)),
          number_ / drawn_rows_per_block, words);
      f32::example_rows(words, arguments_.examples.rows, rows_[p]);
    }
  }

  __device__ __forceinline__ void shift() {
#pragma unroll
    for (int p = 0; p < particles_per_thread; ++p)
#pragma unroll
      for (int k = 0; k + 1 < drawn_rows_per_block; ++k) rows_[p][k] = rows_[p][k + 1];
  }

  const ThreadParticles& particles_;
  const kernels::AdvanceArguments& arguments_;
  StepTable table_;
  unsigned long long number_;  ///< of the next example
  Word rows_[particles_per_thread]
            [drawn_rows_per_block];  ///< the first is that of the last example; then those that follow
};

/// The orders in which particles go through all rows, kept in shared memory, a byte for a row: each is shuffled
/// position by position, just before it is read. Of consecutive threads consecutive words are neighbours, four rows in
/// each, so that no two threads of a warp want the same bank whichever rows they read.
class StoredOrder {
 public:
  __device__ __forceinline__ StoredOrder(const ThreadParticles& particles, const kernels::AdvanceArguments& arguments)
      : particles_(particles), arguments_(arguments) {}

  __device__ __forceinline__ void begin(unsigned long long permutation, unsigned position) {
    permutation_ = permutation;
    position_ = 0;
    constexpr unsigned first_rows = 0x03020100, four_further = 0x04040404;
    for (unsigned w = 0; 4 * w < arguments_.examples.rows; ++w)
#pragma unroll
      for (int p = 0; p < particles_per_thread; ++p) *word(p, w) = first_rows + w * four_further;
    while (position_ < position) {
      Word skipped[particles_per_thread];
      next(skipped);
    }
  }

  __device__ __forceinline__ void next(Word (&row)[particles_per_thread]) {
    const unsigned left = arguments_.examples.rows - position_;
#pragma unroll
    for (int p = 0; p < particles_per_thread; ++p) {
      if (position_ % 4 == 0) {
        make_row_words(
            NumberSource(arguments_.keys, static_cast<unsigned>(random::Purpose::permutation), particles_.number(p)),
            f32::blocks_per_shuffle * permutation_ + position_ / 4, words_[p]);
      } else {
#pragma unroll
        for (int k = 0; k < 3; ++k) words_[p][k] = words_[p][k + 1];
      }
      unsigned char* const here = place(p, position_);
      unsigned char* const there = place(p, position_ + static_cast<unsigned>(f32::places_ahead(words_[p][0], left).v));
      const unsigned char taken = *there;
      *there = *here;
      *here = taken;
      row[p] = f32::word_of(taken);
    }
    ++position_;
  }

 private:
  __device__ __forceinline__ unsigned* word(int p, unsigned w) const {
    return isotherm_shared + arguments_.examples.shared_orders + w * kernels::block_particles + threadIdx.x +
           static_cast<unsigned>(p * block_threads);
  }
  __device__ __forceinline__ unsigned char* place(int p, unsigned i) const {
    return reinterpret_cast<unsigned char*>(word(p, i / 4)) + i % 4;
  }

  const ThreadParticles& particles_;
  const kernels::AdvanceArguments& arguments_;
  unsigned long long permutation_;
  unsigned position_;
  Word words_[particles_per_thread][4];  ///< the first is that of the last position; then those that follow
};

/// The same by a keyed bijection.
class ComputedOrder {
 public:
  __device__ __forceinline__ ComputedOrder(const ThreadParticles& particles, const kernels::AdvanceArguments& arguments)
      : particles_(particles), arguments_(arguments) {}

  __device__ __forceinline__ void begin(unsigned long long permutation, unsigned position) {
    constexpr unsigned blocks = f32::words_per_permutation / 4;
#pragma unroll
    for (int p = 0; p < particles_per_thread; ++p) {
      const NumberSource source(arguments_.keys, static_cast<unsigned>(random::Purpose::permutation),
                                particles_.number(p));
#pragma unroll
      for (unsigned b = 0; b < blocks; ++b) {
        Word words[4];
        make_row_words(source, blocks * permutation + b, words);
#pragma unroll
        for (unsigned k = 0; k < 4; ++k) key_[p][4 * b + k] = words[k];
      }
    }
    place_ = f32::place_of(map(), position);
  }

  __device__ __forceinline__ void next(Word (&row)[particles_per_thread]) {
#pragma unroll
    for (int p = 0; p < particles_per_thread; ++p) row[p] = f32::permuted_row(map(), key_[p], place_);
    place_ = f32::next_place(map(), place_);
  }

 private:
  __device__ __forceinline__ random::Bijection map() const {
    const kernels::ExampleArguments& examples = arguments_.examples;
    return random::Bijection{examples.rows, examples.a, examples.b, examples.full, bijection_pairs};
  }

  const ThreadParticles& particles_;
  const kernels::AdvanceArguments& arguments_;
  Word key_[particles_per_thread][f32::words_per_permutation];
  f32::Place place_;
};

/// Rows in the order of a permutation: a new one for each epoch, whose last batch may be short, or for each step.
template <class Order>
class OrderedExamples {
 public:
  __device__ __forceinline__ OrderedExamples(const ThreadParticles& particles,
                                             const kernels::AdvanceArguments& arguments)
      : arguments_(arguments.examples),
        table_(step_table(arguments.examples)),
        order_(particles, arguments),
        permutation_(arguments.examples.first),
        position_(arguments.examples.first_position) {
    order_.begin(permutation_, position_);
  }

  __device__ __forceinline__ unsigned begin_step() {
    const unsigned length = reshuffles ? arguments_.rows : arguments_.batch_size;
    if (position_ == length) {
      position_ = 0;
      order_.begin(++permutation_, 0);
    }
    const unsigned examples = min(arguments_.batch_size, length - position_);
    position_ += examples;
    return examples;
  }

  __device__ __forceinline__ void next() { order_.next(row_); }

  __device__ __forceinline__ StepTable::Row operator[](int p) const { return table_[static_cast<unsigned>(row_[p].v)]; }

 private:
  const kernels::ExampleArguments& arguments_;
  StepTable table_;
  Order order_;
  unsigned long long permutation_;
  unsigned position_;  ///< at which the next step begins
  Word row_[particles_per_thread];
};

template <>
class StepExamples<kernels::ExampleKind::stored_order> : public OrderedExamples<StoredOrder> {
  using OrderedExamples<StoredOrder>::OrderedExamples;
};

template <>
class StepExamples<kernels::ExampleKind::computed_order> : public OrderedExamples<ComputedOrder> {
  using OrderedExamples<ComputedOrder>::OrderedExamples;
};

/// Raw numbers of one law, example after example, of one particle.
template <Law law, random::Purpose purpose, int per_example>
class FreshNumbers {
 public:
  __device__ __forceinline__ void begin(const kernels::RoundKeys& keys, unsigned long long particle,
                                        unsigned long long example) {
    if constexpr (per_example > 0) {
      const unsigned done = example % group;
      if (done == 0) return;  // next() makes the group
      fill(keys, particle, example);
      for (unsigned e = 1; e < done; ++e) shift(e);
    }
  }

  /// Goes to an example.
  __device__ __forceinline__ void next(const kernels::RoundKeys& keys, unsigned long long particle,
                                       unsigned long long example) {
    if constexpr (per_example > 0) {
      const unsigned done = example % group;
      if (done == 0)
        fill(keys, particle, example);
      else
        shift(done);
    }
  }

  __device__ __forceinline__ F operator[](int k) const { return numbers_[k]; }

 private:
  using Source = Numbers<law, per_example>;
  static constexpr unsigned group = Source::group_steps, part = Source::part_steps;

  __device__ __forceinline__ void fill(const kernels::RoundKeys& keys, unsigned long long particle,
                                       unsigned long long example) {
    numbers_.fill(NumberSource(keys, static_cast<unsigned>(purpose), particle), example / group * Source::group_blocks);
  }
  /// From the example before to number `done` of its group.
  __device__ __forceinline__ void shift(unsigned done) {
    numbers_.next_step();
    if (done % part == 0) numbers_.next_part();
  }

  Source numbers_;
};

/// Examples drawn fresh.
template <>
class StepExamples<kernels::ExampleKind::fresh> {
 public:
  struct Example {
    FreshNumbers<Law::normal, random::Purpose::example_normal, fresh_normals> normal;
    FreshNumbers<Law::uniform, random::Purpose::example_uniform, fresh_uniforms> uniform;
    FreshNumbers<Law::sign, random::Purpose::example_sign, fresh_signs> sign;
  };

  __device__ __forceinline__ StepExamples(const ThreadParticles& particles, const kernels::AdvanceArguments& arguments)
      : particles_(particles), arguments_(arguments), number_(arguments.examples.first) {
#pragma unroll
    for (int p = 0; p < particles_per_thread; ++p) {
      example_[p].normal.begin(arguments.keys, particles.number(p), number_);
      example_[p].uniform.begin(arguments.keys, particles.number(p), number_);
      example_[p].sign.begin(arguments.keys, particles.number(p), number_);
    }
  }

  __device__ __forceinline__ unsigned begin_step() const { return arguments_.examples.batch_size; }

  __device__ __forceinline__ void next() {
#pragma unroll
    for (int p = 0; p < particles_per_thread; ++p) {
      example_[p].normal.next(arguments_.keys, particles_.number(p), number_);
      example_[p].uniform.next(arguments_.keys, particles_.number(p), number_);
      example_[p].sign.next(arguments_.keys, particles_.number(p), number_);
    }
    ++number_;
  }

  __device__ __forceinline__ const Example& operator[](int p) const { return example_[p]; }

 private:
  const ThreadParticles& particles_;
  const kernels::AdvanceArguments& arguments_;
  unsigned long long number_;  ///< of the next example
  Example example_[particles_per_thread];
};

/// The sums of a step, example after example.
template <class Examples>
__device__ __forceinline__ void sum_batch(unsigned setting, Examples& examples,
                                          const F (&state)[particles_per_thread][state_rows],
                                          F (&sums)[particles_per_thread][at_least_one(batch_sum_count)]) {
#pragma unroll
  for (int p = 0; p < particles_per_thread; ++p)
#pragma unroll
    for (int s = 0; s < batch_sum_count; ++s) sums[p][s] = F(real(0));
  const unsigned count = examples.begin_step();
#pragma unroll 1
  for (unsigned b = 0; b < count; ++b) {
    examples.next();
#pragma unroll
    for (int p = 0; p < particles_per_thread; ++p) add_example(setting, state[p], sums[p], examples[p]);
  }
}

/// Adds the rows of a table, one after the other, to the sums of all particles: the same row for all.
template <class Rows>
__device__ __forceinline__ void add_rows(unsigned setting, const Rows& table,
                                         const kernels::ExampleArguments& arguments,
                                         const F (&state)[particles_per_thread][state_rows],
                                         F (&sums)[particles_per_thread][at_least_one(data_sum_count)]) {
  const F weight(static_cast<real>(arguments.data_weight));
#pragma unroll 1
  for (unsigned r = 0; r < arguments.data_rows; ++r) {
    const typename Rows::Row row = table[r];
#pragma unroll
    for (int p = 0; p < particles_per_thread; ++p) add_row(setting, state[p], sums[p], row, weight);
  }
}

/// The sums over all data.
__device__ __forceinline__ void sum_data(unsigned setting, const kernels::ExampleArguments& arguments,
                                         const F (&state)[particles_per_thread][state_rows],
                                         F (&sums)[particles_per_thread][at_least_one(data_sum_count)]) {
#pragma unroll
  for (int p = 0; p < particles_per_thread; ++p)
#pragma unroll
    for (int s = 0; s < data_sum_count; ++s) sums[p][s] = F(real(0));
  if constexpr (data_is_table) {
    add_rows(setting, step_table(arguments), arguments, state, sums);
  } else {
    add_rows(setting, Table<data_columns, data_stride, false>(arguments.data), arguments, state, sums);
  }
}
