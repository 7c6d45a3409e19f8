#pragma once
// The hash-consed expression graph. Losses, gradients, observables and the update rules of src/dynamics are all nodes
// of one graph, so that common subexpressions are shared between them and every engine executes the same thing.

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace isotherm::loss {

enum class Operation : std::uint8_t {
  // leaves
  literal,      // a number
  setting,      // a number that is fixed within a run: eta, sigma, a --set value
  step_scalar,  // a number that is fixed within a step: the step index, a scheduled learning rate
  state,        // a state row of the particle; rows 0 ... D-1 are its coordinates
  draw,         // a random number of this step
  column,       // a number of an example: a column of the data, or the weight that the data give its row
  // unary
  neg,
  abs,
  sqrt,
  exp,
  log,
  sin,
  cos,
  tan,
  tanh,
  cosh,
  sinh,
  log1p,
  expm1,
  // of a value of an example: its mean over the examples of this step, or over all data
  batch_mean,
  data_mean,
  // binary; min is a < b ? a : b, max is a < b ? b : a
  add,
  sub,
  mul,
  div,
  pow,
  min,
  max,
  // ternary: a * b + c, rounded once
  fma,
  // a < b ? c : d
  less_select,
};

/// Number of operands: 0 for leaves.
int arity(Operation operation);

/// The operation on numbers, with the host's mathematical functions. Not for leaves.
double apply(Operation operation, double a, double b = 0, double c = 0, double d = 0);

/// How long a value stays the same; a node's level is the largest of its operands', but means over examples are of
/// level `particle`. All below `particle` is evaluated on the host, in double; `example` differs between the examples
/// that a particle sees in one step.
enum class Level : std::uint8_t { literal, setting, step, particle, example };

using NodeId = std::int32_t;

struct Node {
  Operation operation;
  Level level;
  std::int32_t index = 0;  ///< of a setting, step scalar, state row, draw or column
  std::array<NodeId, 4> operands = {-1, -1, -1, -1};
  double literal = 0;

  bool operator==(const Node& other) const;  ///< literals by their bits
};

/// The nodes, each different one once; operands precede the nodes that use them, so a pass over ids needs no recursion.
///
/// Builders bring a node to a normal form as far as mathematics allows without changing the domain (rounding may differ
/// from the text as written; the lowered list defines the loss):
///  - literals are folded; what is constant within a step is gathered into one factor in front of a product,
///    (h*x)*2 = (2*h)*x, and into one summand, (x + 1) + h = (1 + h) + x;
///  - division by something constant is multiplication by its reciprocal;
///  - equal terms are added, a*x + b*x = (a + b)*x, and an equal factor is taken out, c*a - c*b = c*(a - b);
///  - x*x is pow(x, 2); literal integer powers of one base are combined; lowering expands them by repeated squaring;
///  - x*0 = 0, x-x = 0, x^0 = 1, x^0.5 = sqrt(x), x^-n = 1/x^n, -(a - b) = b - a; signs leave odd and even functions;
///  - sinh(u)/cosh(u) = tanh(u). Neither x/x nor log and sqrt of anything are touched.
class Graph {
 public:
  NodeId literal(double value);
  NodeId setting(const std::string& name);  ///< the same node for the same name; indices in order of first use
  NodeId step_scalar(const std::string& name);
  NodeId state(std::size_t row);
  NodeId draw(std::size_t index);  ///< index = k * stride + coordinate, see engine::DrawLayout

  NodeId column(std::size_t index);
  NodeId example_draw(std::size_t index);  ///< a random number of each example, where examples are drawn fresh
  /// Means over the examples of a step (each counts alike) and over all data (by the weights of the rows). A node that
  /// does not differ between examples is its own mean.
  NodeId batch_mean(NodeId a) { return unary(Operation::batch_mean, a); }
  NodeId data_mean(NodeId a) { return unary(Operation::data_mean, a); }

  NodeId unary(Operation operation, NodeId a);
  NodeId binary(Operation operation, NodeId a, NodeId b);
  NodeId add(NodeId a, NodeId b);
  NodeId sub(NodeId a, NodeId b);
  NodeId mul(NodeId a, NodeId b);
  NodeId div(NodeId a, NodeId b);
  NodeId pow(NodeId a, NodeId b);
  NodeId neg(NodeId a);
  NodeId abs(NodeId a) { return unary(Operation::abs, a); }
  NodeId fma(NodeId a, NodeId b, NodeId c);
  NodeId less_select(NodeId a, NodeId b, NodeId c, NodeId d);  ///< a < b ? c : d
  /// The sum of any number of terms, equal ones added first.
  NodeId sum(std::span<const NodeId> terms);

  const Node& node(NodeId id) const { return nodes_[static_cast<std::size_t>(id)]; }
  std::size_t size() const { return nodes_.size(); }
  std::span<const NodeId> operands(NodeId id) const;
  bool is_literal(NodeId id) const { return node(id).operation == Operation::literal; }
  bool is_literal(NodeId id, double value) const { return is_literal(id) && node(id).literal == value; }
  const std::vector<std::string>& settings() const { return settings_; }
  const std::vector<std::string>& step_scalars() const { return step_scalars_; }

  /// The node with leaves replaced: every state row r by replacement[r] (ids < 0, and rows past the end: kept). Used by
  /// rules that take a gradient somewhere else than at the coordinates (RK4).
  NodeId substitute(NodeId node, std::span<const NodeId> replacement);

  /// The node with other nodes in the place of some of those that it is made of.
  NodeId replace(NodeId node, const std::unordered_map<NodeId, NodeId>& replacement);

  /// Everything that the roots are made of, themselves included, ascending; nodes below `lowest` and what only they
  /// need are left out.
  std::vector<NodeId> reachable(std::span<const NodeId> roots, Level lowest = Level::literal) const;

  /// Value of a node of level < particle.
  double evaluate(NodeId id, std::span<const double> settings, std::span<const double> step_scalars) const;
  /// Values of several, sharing what they have in common.
  std::vector<double> evaluate(std::span<const NodeId> ids, std::span<const double> settings,
                               std::span<const double> step_scalars) const;

 private:
  /// coefficient * scalar * rest, where `scalar` is a non-literal node below Level::particle and `rest` is one that is
  /// not; -1 stands for 1.
  struct Term {
    double coefficient;
    NodeId scalar = -1;
    NodeId rest = -1;
  };
  struct NodeHash {
    std::size_t operator()(const Node& node) const;
  };

  NodeId intern(Node node);
  NodeId make(Operation operation, std::initializer_list<NodeId> operands);
  NodeId make_commutative(Operation operation, NodeId a, NodeId b);
  NodeId rebuild(Operation operation, std::span<const NodeId> operands);
  NodeId named(Operation operation, Level level, std::vector<std::string>& names, const std::string& name);

  Term split(NodeId id);
  NodeId join(const Term& term);
  NodeId add_terms(Term a, Term b);
  NodeId add_scalars(const Term& a, const Term& b);
  NodeId add_scalar(const Term& term, NodeId scalar);
  NodeId multiply_plain(NodeId a, NodeId b);
  NodeId divide_plain(NodeId a, NodeId b);
  NodeId integer_power(NodeId base, double exponent);
  bool is_reciprocal(NodeId id) const;
  bool is_nonnegative(NodeId id) const;

  std::vector<Node> nodes_;
  std::unordered_map<Node, NodeId, NodeHash> ids_;
  std::vector<std::string> settings_, step_scalars_;
};

/// Literal exponents that are integers up to this size are expanded into multiplications.
inline constexpr double maximum_integer_exponent = 1 << 30;

/// Largest number of nodes a graph may have (InputError past it).
inline constexpr std::size_t maximum_graph_size = 1 << 20;

}  // namespace isotherm::loss
