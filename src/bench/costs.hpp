#pragma once
// What the parts of a step cost on one thread, each measured alone: random numbers, row operations by code, copies of
// rows, and the loop around them.

#include <map>
#include <string>
#include <vector>

#include "bench/stopwatch.hpp"
#include "isotherm/experiment/experiment.hpp"
#include "loss/program.hpp"

namespace isotherm::bench {

/// A row operation as the engine has it: its code, and which operands are constants.
struct RowOperation {
  loss::OpCode code = loss::OpCode::add;
  unsigned constants = 0;  ///< bit k: operand k is a constant
  auto operator<=>(const RowOperation&) const = default;
};
/// "fma(row, constant, row)".
std::string name_of(const RowOperation& operation);

/// The operations of a program, counted.
std::map<RowOperation, std::size_t> operations_of(const loss::Program& program);
/// Rows that are copied at the end of a step because a result is a random number, a constant, or another state row, or
/// because its state row was still read after it was made.
std::size_t copies_of(const loss::Program& program);
/// Random numbers that the program reads.
std::size_t numbers_of(const loss::Program& program);

/// Seconds per particle and occurrence, measured when first asked for.
class Costs {
 public:
  Costs(Precision precision, const Effort& effort, std::string simd)
      : precision_(precision), effort_(effort), simd_(std::move(simd)) {}
  double loop();  ///< of a step that does nothing
  double copy();  ///< of one row
  double number(random::Law law);
  double operation(const RowOperation& operation);
  /// The sum of all parts of a step.
  double explained(const engine::Simulation& simulation);

  const std::map<random::Law, double>& numbers() const { return numbers_; }
  const std::map<RowOperation, double>& operations() const { return operations_; }

 private:
  double seconds(std::size_t state_rows, const loss::Program& step, random::Law law) const;

  Precision precision_;
  Effort effort_;
  std::string simd_;
  double loop_ = 0, copy_ = 0;
  std::map<random::Law, double> numbers_;
  std::map<RowOperation, double> operations_;
};

}  // namespace isotherm::bench
