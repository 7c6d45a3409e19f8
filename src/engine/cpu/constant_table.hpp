#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "loss/program.hpp"

namespace isotherm::engine::cpu {

/// A program's constants in the engine's precision: those that never change, and a table, step by step, of those that
/// do.
template <class real>
class ConstantTable {
 public:
  using Fill = std::function<void(std::uint64_t n, std::span<double> step_level)>;

  /// `values` as of step 0. `fill` as Simulation::fill_step_constants.
  ConstantTable(const loss::Program& program, const std::vector<double>& values, Fill fill)
      : values_(values.begin(), values.end()),
        begin_(program.step_constants_begin),
        changing_(fill ? values.size() - begin_ : 0),
        fill_(std::move(fill)) {}

  const std::vector<real>& values() const { return values_; }
  std::size_t changing() const { return changing_; }

  /// Tabulates steps [first, last).
  void tabulate(std::uint64_t first, std::uint64_t last) {
    if (changing_ == 0) return;
    first_ = first;
    table_.clear();
    std::vector<double> values(changing_);
    for (std::uint64_t n = first; n < last; ++n) {
      fill_(n, values);
      for (const double value : values) table_.push_back(static_cast<real>(value));
    }
  }

  /// Brings `constants`, a copy of values(), to step n of those tabulated.
  void put(std::uint64_t n, real* constants) const {
    if (changing_ != 0) std::copy_n(table_.data() + (n - first_) * changing_, changing_, constants + begin_);
  }

 private:
  std::vector<real> values_;
  std::size_t begin_, changing_;
  Fill fill_;
  std::uint64_t first_ = 0;
  std::vector<real> table_;
};

}  // namespace isotherm::engine::cpu
