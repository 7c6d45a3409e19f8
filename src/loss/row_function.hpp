#pragma once
// A loss at many points at a time, in vectors.

#include <span>
#include <vector>

#include "loss/problem.hpp"
#include "loss/row_functions.hpp"

namespace isotherm::loss {

/// What `Function` is, at `examples_of_a_row` points at a time; the same bits, since it runs the same list. Means over
/// all data are taken point by point. Must not be called by two threads at a time.
class RowFunction {
 public:
  /// `functions` is for tests.
  RowFunction(Problem& problem, NodeId node, const RowFunctions& functions = row_functions());

  /// `coordinates` has a row for each coordinate, all of them and `out` of `examples_of_a_row` numbers.
  void operator()(std::span<const double* const> coordinates, std::span<double> out) const;

 private:
  std::span<const double> row(const Operand& operand, std::span<const double* const> coordinates) const;

  Function function_;
  const RowFunctions* functions_;
  bool has_means_;  ///< then only `function_` is used
  Program program_;
  std::size_t constants_ = 0;
  mutable std::vector<double> rows_;  ///< of constants, then of the values of the instructions
};

}  // namespace isotherm::loss
