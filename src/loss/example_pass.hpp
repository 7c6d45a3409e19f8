#pragma once
// A program run for every example at one point, in double: all full-batch quantities come from here.
//
// The examples are cut into spans of whole rows (examples_of_a_row), of which there are at most `most_spans`, by their
// number alone. Threads take spans; what each span gives is put together in the order of spans. So results are the same
// bits for any number of threads and SIMD target.

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "loss/examples.hpp"
#include "loss/program.hpp"
#include "loss/row_functions.hpp"

namespace isotherm::loss {

class ExamplePass {
 public:
  /// The program reads state, constants (`constants`, its own) and columns of an example. `functions` is for tests.
  ExamplePass(const Program& program, std::span<const double> constants, std::shared_ptr<const Examples> examples,
              const RowFunctions& functions = row_functions());

  std::size_t outputs() const { return outputs_; }
  std::size_t spans() const;
  const Examples& examples() const { return *examples_; }

  /// Whatever is the same for all examples at a point, which has at least as many state rows as the program reads.
  std::vector<double> at(std::span<const double> point) const;

  /// Values of one result for the examples of a row; the row is padded with copies of the last example, of weight 0.
  struct Row {
    const double* values;
    const double* weights;  ///< of the examples, by a common factor `scale`; 0 where padded
    std::size_t first;      ///< example
    std::size_t count;      ///< that are no padding
  };
  /// What one thread needs beside the pass itself.
  struct Scratch {
    std::vector<double> rows;
    std::vector<const double*> place;
  };
  /// Runs the program for all rows of a span, in order, at a point: `visit(result, row)` as each is there, in any order
  /// of results. Safe to call from several threads.
  void run(std::size_t span, std::span<const double> at_point, Scratch& scratch,
           const std::function<void(std::size_t result, const Row&)>& visit) const;
  /// Weights as Row has them add up to 1 / scale.
  double scale() const { return scale_; }

  /// Means over all examples at a point, `out` of size outputs().
  void means(std::span<const double> point, std::span<double> out) const;

  /// `body(i, scratch)` for i < count, by as many threads as Examples::threads allows. What throws is thrown again.
  void for_each(std::size_t count, const std::function<void(std::size_t, Scratch&)>& body) const;

 private:
  struct Call {
    void (*function)(const double* const*, double*);
    std::uint32_t destination;
    std::uint32_t operands[4];
    int count;
  };
  struct Result {
    std::uint32_t call, place, index;  ///< after which call it is there; where; its number
  };
  std::size_t rows_of_a_span() const;

  std::shared_ptr<const Examples> examples_;
  const RowFunctions* functions_;
  std::size_t outputs_ = 0;
  double scale_ = 1;
  /// Places: columns; then rows that are the same for all examples, of which state rows and constants come first; then
  /// a thread's own.
  std::size_t columns_ = 0, uniform_ = 0, own_ = 0, state_rows_ = 0;
  std::vector<Call> once_, calls_;       ///< at each point; for each row
  std::vector<Result> results_;          ///< of `calls_`, in their order
  std::vector<Result> uniform_results_;  ///< that are the same for all examples
  std::vector<double> constants_, last_row_, ones_, last_weights_;
};

}  // namespace isotherm::loss
