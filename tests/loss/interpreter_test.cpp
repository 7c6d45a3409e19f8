#include "loss/interpreter.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace isotherm::loss {
namespace {

Operand state(std::uint32_t row) { return {Operand::Kind::state, row}; }
Operand draw(std::uint32_t index) { return {Operand::Kind::draw, index}; }
Operand value(std::uint32_t index) { return {Operand::Kind::value, index}; }
Operand constant(std::uint32_t index) { return {Operand::Kind::constant, index}; }

template <class real>
real execute(OpCode code, std::vector<real> operands) {
  Program program;
  program.instructions = {{code, {}}};
  for (std::uint32_t i = 0; i < operands.size(); ++i) program.instructions[0].operands[i] = state(i);
  program.results = {value(0)};
  real result = 0;
  Interpreter<real> interpreter(program);
  EXPECT_EQ(interpreter.state_rows(), operands.size());
  interpreter(operands, {}, {}, std::span(&result, 1));
  return result;
}

template <class real>
void expect_meaning() {
  using enum OpCode;
  const real third = real(1) / 3, nan = std::numeric_limits<real>::quiet_NaN();
  EXPECT_EQ(execute<real>(neg, {2}), -2);
  EXPECT_EQ(execute<real>(abs, {-2}), 2);
  EXPECT_EQ(execute<real>(sqrt, {2}), std::sqrt(real(2)));
  EXPECT_NEAR(execute<real>(exp, {1}), std::exp(real(1)), 1e-6);
  EXPECT_NEAR(execute<real>(log, {3}), std::log(real(3)), 1e-6);
  EXPECT_NEAR(execute<real>(sin, {2}), std::sin(real(2)), 1e-6);
  EXPECT_NEAR(execute<real>(cos, {2}), std::cos(real(2)), 1e-6);
  EXPECT_NEAR(execute<real>(tanh, {0.5}), std::tanh(real(0.5)), 1e-6);
  EXPECT_EQ(execute<real>(add, {1, third}), 1 + third);
  EXPECT_EQ(execute<real>(sub, {1, third}), 1 - third);
  EXPECT_EQ(execute<real>(mul, {3, third}), 3 * third);
  EXPECT_EQ(execute<real>(div, {1, 3}), third);
  EXPECT_EQ(execute<real>(min, {1, 2}), 1);
  EXPECT_EQ(execute<real>(max, {1, 2}), 2);
  EXPECT_EQ(execute<real>(min, {nan, 2}), 2);
  EXPECT_NEAR(execute<real>(pow, {2, 0.5}), std::sqrt(real(2)), 1e-6);
  EXPECT_EQ(execute<real>(fma, {third, third, -third * third}), std::fma(third, third, -third * third));
  EXPECT_EQ(execute<real>(fms, {third, third, third * third}), std::fma(third, third, -third * third));
  EXPECT_EQ(execute<real>(fnma, {third, third, third * third}), -std::fma(third, third, -third * third));
  EXPECT_EQ(execute<real>(less_select, {1, 2, 3, 4}), 3);
  EXPECT_EQ(execute<real>(less_select, {2, 2, 3, 4}), 4);
  EXPECT_EQ(execute<real>(less_select, {nan, 2, 3, 4}), 4);
}

TEST(Interpreter, MeaningOfEveryCodeInFloat) { expect_meaning<float>(); }
TEST(Interpreter, MeaningOfEveryCodeInDouble) { expect_meaning<double>(); }

TEST(Interpreter, ReadsEveryKindOfOperand) {
  // v0 = k1*x1 + z2; v1 = v0 - k0; results v1, x0, k1, z0.
  Program program;
  program.instructions = {{OpCode::fma, {constant(1), state(1), draw(2), {}}},
                          {OpCode::sub, {value(0), constant(0), {}, {}}}};
  program.results = {value(1), state(0), constant(1), draw(0)};
  program.constants = {-1, -1};
  Interpreter<double> interpreter(program);
  const double x[] = {10, 20}, z[] = {1, 2, 3}, k[] = {5, 0.5};
  double results[4];
  interpreter(x, z, k, results);
  EXPECT_EQ(results[0], 8);
  EXPECT_EQ(results[1], 10);
  EXPECT_EQ(results[2], 0.5);
  EXPECT_EQ(results[3], 1);
}

TEST(Interpreter, ResultsMayOverwriteTheState) {
  Program program;
  program.results = {state(1), state(0)};
  Interpreter<float> swap(program);
  float x[] = {1, 2};
  swap(x, {}, {}, x);
  EXPECT_EQ(x[0], 2);
  EXPECT_EQ(x[1], 1);
}

}  // namespace
}  // namespace isotherm::loss
