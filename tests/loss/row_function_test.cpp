#include "loss/row_function.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "loss/evaluate.hpp"

namespace isotherm::loss {
namespace {

/// Points from -4 to 4 in each coordinate.
std::vector<std::vector<double>> points(std::size_t dimension) {
  std::vector<std::vector<double>> rows(dimension, std::vector<double>(examples_of_a_row));
  for (std::size_t c = 0; c < dimension; ++c)
    for (std::size_t i = 0; i < examples_of_a_row; ++i)
      rows[c][i] = 4 * std::sin(static_cast<double>((i + 1) * (c + 2)) / 3);
  return rows;
}

void expect_same_bits(Problem& problem) {
  const std::vector<std::vector<double>> rows = points(problem.dimension());
  std::vector<const double*> coordinates;
  for (const std::vector<double>& row : rows) coordinates.push_back(row.data());
  const Function function(problem, problem.value());
  std::vector<double> values(examples_of_a_row), point(problem.dimension());
  for (const char* target : {"AVX3", "AVX2", "NEON", "scalar"}) {
    const RowFunctions* functions = find_row_functions(target);
    if (functions == nullptr) continue;
    const RowFunction in_rows(problem, problem.value(), *functions);
    in_rows(coordinates, values);
    for (std::size_t i = 0; i < examples_of_a_row; ++i) {
      for (std::size_t c = 0; c < point.size(); ++c) point[c] = rows[c][i];
      const double expected = function(point);
      // Not a number is equal to none.
      if (std::isnan(expected))
        ASSERT_TRUE(std::isnan(values[i])) << problem.expression() << " point " << i;
      else
        ASSERT_EQ(values[i], expected) << problem.expression() << " point " << i << " " << target;
    }
  }
}

TEST(RowFunction, HasTheBitsOfTheFunction) {
  for (const char* loss :
       {"x^4/4 - x^2/2", "exp(-x^2)*cos(3*y) + h*tanh(x*y)", "log(x)", "x", "abs(x)^2.5 + min(x, y)", "0", "h"}) {
    Problem problem = make_problem(loss, {{"h", "0.3"}}, {"x", "y"});
    expect_same_bits(problem);
  }
}

TEST(RowFunction, TakesMeansOverData) {
  auto examples = std::make_shared<Examples>();
  examples->names = {"a"};
  examples->rows = 3;
  examples->values = {0.5, -1, 2};
  Problem problem({.loss = "log(cosh(w*a))", .set = {}, .coordinates = {}, .examples = examples});
  expect_same_bits(problem);
}

}  // namespace
}  // namespace isotherm::loss
