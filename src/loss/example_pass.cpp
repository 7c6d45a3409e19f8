#include "loss/example_pass.hpp"

#include <omp.h>

#include <algorithm>
#include <exception>

namespace isotherm::loss {
namespace {

constexpr std::size_t most_spans = 256, width = examples_of_a_row;
/// Fewer are not worth a thread.
constexpr std::size_t least_rows_of_a_span = 8;

}  // namespace

ExamplePass::ExamplePass(const Program& program, std::span<const double> constants,
                         std::shared_ptr<const Examples> examples, const RowFunctions& functions)
    : examples_(std::move(examples)), functions_(&functions), outputs_(program.results.size()) {
  using Kind = Operand::Kind;
  columns_ = examples_->columns();
  const std::size_t count = program.instructions.size();
  // Whatever reads no column is the same for all examples: constants, state, and what is made of them alone.
  std::vector<bool> varies(count, false);
  const auto is_uniform = [&](const Operand& operand) {
    return operand.kind == Kind::value ? !varies[operand.index] : operand.kind != Kind::column;
  };
  std::size_t state_rows = 0;
  const auto see = [&](const Operand& operand) {
    if (operand.kind == Kind::state) state_rows = std::max<std::size_t>(state_rows, operand.index + 1);
  };
  for (std::size_t i = 0; i < count; ++i)
    for (int k = 0; k < arity(program.instructions[i].code); ++k) {
      see(program.instructions[i].operands[k]);
      if (!is_uniform(program.instructions[i].operands[k])) varies[i] = true;
    }
  std::ranges::for_each(program.results, see);

  state_rows_ = state_rows;
  const std::size_t first_constant = columns_ + state_rows;
  std::size_t next = first_constant + constants.size();
  std::vector<std::uint32_t> place(count);
  for (std::size_t i = 0; i < count; ++i)
    if (!varies[i]) place[i] = static_cast<std::uint32_t>(next++);
  uniform_ = next - columns_;
  const std::size_t first_own = next;

  std::vector<std::vector<std::uint32_t>> results_of(count);
  for (std::size_t r = 0; r < program.results.size(); ++r)
    if (program.results[r].kind == Kind::value)
      results_of[program.results[r].index].push_back(static_cast<std::uint32_t>(r));

  std::vector<std::size_t> last_read(count, 0);
  for (std::size_t i = 0; i < count; ++i)
    for (int k = 0; k < arity(program.instructions[i].code); ++k)
      if (const Operand& operand = program.instructions[i].operands[k]; operand.kind == Kind::value)
        last_read[operand.index] = i;

  const auto place_of = [&](const Operand& operand) {
    switch (operand.kind) {
      case Kind::value:
        return place[operand.index];
      case Kind::column:
        return operand.index;
      case Kind::state:
        return static_cast<std::uint32_t>(columns_ + operand.index);
      default:
        return static_cast<std::uint32_t>(first_constant + operand.index);
    }
  };
  // Operations work example by example, so the destination may be a row that dies here; results are visited at once.
  std::vector<std::uint32_t> free;
  for (std::size_t i = 0; i < count; ++i) {
    const Instruction& instruction = program.instructions[i];
    Call call{functions.operations[static_cast<std::size_t>(instruction.code)], 0, {}, arity(instruction.code)};
    for (int k = 0; k < call.count; ++k) call.operands[k] = place_of(instruction.operands[k]);
    if (varies[i]) {
      for (int k = 0; k < call.count; ++k) {
        const Operand& operand = instruction.operands[k];
        const bool repeated = std::find(instruction.operands.begin(), instruction.operands.begin() + k, operand) !=
                              instruction.operands.begin() + k;
        if (operand.kind == Kind::value && varies[operand.index] && last_read[operand.index] == i && !repeated)
          free.push_back(place[operand.index]);
      }
      if (free.empty()) {
        place[i] = static_cast<std::uint32_t>(first_own + own_++);
      } else {
        place[i] = free.back();
        free.pop_back();
      }
      call.destination = place[i];
      calls_.push_back(call);
      for (const std::uint32_t r : results_of[i])
        results_.push_back({static_cast<std::uint32_t>(calls_.size()), place[i], r});
      if (!results_of[i].empty() && last_read[i] <= i) free.push_back(place[i]);
    } else {
      call.destination = place[i];
      once_.push_back(call);
    }
  }
  for (std::size_t r = 0; r < program.results.size(); ++r) {
    const Operand& result = program.results[r];
    if (result.kind == Kind::column)
      results_.insert(results_.begin(), {0, result.index, static_cast<std::uint32_t>(r)});
    if (is_uniform(result)) uniform_results_.push_back({0, place_of(result), static_cast<std::uint32_t>(r)});
  }

  constants_.assign(constants.begin(), constants.end());

  // The rows at the end that are not whole, padded.
  const std::size_t rows = examples_->rows, first = rows / width * width, left = rows - first;
  scale_ = examples_->weights.empty() ? 1 / static_cast<double>(rows) : 1;
  ones_.assign(width, 1.0);
  if (left == 0) return;
  last_weights_.assign(width, 0.0);
  for (std::size_t r = 0; r < left; ++r)
    last_weights_[r] = examples_->weights.empty() ? 1 : examples_->weights[first + r];
  for (std::size_t c = 0; c < columns_; ++c)
    for (std::size_t r = 0; r < width; ++r) last_row_.push_back(examples_->value(std::min(first + r, rows - 1), c));
}

std::size_t ExamplePass::rows_of_a_span() const {
  const std::size_t rows = (examples_->rows + width - 1) / width;
  return std::max(least_rows_of_a_span, (rows + most_spans - 1) / most_spans);
}

std::size_t ExamplePass::spans() const {
  const std::size_t rows = (examples_->rows + width - 1) / width;
  return (rows + rows_of_a_span() - 1) / rows_of_a_span();
}

std::vector<double> ExamplePass::at(std::span<const double> point) const {
  std::vector<double> rows(uniform_ * width);
  double* next = rows.data();
  for (std::size_t r = 0; r < state_rows_; ++r, next += width) std::fill_n(next, width, point[r]);
  for (const double constant : constants_) next = std::fill_n(next, width, constant);
  const auto row = [&](std::uint32_t place) { return rows.data() + (place - columns_) * width; };
  for (const Call& call : once_) {
    const double* operands[4];
    for (int k = 0; k < call.count; ++k) operands[k] = row(call.operands[k]);
    call.function(operands, row(call.destination));
  }
  return rows;
}

void ExamplePass::run(std::size_t span, std::span<const double> at_point, Scratch& scratch,
                      const std::function<void(std::size_t, const Row&)>& visit) const {
  const std::size_t rows = examples_->rows, first_own = columns_ + uniform_;
  scratch.rows.resize(own_ * width);
  scratch.place.resize(first_own + own_);
  std::vector<const double*>& place = scratch.place;
  for (std::size_t u = 0; u < uniform_; ++u) place[columns_ + u] = at_point.data() + u * width;
  for (std::size_t o = 0; o < own_; ++o) place[first_own + o] = scratch.rows.data() + o * width;
  const std::size_t begin = span * rows_of_a_span() * width;
  const std::size_t end = std::min(begin + rows_of_a_span() * width, rows);
  for (std::size_t first = begin; first < end; first += width) {
    const bool whole = first + width <= rows;
    for (std::size_t c = 0; c < columns_; ++c)
      place[c] = whole ? examples_->values.data() + c * rows + first : last_row_.data() + c * width;
    Row row{nullptr, nullptr, first, std::min(width, rows - first)};
    row.weights = !whole                       ? last_weights_.data()
                  : examples_->weights.empty() ? ones_.data()
                                               : &examples_->weights[first];
    auto result = results_.begin();
    const auto visit_those_after = [&](std::size_t call) {
      for (; result != results_.end() && result->call == call; ++result) {
        row.values = place[result->place];
        visit(result->index, row);
      }
    };
    visit_those_after(0);
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      const Call& call = calls_[i];
      const double* operands[4];
      for (int k = 0; k < call.count; ++k) operands[k] = place[call.operands[k]];
      call.function(operands, const_cast<double*>(place[call.destination]));
      visit_those_after(i + 1);
    }
    for (const Result& uniform : uniform_results_) {
      row.values = place[uniform.place];
      visit(uniform.index, row);
    }
  }
}

