#include "engine/cpu/number_source.hpp"

#include <algorithm>
#include <numeric>

namespace isotherm::engine::cpu {
namespace {

constexpr std::uint64_t nothing_hoisted = std::uint64_t{1} << 32;

/// Leaf indices of the draws [first, last) that a program reads, less `first`, ascending.
std::vector<std::uint32_t> draws_read(const loss::Program& program, std::size_t first, std::size_t last) {
  std::vector<std::uint32_t> reads;
  const auto look = [&](const loss::Operand& operand) {
    if (operand.kind == loss::Operand::Kind::draw && operand.index >= first && operand.index < last)
      reads.push_back(static_cast<std::uint32_t>(operand.index - first));
  };
  for (const loss::Instruction& instruction : program.instructions)
    for (int k = 0; k < loss::arity(instruction.code); ++k) look(instruction.operands[static_cast<std::size_t>(k)]);
  for (const loss::Operand& result : program.results) look(result);
  std::sort(reads.begin(), reads.end());
  reads.erase(std::unique(reads.begin(), reads.end()), reads.end());
  return reads;
}

}  // namespace

template <class real>
NumberLayout<real>::NumberLayout(const DrawLayout& draws, const loss::Program& program, std::size_t first_row,
                                 std::size_t first_draw)
    : draws_(draws),
      end_row_(first_row),
      reads_(draws_read(program, first_draw, first_draw + draws.numbers_per_step())) {
  if (reads_.empty()) return;
  const std::size_t per_step = draws.numbers_per_step();
  steps_ = numbers_per_block() / std::gcd(numbers_per_block(), per_step);
  blocks_ = steps_ * per_step / numbers_per_block();

  std::vector<bool> needed(blocks_);
  for (std::size_t step = 0; step < steps_; ++step)
    for (const std::uint32_t draw : reads_) needed[(step * per_step + draw) / numbers_per_block()] = true;
  row_of_block_.resize(blocks_);
  for (std::size_t block = 0; block < blocks_; ++block) {
    if (!needed[block]) continue;
    if (block == 0 || !needed[block - 1]) runs_.push_back({block, 0, end_row_});
    ++runs_.back().blocks;
    row_of_block_[block] = end_row_;
    end_row_ += rows_per_block<real>;
  }
  first_sign_ = end_row_;
  end_row_ += signs();
}

template <class real>
std::vector<std::uint32_t> NumberLayout<real>::draw_rows(std::size_t tape) const {
  std::vector<std::uint32_t> rows(reads_.empty() ? 0 : reads_.back() + 1);
  for (std::size_t i = 0; i < reads_.size(); ++i) {
    const std::size_t number = tape * draws_.numbers_per_step() + reads_[i];
    rows[reads_[i]] = static_cast<std::uint32_t>(
        is_packed() ? first_sign_ + i : row_of_block_[number / numbers_per_block()] + number % numbers_per_block());
  }
  return rows;
}

template <class real>
NumberSource<real>::NumberSource(const NumberLayout<real>& layout, const Stages<real>& stages, std::uint64_t seed,
                                 std::size_t largest_part)
    : layout_(&layout),
      stages_(&stages),
      seed_(seed),
      hoists_(layout.runs().empty() ? 0 : largest_part * stages.hoist_bytes),
      hoisted_high_(nothing_hoisted) {}

template <class real>
void NumberSource<real>::begin(std::uint64_t particle, std::size_t n, std::uint64_t step) {
  const std::uint64_t subsequence = static_cast<std::uint64_t>(layout_->draws().purpose) << 56 | particle;
  if (n == n_ && subsequence == subsequence_ && step == group_ * layout_->steps() + step_) return;
  n_ = n;
  subsequence_ = subsequence;
  group_ = step / layout_->steps();
  step_ = static_cast<std::size_t>(step % layout_->steps());
  made_ = false;
  hoisted_high_ = nothing_hoisted;
}

template <class real>
void NumberSource<real>::make_group(real* rows) {
  const std::uint64_t first = group_ * layout_->blocks();
  for (typename NumberLayout<real>::Run run : layout_->runs()) {
    while (run.blocks > 0) {
      // The hoisted rounds hold for one value of the counter's second word.
      const std::uint64_t block = first + run.block, high = block >> 32;
      if (hoisted_high_ != high) {
        stages_->hoist(hoists_.data(), subsequence_, static_cast<std::uint32_t>(high), seed_, n_);
        hoisted_high_ = high;
      }
      const std::size_t now = static_cast<std::size_t>(std::min<std::uint64_t>(run.blocks, ((high + 1) << 32) - block));
      stages_->numbers(layout_->draws().law, hoists_.data(), seed_, subsequence_, block, now, rows + run.row * n_, n_);
      run = {run.block + now, run.blocks - now, run.row + now * rows_per_block<real>};
    }
  }
  made_ = true;
}

template class NumberLayout<float>;
template class NumberLayout<double>;
template class NumberSource<float>;
template class NumberSource<double>;

}  // namespace isotherm::engine::cpu
