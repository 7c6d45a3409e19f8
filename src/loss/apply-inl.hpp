// One operation on vectors of a lane, by its code. No include guard: included inside the namespace of each lane, after
// the lane's texts and the operations.

template <loss::OpCode code>
HWY_INLINE F apply(const F (&v)[4]) {
#define ISOTHERM_ARGUMENTS_1 v[0]
#define ISOTHERM_ARGUMENTS_2 v[0], v[1]
#define ISOTHERM_ARGUMENTS_3 v[0], v[1], v[2]
#define ISOTHERM_ARGUMENTS_4 v[0], v[1], v[2], v[3]
#define ISOTHERM_APPLY(name, arity) \
  if constexpr (code == loss::OpCode::name) return op_##name(ISOTHERM_ARGUMENTS_##arity);
  ISOTHERM_OPCODES(ISOTHERM_APPLY)
#undef ISOTHERM_APPLY
#undef ISOTHERM_ARGUMENTS_1
#undef ISOTHERM_ARGUMENTS_2
#undef ISOTHERM_ARGUMENTS_3
#undef ISOTHERM_ARGUMENTS_4
}
