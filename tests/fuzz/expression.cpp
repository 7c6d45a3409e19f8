// Losses: the first line is the expression, each further one NAME=VALUE a --set. Parsed, differentiated twice, lowered,
// and evaluated at two points.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "fuzz/target.hpp"
#include "loss/problem.hpp"

namespace isotherm {
namespace {

/// The Hessian grows as the square of the dimension, as users know who ask for it.
constexpr std::size_t largest_hessian = 6;

loss::ProblemRequest request_of(const std::string& text) {
  loss::ProblemRequest request;
  std::size_t begin = std::min(text.find('\n'), text.size());
  request.loss = text.substr(0, begin);
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin + 1), text.size());
    const std::string line = text.substr(begin + 1, end - begin - 1);
    if (const std::size_t equals = line.find('='); equals != std::string::npos)
      request.set[line.substr(0, equals)] = line.substr(equals + 1);
    begin = end;
  }
  return request;
}

void evaluate(loss::Problem& problem, std::span<const loss::NodeId> nodes) {
  const loss::Function function(problem, nodes);
  std::vector<double> values(nodes.size());
  for (const double x : {0.0, -1.25}) function(std::vector<double>(problem.dimension(), x), values);
}

void check(const std::string& text) {
  loss::Problem problem(request_of(text));
  const loss::NodeId value = problem.value();
  evaluate(problem, {&value, 1});
  evaluate(problem, problem.gradient());
  if (problem.dimension() <= largest_hessian) evaluate(problem, problem.hessian());
}

}  // namespace
}  // namespace isotherm

int isotherm::fuzz::target(const std::uint8_t* bytes, std::size_t size) {
  return isotherm::fuzz::accept_input_errors([&] { isotherm::check(isotherm::fuzz::text(bytes, size)); });
}
