#pragma once
// Batches of least squares: the gradient of (w x - y)^2 / 2 is a residual times x. A pass over an example whose program
// has that form keeps the columns of the example in registers from the table to the sums. The operations and their
// order are those of the program, and so are the bits.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "loss/program.hpp"

namespace isotherm::engine::cpu {

/// z = start; z = z + w_k x_k for k = 0, 1, ... (or all z - w_k x_k), each in one fused operation; z = z + y where the
/// target comes last; then sum_k = sum_k + z' x_k for each k. The start is -0, the target y or the intercept w, whose
/// sum grows by z'. y, w and z' (that of z) have signs.
struct LinearBatch {
  static constexpr int most_terms = 15;
  enum class Start { nothing, target, intercept };
  Start start = Start::nothing;
  bool negative_start = false;
  int terms = 0;
  bool subtracts = false;                                         ///< z - w_k x_k
  std::uint32_t weights[most_terms] = {}, sums[most_terms] = {};  ///< rows
  std::uint32_t intercept = 0, intercept_sum = 0;                 ///< rows
  bool target_last = false, negative_last = false;
  bool negative_residual = false;    ///< z' = -z
  std::vector<std::size_t> columns;  ///< of the table, in the order of the terms; the target last
};

/// The form of a batch's program whose sums are the state rows from `first_sum` on; nothing if it has another.
std::optional<LinearBatch> linear_batch(const loss::Program& program, std::size_t first_sum);

}  // namespace isotherm::engine::cpu
