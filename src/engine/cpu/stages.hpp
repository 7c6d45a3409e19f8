#pragma once
// What the CPU engine calls: one table of functions for each SIMD target and precision, compiled from one text
// (stages-inl.hpp). A row holds one value for each particle of a part; rows lie one after the other.

#include <cstddef>
#include <cstdint>

#include "engine/cpu/linear_batch.hpp"
#include "engine/simulation.hpp"
#include "isotherm/random/bijection.hpp"
#include "isotherm/random/drawn_rows.hpp"
#include "loss/program.hpp"

namespace isotherm::engine::cpu {

/// Parts are 1024 particles, or less, down to 32, the more rows are alive; every row function may rely on a multiple of
/// 32.
inline constexpr std::size_t smallest_part = 32;

template <class real>
struct RowCall;

/// Executes one operation on `n` particles: rows[destination] = op(operands). Row r begins at rows + r * n.
template <class real>
using RowFunction = void (*)(const RowCall<real>&, real* rows, const real* constants, std::size_t n);

template <class real>
struct RowCall {
  RowFunction<real> function;
  std::uint32_t destination;
  std::uint32_t operands[5];  ///< numbers of rows, or of constants where the function was chosen so
};

/// Numbers of two constants that every program has beside its own.
inline constexpr std::uint32_t constant_one = 0xffffffff, constant_minus_zero = 0xfffffffe;

/// A multiply-add: a b + c, a b - c, c - a b.
enum class Sign : std::uint8_t { plus, minus, negative };

/// Two multiply-adds in one pass over the rows, the second on the value of the first, which so needs no row. Operands 0
/// to 2 are a, b and c of the first, of which a is a row; operands 3 and 4 are those of the second beside the value: b
/// and c where the value is factor a, a (a row) and b where it is the addend c.
struct PairForm {
  static constexpr int firsts = 12, seconds = 18;
  static constexpr int first(Sign sign, bool b_constant, bool c_constant) {
    return 4 * static_cast<int>(sign) + 2 * b_constant + c_constant;
  }
  static constexpr int value_is_factor(Sign sign, bool b_constant, bool c_constant) {
    return first(sign, b_constant, c_constant);
  }
  static constexpr int value_is_addend(Sign sign, bool b_constant) {
    return firsts + 2 * static_cast<int>(sign) + b_constant;
  }
};

/// An axis in the engine's precision.
template <class real>
struct AxisConstants {
  real lower, upper, scale, bins;
  bool periodic;
};

/// Masks of constant operands for which a row function exists: not all operands may be constant.
inline constexpr std::size_t mask_count = 15;

template <class real>
struct Stages {
  const char* target;       ///< "AVX3", "AVX2", "scalar"
  std::size_t hoist_bytes;  ///< for each particle, of the buffer that `hoist` fills

  RowFunction<real> rows[loss::opcode_count][mask_count];
  RowFunction<real> copy_row, copy_constant;
  /// By whether all operands that are rows are one and the same, and by PairForm of the first and of the second. Null
  /// in the scalar lane.
  RowFunction<real> pairs[2][PairForm::firsts][PairForm::seconds];

  /// Per-particle constants of the first Philox rounds for particles subsequence, subsequence + 1, ...
  void (*hoist)(void* buffer, std::uint64_t subsequence, std::uint32_t block_high, std::uint64_t seed, std::size_t n);
  /// Philox blocks [block, block + blocks), each giving 4 rows (double: 2) of n particles: of numbers, or for signs
  /// of its 128 bits, in order. All blocks share the high word for which `hoist` was called.
  void (*numbers)(DrawLayout::Law law, const void* hoists, std::uint64_t seed, std::uint64_t subsequence,
                  std::uint64_t block, std::size_t blocks, real* rows, std::size_t n);
  /// Bit `bit` of each value of a row of bits, as -1 or 1.
  void (*signs)(const real* bits, int bit, real* row, std::size_t n);
  // The examples of n particles. Rows are chosen by words alone, which are 32 bits in both precisions: the next three
  // are of Stages<float>, and null in Stages<double>.

  /// Rows of a table for n particles (isotherm/random/rows-inl.hpp): those of the m numbers from m block
  /// on, m = random::rows_per_block, n each.
  void (*drawn_rows)(const void* hoists, std::uint64_t seed, std::uint64_t subsequence, std::uint64_t block,
                     std::uint32_t table_rows, std::int32_t* rows, std::size_t n);
  /// The row at a position of each particle's permutation, given the words of two blocks, as `numbers` leaves them.
  void (*permuted_rows)(const random::Bijection& map, const real* words, std::uint32_t position, std::int32_t* rows,
                        std::size_t n);
  /// Exact permutations of up to 256 rows at their first positions: that of particle i at position p to
  /// orders[p * n + i].
  void (*shuffled_rows)(const void* hoists, std::uint64_t seed, std::uint64_t subsequence, std::uint64_t first_block,
                        std::uint32_t positions, std::uint32_t table_rows, unsigned char* orders, std::size_t n);
  /// The first `count` numbers of each particle's row of a table, a row every `stride` numbers: that of particle i
  /// in column c to rows[c * n + i]. Less than 64 bytes past a row may be read.
  void (*columns)(const real* table, std::size_t stride, std::size_t count, const std::int32_t* row_of, real* rows,
                  std::size_t n);
  /// Examples of a LinearBatch, one after the other, for each of n particles, by its number of terms less one and by
  /// whether it subtracts; the rows of the table as in `columns`, n for each example, their numbers in the order of
  /// LinearBatch::columns. The `first` examples of a batch take the sums for 0. Null in the scalar lane.
  void (*linear_batches[LinearBatch::most_terms][2])(const LinearBatch& form, const real* table, std::size_t stride,
                                                     const std::int32_t* row_of, std::size_t examples, bool first,
                                                     real* rows, std::size_t n);
  /// Slots of one axis: 0 underflow, 1 ... bins, bins + 1 overflow, bins + 2 not finite.
  void (*bin)(const real* values, const AxisConstants<real>& axis, std::int32_t* slots, std::size_t n);

  /// Count, mean and sums of the second, third and fourth powers of the deviations from it, over the finite values of
  /// a block whose weight is not 0. Every sum is by halving: 128 pairs, 64, ...
  void (*block_moments)(const real* values, const real* weight, real* moments);
  /// Count, q means and q x q sums of products of deviations, over the particles of a block whose weight is not 0 and
  /// whose q values are all finite. `deviations` has room for q rows.
  void (*block_comoments)(const real* const* rows, std::size_t q, const real* weight, real* deviations, real* sums);
};

/// The table of a target; null if it is not compiled in or this CPU lacks it.
template <class real>
const Stages<real>* find_stages(const std::string& target);

extern template const Stages<float>* find_stages<float>(const std::string&);
extern template const Stages<double>* find_stages<double>(const std::string&);

}  // namespace isotherm::engine::cpu
