#pragma once
// The one-step map of the chain in double, from the rule's own nodes: predictions write no rule a second time.

#include <span>
#include <vector>

#include "dynamics/step.hpp"
#include "loss/interpreter.hpp"

namespace isotherm::theory {

/// next = F(state, xi). `xi` are numbers of mean 0 and variance 1 in place of the noise law's (with a batch of B draws:
/// their mean times sqrt(B)); without noise there are none. Copyable; a copy has scratch values of its own, and a map
/// must not be called by two threads at a time.
class StepMap {
 public:
  StepMap(loss::Problem& problem, const dynamics::Descriptor& rule, dynamics::StepRequest request);

  std::size_t dimension() const { return dimension_; }
  std::size_t rows() const { return interpreter_.program().results.size(); }  ///< positions, then the rule's own
  std::size_t draws() const { return draws_; }                                ///< number k * dimension() + c
  /// The map depends on the number of the step: a schedule, or bias corrections.
  bool changes() const { return changes_; }

  /// Sizes: rows(), draws(), rows(). `next` may be `state`.
  void operator()(std::span<const double> state, std::span<const double> xi, std::span<double> next) const;

 private:
  std::size_t dimension_, draws_ = 0;
  bool changes_ = false;
  mutable loss::Interpreter<double> interpreter_;
  std::vector<double> constants_;
};

}  // namespace isotherm::theory
