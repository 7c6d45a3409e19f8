#pragma once
// An op list while it is being lowered: constants are still graph nodes, and instructions may be superfluous.

#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "loss/graph.hpp"
#include "loss/program.hpp"

namespace isotherm::loss {

class Draft {
 public:
  explicit Draft(Graph& graph) : graph_(&graph) {}

  Graph& graph() const { return *graph_; }

  /// The operand of a node below Level::particle; its index is the node until the list is finished.
  static Operand constant(NodeId id) { return {Operand::Kind::constant, static_cast<std::uint32_t>(id)}; }
  Operand number(double value) const { return constant(graph_->literal(value)); }

  /// The value of an instruction, each different one once. The order in which a rigid one adds is never changed.
  Operand op(OpCode code, Operand a, Operand b = {}, Operand c = {}, Operand d = {}, bool rigid = false);
  Operand op(const Instruction& instruction, bool rigid) {
    const auto& [a, b, c, d] = instruction.operands;
    return op(instruction.code, a, b, c, d, rigid);
  }

  /// How often each value is read, results included.
  std::vector<std::uint32_t> uses() const;

  bool is_rigid(std::uint32_t index) const { return rigid_[index]; }

  // Passes rewrite them in place.
  std::vector<Instruction> instructions;  // NOLINT(misc-non-private-member-variables-in-classes)
  std::vector<Operand> results;           // NOLINT(misc-non-private-member-variables-in-classes)

 private:
  using Key = std::pair<Operand::Kind, std::uint32_t>;

  Graph* graph_;
  std::vector<bool> rigid_;
  std::map<std::tuple<OpCode, Key, Key, Key, Key>, Operand> known_;
};

inline bool is_constant(const Operand& x) { return x.kind == Operand::Kind::constant; }
inline bool is_value(const Operand& x) { return x.kind == Operand::Kind::value; }
inline NodeId node_of(const Operand& constant) { return static_cast<NodeId>(constant.index); }

/// Sums of sums become one chain in which every product that is used nowhere else is a fused multiply-add, and the
/// constants of which are added on the host.
Draft gather_sums(const Draft& draft);

/// Constant factors of whole expressions move to constants within them: c*(k*a + s) = (c*k)*a + c*s.
void absorb_factors(Draft& draft);

}  // namespace isotherm::loss
