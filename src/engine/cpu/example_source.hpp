#pragma once
// The examples of a step, as rows: which row of the table each particle draws, and the columns of that row.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/cpu/aligned_buffer.hpp"
#include "engine/cpu/stages.hpp"
#include "engine/simulation.hpp"
#include "isotherm/random/bijection.hpp"

namespace isotherm::engine::cpu {

/// Examples whose rows are chosen at a time.
inline constexpr std::uint64_t most_examples = 16;

/// A table of examples in the engine's precision, row after row: a particle takes one row at a time. Rows are padded
/// with zeros to whole pieces of 16 bytes, and so that a row of less than a cache line lies in one; zeros follow the
/// last.
template <class real>
class ExampleTable {
 public:
  ExampleTable() = default;
  /// With the weights of the rows as a last column where `weighted`.
  ExampleTable(const loss::Examples& examples, bool weighted);
  /// These columns, in this order.
  ExampleTable(const loss::Examples& examples, std::span<const std::size_t> order);
  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  std::size_t stride() const { return stride_; }  ///< from a row to the next
  const real* row(std::size_t r) const { return values_.data() + r * stride_; }

 private:
  std::size_t rows_ = 0, columns_ = 0, stride_ = 0;
  AlignedBuffer<real> values_;
};

/// Makes them, for one part of the particles at a time: one thread's.
template <class real>
class ExampleSource {
 public:
  ExampleSource() = default;
  /// For parts of up to `largest_part` particles. `batch`, `table` and `stages` must outlive it.
  ExampleSource(const Batch& batch, const ExampleTable<real>& table, const Stages<real>& stages, std::uint64_t seed,
                std::size_t largest_part);

  /// Goes to particles [particle, particle + n).
  void begin(std::uint64_t particle, std::size_t n);
  /// The rows of the table that each particle takes for examples [b, b + count) of the update from state `step`, n for
  /// each example, until the next call; count <= most_examples.
  const std::int32_t* rows_of(std::uint64_t step, std::uint64_t b, std::size_t count);

 private:
  const std::int32_t* drawn_rows(std::uint64_t number, std::size_t count);
  const std::int32_t* permuted_rows(std::uint64_t permutation, std::uint64_t position, std::size_t count);
  const std::int32_t* shuffled_rows(std::uint64_t permutation, std::uint64_t position, std::size_t count);
  void hoist(random::Purpose purpose, std::uint64_t block);

  const Batch* batch_ = nullptr;
  const ExampleTable<real>* table_ = nullptr;
  const Stages<real>* stages_ = nullptr;
  const Stages<float>* words_ = nullptr;  ///< of the same target: what chooses rows
  std::uint64_t seed_ = 0, particle_ = 0, subsequence_ = 0;
  std::size_t n_ = 0;
  random::Bijection map_{};
  bool exact_ = false;              ///< permutations are stored, not computed
  std::uint64_t hoisted_high_ = 0;  ///< as of NumberSource
  std::uint64_t made_ = 0;          ///< what the buffers hold: draws from this Philox block on, or a permutation
  std::uint64_t made_blocks_ = 0;
  AlignedBuffer<std::byte> hoists_;
  AlignedBuffer<float> keys_;          ///< of the permutation of each particle
  AlignedBuffer<std::int32_t> rows_;   ///< of each particle, for the draws of blocks, or for positions
  std::vector<unsigned char> orders_;  ///< position after position, of each particle
};

extern template class ExampleTable<float>;
extern template class ExampleTable<double>;
extern template class ExampleSource<float>;
extern template class ExampleSource<double>;

}  // namespace isotherm::engine::cpu
