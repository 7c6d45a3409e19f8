// The meaning of every opcode in isotherm/loss/opcodes.hpp: op_NAME(operands). CPU engine, CUDA engine and interpreter
// all execute these. Every operation but exp, log, sin, cos, tanh and pow is rounded once.

ISOTHERM_LANE F op_neg(F a) { return negate(a); }
ISOTHERM_LANE F op_abs(F a) { return absolute(a); }
ISOTHERM_LANE F op_sqrt(F a) { return root(a); }
ISOTHERM_LANE F op_exp(F a) { return exponential(a); }
ISOTHERM_LANE F op_log(F a) { return logarithm(a); }
ISOTHERM_LANE F op_sin(F a) { return sine(a); }
ISOTHERM_LANE F op_cos(F a) { return cosine(a); }
ISOTHERM_LANE F op_tanh(F a) { return hyperbolic_tangent(a); }

ISOTHERM_LANE F op_add(F a, F b) { return a + b; }
ISOTHERM_LANE F op_sub(F a, F b) { return a - b; }
ISOTHERM_LANE F op_mul(F a, F b) { return a * b; }
ISOTHERM_LANE F op_div(F a, F b) { return a / b; }
ISOTHERM_LANE F op_pow(F a, F b) { return power(a, b); }

// Selects on `<`, the same as less_select(a, b, ...): where an operand is NaN or both are equal, min is b and max is a.
// The hardware's own minimum and maximum differ from CPU to GPU in just these cases.
ISOTHERM_LANE F op_min(F a, F b) { return select(less(a, b), a, b); }
ISOTHERM_LANE F op_max(F a, F b) { return select(less(a, b), b, a); }
ISOTHERM_LANE F op_less_select(F a, F b, F c, F d) { return select(less(a, b), c, d); }

ISOTHERM_LANE F op_fma(F a, F b, F c) { return mad(a, b, c); }
ISOTHERM_LANE F op_fms(F a, F b, F c) { return msb(a, b, c); }
ISOTHERM_LANE F op_fnma(F a, F b, F c) { return nmad(a, b, c); }
