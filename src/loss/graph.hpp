#pragma once
// The hash-consed expression graph. Losses, gradients, observables and the update rules of src/dynamics are all nodes of
// one graph, so that common subexpressions are shared between them and every engine executes the same thing.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace isotherm::loss {

enum class Operation : std::uint8_t {
  // leaves
  literal,      // a number
  setting,      // a number that is fixed within a run: eta, sigma, a --set value
  step_scalar,  // a number that is fixed within a step: the step index, a scheduled learning rate
  state,        // a state row of the particle; rows 0 ... D-1 are its coordinates
  draw,         // a random number of this step
  // unary
  neg, abs, sqrt, exp, log, sin, cos, tan, tanh, cosh, sinh, log1p, expm1,
  // binary
  add, sub, mul, div, pow, min, max,
  // ternary: a * b + c, rounded once
  fma,
  // a < b ? c : d
  less_select,
};

/// How long a value stays the same; a node's level is the largest of its operands'. All below `particle` is evaluated on
/// the host, in double.
enum class Level : std::uint8_t { literal, setting, step, particle };

using NodeId = std::int32_t;

struct Node {
  Operation operation;
  Level level;
  std::int32_t index = 0;        ///< of a setting, step scalar, state row or draw
  NodeId operands[4] = {-1, -1, -1, -1};
  double literal = 0;
};

/// The nodes, each different one once; operands precede the nodes that use them. Builders simplify as far as that does
/// not change a value: constant folding of literals, x+0, x*1, x*0 = 0, -(-x), x-x = 0, x/1, x^0, x^1, x^2 = x*x, integer powers by
/// repeated squaring, a*b + c is left to lowering; sinh(u)/cosh(u) = tanh(u), log(cosh(u)) in a form that cannot overflow.
class Graph {
 public:
  NodeId literal(double value);
  NodeId setting(const std::string& name);  ///< the same node for the same name; indices in order of first use
  NodeId step_scalar(const std::string& name);
  NodeId state(std::size_t row);
  NodeId draw(std::size_t index);           ///< index = k * stride + coordinate, see engine::DrawLayout

  NodeId unary(Operation operation, NodeId a);
  NodeId binary(Operation operation, NodeId a, NodeId b);
  NodeId add(NodeId a, NodeId b) { return binary(Operation::add, a, b); }
  NodeId sub(NodeId a, NodeId b) { return binary(Operation::sub, a, b); }
  NodeId mul(NodeId a, NodeId b) { return binary(Operation::mul, a, b); }
  NodeId div(NodeId a, NodeId b) { return binary(Operation::div, a, b); }
  NodeId pow(NodeId a, NodeId b) { return binary(Operation::pow, a, b); }
  NodeId neg(NodeId a) { return unary(Operation::neg, a); }
  NodeId fma(NodeId a, NodeId b, NodeId c);
  NodeId less_select(NodeId a, NodeId b, NodeId c, NodeId d);  ///< a < b ? c : d

  const Node& node(NodeId id) const { return nodes_[static_cast<std::size_t>(id)]; }
  std::size_t size() const { return nodes_.size(); }
  const std::vector<std::string>& settings() const { return settings_; }
  const std::vector<std::string>& step_scalars() const { return step_scalars_; }

  /// The node with leaves replaced: every state row r by replacement[r] (ids < 0: kept). Used by rules that take a
  /// gradient somewhere else than at the coordinates (RK4).
  NodeId substitute(NodeId node, std::span<const NodeId> replacement);

  /// Value of a node of level < particle.
  double evaluate(NodeId id, std::span<const double> settings, std::span<const double> step_scalars) const;

 private:
  NodeId intern(const Node& node);

  std::vector<Node> nodes_;
  std::map<std::tuple<Operation, std::int32_t, NodeId, NodeId, NodeId, NodeId, std::uint64_t>, NodeId> ids_;
  std::vector<std::string> settings_, step_scalars_;
};

/// Largest number of nodes a graph may have (InputError past it).
inline constexpr std::size_t maximum_graph_size = 1 << 20;

}  // namespace isotherm::loss
