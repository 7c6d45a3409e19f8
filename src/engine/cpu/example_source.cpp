#include "engine/cpu/example_source.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "engine/cpu/number_source.hpp"

namespace isotherm::engine::cpu {
namespace {

constexpr std::uint64_t nothing = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t blocks_per_key = 2, words_per_key = 4 * blocks_per_key,
                        blocks_per_order = random::most_shuffled_rows / 4, most_rows_per_block = 4;
constexpr std::size_t piece_bytes = 16, line_bytes = 64;

template <class real>
std::size_t padded_columns(std::size_t columns) {
  const std::size_t bytes = (columns * sizeof(real) + piece_bytes - 1) / piece_bytes * piece_bytes;
  return (bytes < line_bytes ? std::bit_ceil(bytes) : bytes) / sizeof(real);
}

}  // namespace

template <class real>
ExampleTable<real>::ExampleTable(const loss::Examples& examples, bool weighted)
    : rows_(examples.rows),
      columns_(examples.columns() + weighted),
      stride_(padded_columns<real>(columns_)),
      values_(rows_ * stride_ + line_bytes / sizeof(real)) {
  for (std::size_t c = 0; c < examples.columns(); ++c)
    for (std::size_t r = 0; r < rows_; ++r) values_[r * stride_ + c] = static_cast<real>(examples.value(r, c));
  if (!weighted) return;
  for (std::size_t r = 0; r < rows_; ++r)
    values_[r * stride_ + examples.columns()] = static_cast<real>(examples.weight(r));
}

template <class real>
ExampleTable<real>::ExampleTable(const loss::Examples& examples, std::span<const std::size_t> order)
    : rows_(examples.rows),
      columns_(order.size()),
      stride_(padded_columns<real>(columns_)),
      values_(rows_ * stride_ + line_bytes / sizeof(real)) {
  for (std::size_t c = 0; c < columns_; ++c)
    for (std::size_t r = 0; r < rows_; ++r) values_[r * stride_ + c] = static_cast<real>(examples.value(r, order[c]));
}

template <class real>
ExampleSource<real>::ExampleSource(const Batch& batch, const ExampleTable<real>& table, const Stages<real>& stages,
                                   std::uint64_t seed, std::size_t largest_part)
    : batch_(&batch),
      table_(&table),
      stages_(&stages),
      words_(find_stages<float>(stages.target)),
      seed_(seed),
      map_(random::make_bijection(static_cast<std::uint32_t>(table.rows()))),
      exact_(table.rows() <= random::most_shuffled_rows),
      hoists_(largest_part * words_->hoist_bytes),
      rows_((most_examples + most_rows_per_block) * largest_part) {
  if (batch.sampling == Sampling::with_replacement) return;
  if (exact_)
    orders_.resize(table.rows() * largest_part);
  else
    keys_ = AlignedBuffer<float>(words_per_key * largest_part);
}

template <class real>
void ExampleSource<real>::begin(std::uint64_t particle, std::size_t n) {
  particle_ = particle;
  n_ = n;
  hoisted_high_ = made_ = nothing;
  made_blocks_ = 0;
}

template <class real>
void ExampleSource<real>::hoist(random::Purpose purpose, std::uint64_t block) {
  subsequence_ = static_cast<std::uint64_t>(purpose) << 56 | particle_;
  if (hoisted_high_ == block >> 32) return;
  hoisted_high_ = block >> 32;
  words_->hoist(hoists_.data(), subsequence_, static_cast<std::uint32_t>(hoisted_high_), seed_, n_);
}

template <class real>
const std::int32_t* ExampleSource<real>::drawn_rows(std::uint64_t number, std::size_t count) {
  const auto per_block = static_cast<std::uint64_t>(random::rows_per_block(map_.rows));
  const std::uint64_t first = number / per_block, blocks = (number + count - 1) / per_block - first + 1;
  if (first < made_ || first + blocks > made_ + made_blocks_) {
    made_ = first;
    made_blocks_ = blocks;
    for (std::uint64_t b = 0; b < blocks; ++b) {
      hoist(random::Purpose::example_rows, first + b);
      words_->drawn_rows(hoists_.data(), seed_, subsequence_, first + b, map_.rows, rows_.data() + b * per_block * n_,
                         n_);
    }
  }
  return rows_.data() + (number - per_block * made_) * n_;
}

template <class real>
const std::int32_t* ExampleSource<real>::permuted_rows(std::uint64_t permutation, std::uint64_t position,
                                                       std::size_t count) {
  if (made_ != permutation) {
    made_ = permutation;
    for (std::uint64_t b = 0; b < blocks_per_key; ++b) {
      const std::uint64_t block = blocks_per_key * permutation + b;
      hoist(random::Purpose::permutation, block);
      words_->numbers(DrawLayout::Law::sign, hoists_.data(), seed_, subsequence_, block, 1,
                      keys_.data() + b * rows_per_block<float> * n_, n_);
    }
  }
  for (std::size_t e = 0; e < count; ++e)
    words_->permuted_rows(map_, keys_.data(), static_cast<std::uint32_t>(position + e), rows_.data() + e * n_, n_);
  return rows_.data();
}

template <class real>
const std::int32_t* ExampleSource<real>::shuffled_rows(std::uint64_t permutation, std::uint64_t position,
                                                       std::size_t count) {
  if (made_ != permutation) {
    made_ = permutation;
    const std::uint64_t block = blocks_per_order * permutation;
    hoist(random::Purpose::permutation, block);
    const std::uint64_t positions = batch_->sampling == Sampling::reshuffle ? map_.rows : batch_->size;
    words_->shuffled_rows(hoists_.data(), seed_, subsequence_, block, static_cast<std::uint32_t>(positions), map_.rows,
                          orders_.data(), n_);
  }
  std::copy_n(orders_.data() + position * n_, count * n_, rows_.data());
  return rows_.data();
}

template <class real>
const std::int32_t* ExampleSource<real>::rows_of(std::uint64_t step, std::uint64_t b, std::size_t count) {
  if (batch_->sampling == Sampling::with_replacement) return drawn_rows(step * batch_->size + b, count);
  const bool shuffles = batch_->sampling == Sampling::reshuffle;
  const std::uint64_t permutation = shuffles ? step / batch_->steps_per_epoch() : step;
  const std::uint64_t position = (shuffles ? batch_->first_position(step) : 0) + b;
  return exact_ ? shuffled_rows(permutation, position, count) : permuted_rows(permutation, position, count);
}

template class ExampleTable<float>;
template class ExampleTable<double>;
template class ExampleSource<float>;
template class ExampleSource<double>;

}  // namespace isotherm::engine::cpu