void ExamplePass::for_each(std::size_t count, const std::function<void(std::size_t, Scratch&)>& body) const {
  const int most = examples_->threads > 0 ? examples_->threads : omp_get_max_threads();
  const int threads = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(most), count));
  std::exception_ptr failure;
#pragma omp parallel num_threads(threads) if (threads > 1)
  {
    Scratch scratch;
#pragma omp for schedule(dynamic)
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(count); ++i) {
      try {
        body(static_cast<std::size_t>(i), scratch);
      } catch (...) {
#pragma omp critical
        failure = std::current_exception();
      }
    }
  }
  if (failure) std::rethrow_exception(failure);
}

void ExamplePass::means(std::span<const double> point, std::span<double> out) const {
  const std::vector<double> at_point = at(point);
  std::vector<double> sums(spans() * outputs_);
  for_each(spans(), [&](std::size_t span, Scratch& scratch) {
    double* of_span = sums.data() + span * outputs_;
    run(span, at_point, scratch,
        [&](std::size_t result, const Row& row) { of_span[result] += functions_->dot(row.weights, row.values); });
  });
  std::ranges::fill(out, 0.0);
  for (std::size_t s = 0; s < spans(); ++s)
    for (std::size_t i = 0; i < outputs_; ++i) out[i] += sums[s * outputs_ + i];
  for (double& mean : out) mean *= scale_;
  // The mean of what does not vary is that number, whatever the weights add up to after rounding.
  for (const Result& uniform : uniform_results_) out[uniform.index] = at_point[(uniform.place - columns_) * width];
}

}  // namespace isotherm::loss
