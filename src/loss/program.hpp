#pragma once
// The op list: what a loss (and a step, and an observable) *is* once lowered. The CPU engine executes it row by row,
// the CUDA engine prints it, the interpreter runs it for one particle; all give the same bits.

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <vector>

#include "isotherm/loss/opcodes.hpp"
#include "loss/graph.hpp"

namespace isotherm::loss {

/// Every code has one meaning, given once as lane text in isotherm/loss/operations-inl.hpp.
enum class OpCode : std::uint8_t {
#define ISOTHERM_OPCODE(name, arity) name,
  ISOTHERM_OPCODES(ISOTHERM_OPCODE)
#undef ISOTHERM_OPCODE
};

inline constexpr int opcode_arity[] = {
#define ISOTHERM_OPCODE(name, arity) arity,
    ISOTHERM_OPCODES(ISOTHERM_OPCODE)
#undef ISOTHERM_OPCODE
};
inline constexpr const char* opcode_name[] = {
#define ISOTHERM_OPCODE(name, arity) #name,
    ISOTHERM_OPCODES(ISOTHERM_OPCODE)
#undef ISOTHERM_OPCODE
};
inline constexpr std::size_t opcode_count = std::size(opcode_arity);

constexpr int arity(OpCode code) { return opcode_arity[static_cast<std::size_t>(code)]; }
constexpr const char* name(OpCode code) { return opcode_name[static_cast<std::size_t>(code)]; }

struct Operand {
  enum class Kind : std::uint8_t { none, value, state, draw, column, constant };
  Kind kind = Kind::none;
  std::uint32_t index = 0;  ///< of an instruction, state row, draw, column of an example, or Program::constants
  bool operator==(const Operand&) const = default;
};

struct Instruction {
  OpCode code;
  std::array<Operand, 4> operands;  ///< the first arity(code) are used
};

/// Static single assignment: instruction i gives value i, and operands of kind `value` precede their use. Unary
/// instructions never have a constant operand, and no instruction has only constant operands.
struct Program {
  std::vector<Instruction> instructions;
  std::vector<Operand> results;          ///< one for each requested node, in order; of any kind
  std::vector<NodeId> constants;         ///< literals and settings first, then step-level nodes
  std::size_t step_constants_begin = 0;  ///< constants[i] with i >= this change from step to step
};

/// Lowers the nodes to one list: identities (tan, sinh, ... in terms of the codes; lower.cpp states their errors),
/// integer powers by repeated squaring, sums as chains of fused multiply-adds, constant factors moved into constants,
/// common subexpressions once, everything below Level::particle as constants, instructions in an order that keeps few
/// values alive. Rounding may differ from the text as written, the domain does not. Equal nodes give equal lists.
/// InputError past maximum_program_size.
Program lower(Graph& graph, std::span<const NodeId> results);

/// Values of program.constants in double, in order; an engine rounds them once to its precision.
std::vector<double> evaluate_constants(const Graph& graph, const Program& program, std::span<const double> settings,
                                       std::span<const double> step_scalars);

/// The constants of a program that change from step to step, evaluated step after step: what can be done once is.
class StepConstants {
 public:
  StepConstants(const Graph& graph, const Program& program, std::span<const double> settings);
  /// Values of constants [step_constants_begin, end). `step_scalars` in the graph's order. Safe to call from threads.
  void operator()(std::span<const double> step_scalars, std::span<double> out) const;

 private:
  struct Entry {
    Operation operation;
    std::int32_t scalar;  ///< of a step scalar
    std::array<std::int32_t, 4> operands;
  };
  std::vector<double> values_;  ///< those that do not change; the rest follow
  std::vector<Entry> entries_;
  std::vector<std::int32_t> results_;
};

/// Largest number of instructions of one program (InputError past it).
inline constexpr std::size_t maximum_program_size = 1 << 16;

}  // namespace isotherm::loss
