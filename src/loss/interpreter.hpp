#pragma once
// The readable oracle: runs a Program for one particle in the scalar lane. Theory evaluates losses with it in double,
// and tests compare every engine with it.

#include <array>
#include <span>
#include <vector>

#include "loss/program.hpp"

namespace isotherm::loss {

/// Executes a program in `real` (float or double). Not thread safe (scratch values); copy it for each thread.
template <class real>
class Interpreter {
 public:
  explicit Interpreter(Program program);

  /// Sizes: at least as many state rows and draws as the program reads (state_rows(), draws()), constants =
  /// program.constants.size() (rounded once from double by the caller), results = program.results.size(), columns of
  /// the example likewise. `results` may be `state`.
  void operator()(std::span<const real> state, std::span<const real> draws, std::span<const real> constants,
                  std::span<real> results, std::span<const real> columns = {});

  const Program& program() const { return program_; }
  std::size_t state_rows() const { return state_rows_; }  ///< one more than the highest row read
  std::size_t draws() const { return draws_; }
  std::size_t columns() const { return columns_; }

 private:
  using Slots = std::array<std::uint32_t, 4>;
  std::uint32_t slot(const Operand& operand) const;

  Program program_;
  std::size_t state_rows_ = 0, draws_ = 0, columns_ = 0;
  std::vector<Slots> operands_;         ///< of each instruction: where they are in values_
  std::vector<std::uint32_t> results_;  ///< likewise
  std::vector<real> values_;            ///< constants, then state, draws, columns and the values of the instructions
};

extern template class Interpreter<float>;
extern template class Interpreter<double>;

}  // namespace isotherm::loss
