#pragma once
// The readable oracle: runs a Program for one particle in the scalar lane. Theory evaluates losses with it in double, and
// tests compare every engine with it.

#include <span>
#include <vector>

#include "loss/program.hpp"

namespace isotherm::loss {

/// Executes a program in `real` (float or double); constants are rounded once from double. Not thread safe (scratch
/// values); copy it for each thread.
template <class real>
class Interpreter {
 public:
  explicit Interpreter(Program program) : program_(std::move(program)), values_(program_.instructions.size()) {}
  /// Sizes: state as many rows as the program reads, draws likewise, constants = program.constants.size(),
  /// results = program.results.size().
  void operator()(std::span<const real> state, std::span<const real> draws, std::span<const real> constants,
                  std::span<real> results);
  const Program& program() const { return program_; }

 private:
  Program program_;
  std::vector<real> values_;
};

extern template class Interpreter<float>;
extern template class Interpreter<double>;

}  // namespace isotherm::loss
