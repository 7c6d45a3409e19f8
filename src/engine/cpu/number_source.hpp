#pragma once
// The random numbers that the steps of a program read, as rows. Philox gives blocks of numbers, and steps need not end
// where a block does: numbers are made for a group of steps, the fewest that fill whole blocks.
//
// A normal or uniform number of the group has a row of its own, so that the steps of a group differ in their rows and
// each has a tape. A sign is one bit: the group's words are rows, and before each step the signs that it reads are
// unpacked, always to the same rows. Blocks of which no step reads a number are not made.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/cpu/aligned_buffer.hpp"
#include "engine/cpu/stages.hpp"
#include "engine/simulation.hpp"

namespace isotherm::engine::cpu {

/// A Philox block has 128 bits, of which each normal or uniform number takes as many as its type has.
inline constexpr std::size_t bits_per_block = 128;
template <class real>
inline constexpr std::size_t rows_per_block = bits_per_block / (8 * sizeof(real));

/// Which blocks a group of steps needs, and where its numbers lie: in rows [first_row, end_row).
template <class real>
class NumberLayout {
 public:
  /// Blocks that follow each other, of the group and in rows.
  struct Run {
    std::size_t block = 0, blocks = 0, row = 0;
  };

  /// Of the program's draws those from first_draw on, as many as a step has, are these.
  NumberLayout(const DrawLayout& draws, const loss::Program& program, std::size_t first_row,
               std::size_t first_draw = 0);

  const DrawLayout& draws() const { return draws_; }
  std::size_t steps() const { return steps_; }    ///< of a group: a power of two, 128 at most
  std::size_t blocks() const { return blocks_; }  ///< of a group, those not made included
  const std::vector<Run>& runs() const { return runs_; }
  std::size_t end_row() const { return end_row_; }

  bool is_packed() const { return draws_.law == DrawLayout::Law::sign; }
  /// Steps of a group that find their numbers in different rows.
  std::size_t tapes() const { return is_packed() ? 1 : steps_; }
  /// Row of each draw, by its Leaf index less first_draw, for tape number `tape`; 0 for draws that the program does not
  /// read.
  std::vector<std::uint32_t> draw_rows(std::size_t tape) const;

  /// A sign to unpack before step `step` of a group: bit `bit` of the words in row `words` goes to row `row`.
  struct Sign {
    std::size_t words, row;
    int bit;
  };
  std::size_t signs() const { return is_packed() ? reads_.size() : 0; }
  Sign sign(std::size_t step, std::size_t i) const {
    const std::size_t number = step * draws_.numbers_per_step() + reads_[i], bit = number % bits_per_block;
    return {row_of_block_[number / bits_per_block] + bit / bits_per_row, first_sign_ + i,
            static_cast<int>(bit % bits_per_row)};
  }

 private:
  static constexpr std::size_t bits_per_row = 8 * sizeof(real);
  std::size_t numbers_per_block() const { return is_packed() ? bits_per_block : rows_per_block<real>; }

  DrawLayout draws_;
  std::size_t steps_ = 1, blocks_ = 0, first_sign_ = 0, end_row_ = 0;
  std::vector<std::uint32_t> reads_;  ///< Leaf indices of the draws that the program reads, ascending
  std::vector<std::size_t> row_of_block_;
  std::vector<Run> runs_;
};

/// Makes them, for one part of the particles at a time: one thread's.
template <class real>
class NumberSource {
 public:
  NumberSource() = default;
  /// For parts of up to `largest_part` particles. `layout` and `stages` must outlive it.
  NumberSource(const NumberLayout<real>& layout, const Stages<real>& stages, std::uint64_t seed,
               std::size_t largest_part);

  /// Goes to particles [particle, particle + n) before step `step`; where it is there already, what was made last is
  /// still in its rows.
  void begin(std::uint64_t particle, std::size_t n, std::uint64_t step);
  /// The rows were used for something else.
  void forget() { n_ = 0; }
  /// Makes the numbers of the next step, and says which tape reads them.
  std::size_t next(real* rows) {
    if (layout_->runs().empty()) return 0;
    if (!made_) make_group(rows);
    const std::size_t step = step_;
    for (std::size_t i = 0; i < layout_->signs(); ++i) {
      const typename NumberLayout<real>::Sign sign = layout_->sign(step, i);
      stages_->signs(rows + sign.words * n_, sign.bit, rows + sign.row * n_, n_);
    }
    if (++step_ == layout_->steps()) {
      step_ = 0;
      ++group_;
      made_ = false;
    }
    return layout_->is_packed() ? 0 : step;
  }

 private:
  void make_group(real* rows);

  const NumberLayout<real>* layout_ = nullptr;
  const Stages<real>* stages_ = nullptr;
  std::uint64_t seed_ = 0, subsequence_ = 0, group_ = 0;
  std::size_t n_ = 0, step_ = 0;  ///< particles of a part; the next step within its group
  bool made_ = false;             ///< the rows hold this group
  AlignedBuffer<std::byte> hoists_;
  std::uint64_t hoisted_high_ = 0;  ///< high word of the blocks that hoists_ holds for; 2^32: none
};

extern template class NumberLayout<float>;
extern template class NumberLayout<double>;
extern template class NumberSource<float>;
extern template class NumberSource<double>;

}  // namespace isotherm::engine::cpu
