#pragma once
// A Program with its values placed in rows: what the CPU engine walks, one call for each operation and part.

#include <optional>
#include <vector>

#include "engine/cpu/stages.hpp"
#include "loss/program.hpp"

namespace isotherm::engine::cpu {

/// Where a tape finds its inputs.
struct RowLayout {
  std::size_t state_rows = 0;            ///< rows [0, state_rows)
  std::vector<std::uint32_t> draw_rows;  ///< row of each draw, by its Leaf index
  std::size_t first_temporary = 0;       ///< this row and those after it are the tape's own
  std::size_t first_column = 0;          ///< row of column 0 of an example; the others follow
};

template <class real>
class Tape {
 public:
  /// With `first_result`, result r is left in state row first_result + r, and the other state rows as they are;
  /// without it no state row changes, and results are wherever result_row says.
  Tape(const loss::Program& program, const Stages<real>& stages, const RowLayout& layout,
       std::optional<std::size_t> first_result);

  void run(real* rows, const real* constants, std::size_t n) const {
    for (const RowCall<real>& call : calls_) call.function(call, rows, constants, n);
  }

  std::size_t rows() const { return rows_; }  ///< that it touches, inputs included
  std::size_t result_row(std::size_t result) const { return result_rows_[result]; }
  std::size_t size() const { return calls_.size(); }

 private:
  std::vector<RowCall<real>> calls_;
  std::vector<std::size_t> result_rows_;
  std::size_t rows_ = 0;
};

extern template class Tape<float>;
extern template class Tape<double>;

}  // namespace isotherm::engine::cpu
