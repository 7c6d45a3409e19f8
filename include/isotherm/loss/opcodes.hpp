#pragma once
// The operations a lowered program may contain, in one list: name and number of operands. Their meaning is lane text,
// in operations-inl.hpp: op_NAME(a, ...). NVRTC reads this file, so it includes nothing.

// clang-format off
#define ISOTHERM_OPCODES(X) \
  X(neg, 1) X(abs, 1) X(sqrt, 1) X(exp, 1) X(log, 1) X(sin, 1) X(cos, 1) X(tanh, 1) \
  X(add, 2) X(sub, 2) X(mul, 2) X(div, 2) X(min, 2) X(max, 2) X(pow, 2) \
  X(fma, 3)  /* a * b + c, rounded once */ \
  X(fms, 3)  /* a * b - c */ \
  X(fnma, 3) /* c - a * b */ \
  X(less_select, 4) /* a < b ? c : d */
// clang-format on
