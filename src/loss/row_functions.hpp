#pragma once
// What passes over all examples call: one table of functions for each SIMD target, in double, compiled from one text
// (row_functions-inl.hpp). A row holds one value for each of `examples_of_a_row` examples.

#include <cstddef>
#include <cstdint>
#include <string>

#include "loss/program.hpp"

namespace isotherm::loss {

/// A multiple of every vector's width.
inline constexpr std::size_t examples_of_a_row = 256;

/// Sums over the examples of a row are of eight numbers: that of example r goes to number r mod 8, in order of r, by a
/// fused multiply-add; the eight are added by halving. So every target has the same bits.
struct RowFunctions {
  const char* target;  ///< "AVX3", "AVX2", "NEON", "scalar"
  /// destination = op(operands), example by example.
  void (*operations[opcode_count])(const double* const* operands, double* destination);
  /// sum_r left[r] right[r].
  double (*dot)(const double* left, const double* right);
  /// sums[i * count + j] += sum_r left[i][r] right[j][r] for j <= i < count.
  void (*products)(const double* const* left, const double* const* right, std::size_t count, double* sums);
};

/// The table of a target; null if it is not compiled in or this CPU lacks it.
const RowFunctions* find_row_functions(const std::string& target);

/// The best table for this CPU.
const RowFunctions& row_functions();

/// The tables that row_functions_simd.cpp compiles, by Highway's number of the target; null where none was compiled.
const RowFunctions* simd_row_functions(std::int64_t target);

}  // namespace isotherm::loss
