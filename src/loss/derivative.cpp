#include "loss/derivative.hpp"

#include <algorithm>
#include <unordered_map>

namespace isotherm::loss {
namespace {

/// One adjoint sweep over the part of the graph that a value is made of.
class Sweep {
 public:
  Sweep(Graph& graph, NodeId value) : graph_(graph), value_(value) {}

  /// d value / d state row r for first <= r < last.
  std::vector<NodeId> run(std::size_t first, std::size_t last) {
    first_ = first, last_ = last;
    std::vector<NodeId> result(last - first, graph_.literal(0));
    const std::vector<NodeId> order = graph_.reachable(std::span(&value_, 1), Level::particle);
    for (const NodeId id : order) {
      const Node& n = graph_.node(id);
      const auto row = static_cast<std::size_t>(n.index);
      const std::span<const NodeId> operands = graph_.operands(id);
      const auto is_active = [&](NodeId operand) { return contributions_.contains(operand); };
      if (n.operation == Operation::state ? row >= first && row < last : std::ranges::any_of(operands, is_active))
        contributions_[id];
    }
    if (const auto found = contributions_.find(value_); found != contributions_.end())
      found->second.push_back(graph_.literal(1));
    for (auto id = order.rbegin(); id != order.rend(); ++id) {
      const auto found = contributions_.find(*id);
      if (found == contributions_.end() || found->second.empty()) continue;
      const NodeId adjoint = graph_.sum(found->second);
      const Node n = graph_.node(*id);
      if (n.operation == Operation::state)
        result[static_cast<std::size_t>(n.index) - first] = adjoint;
      else if (!graph_.is_literal(adjoint, 0))
        propagate(*id, n, adjoint);
    }
    return result;
  }

 private:
  bool is_active(NodeId operand) const { return contributions_.contains(operand); }

  /// u of 1 + exp(u), whose reciprocal s has the derivative -s (1 - s), finite where exp(u) overflows; -1: something
  /// else.
  NodeId logistic_argument(NodeId denominator) const {
    const Node& sum = graph_.node(denominator);
    if (sum.operation != Operation::add || !graph_.is_literal(sum.operands[0], 1)) return -1;
    const Node& term = graph_.node(sum.operands[1]);
    return term.operation == Operation::exp ? term.operands[0] : -1;
  }

  void push(NodeId operand, NodeId contribution) {
    if (const auto found = contributions_.find(operand); found != contributions_.end())
      found->second.push_back(contribution);
  }

  /// Adds adjoint * d node / d operand to each operand. `v` is the node, a ... d its operands.
  void propagate(NodeId v, const Node& n, NodeId adjoint) {
    Graph& g = graph_;
    const auto [a, b, c, d] = n.operands;
    const NodeId zero = g.literal(0), one = g.literal(1);
    switch (n.operation) {
      case Operation::neg:
        return push(a, g.neg(adjoint));
      case Operation::abs: {
        const NodeId sign = g.less_select(zero, a, one, g.less_select(a, zero, g.literal(-1), zero));
        return push(a, g.mul(adjoint, sign));
      }
      case Operation::sqrt:
        return push(a, g.div(adjoint, g.mul(g.literal(2), v)));
      case Operation::exp:
        return push(a, g.mul(adjoint, v));
      case Operation::log:
        // (log cosh u)' = tanh u also where cosh u overflows.
        if (const Node inner = g.node(a); inner.operation == Operation::cosh)
          return push(inner.operands[0], g.mul(adjoint, g.unary(Operation::tanh, inner.operands[0])));
        return push(a, g.div(adjoint, a));
      case Operation::sin:
        return push(a, g.mul(adjoint, g.unary(Operation::cos, a)));
      case Operation::cos:
        return push(a, g.neg(g.mul(adjoint, g.unary(Operation::sin, a))));
      case Operation::tan:
        return push(a, g.mul(adjoint, g.add(one, g.mul(v, v))));
      case Operation::tanh:
        return push(a, g.mul(adjoint, g.sub(one, g.mul(v, v))));
      case Operation::cosh:
        return push(a, g.mul(adjoint, g.unary(Operation::sinh, a)));
      case Operation::sinh:
        return push(a, g.mul(adjoint, g.unary(Operation::cosh, a)));
      case Operation::log1p:
        // log(1 + exp(u))' = 1 / (1 + exp(-u)) also where exp(u) overflows.
        if (const Node inner = g.node(a); inner.operation == Operation::exp) {
          const NodeId u = inner.operands[0];
          return push(u, g.mul(adjoint, g.div(one, g.add(one, g.unary(Operation::exp, g.neg(u))))));
        }
        return push(a, g.div(adjoint, g.add(one, a)));
      case Operation::expm1:
        return push(a, g.mul(adjoint, g.unary(Operation::exp, a)));
      case Operation::batch_mean:
      case Operation::data_mean: {
        // The adjoint does not differ between examples: the derivative of a mean is the mean of derivatives.
        const std::vector<NodeId> inner = Sweep(g, a).run(first_, last_);
        for (std::size_t r = first_; r < last_; ++r)
          push(g.state(r), g.mul(adjoint, g.unary(n.operation, inner[r - first_])));
        return;
      }
      case Operation::add:
        return push(a, adjoint), push(b, adjoint);
      case Operation::sub:
        return push(a, adjoint), push(b, g.neg(adjoint));
      case Operation::mul:
        if (is_active(a)) push(a, g.mul(adjoint, b));
        if (is_active(b)) push(b, g.mul(adjoint, a));
        return;
      case Operation::div:
        if (is_active(a)) push(a, g.div(adjoint, b));
        if (const NodeId u = logistic_argument(b); u >= 0)
          return push(u, g.neg(g.mul(adjoint, g.mul(v, g.sub(one, g.div(one, b))))));
        if (is_active(b)) push(b, g.neg(g.div(g.mul(adjoint, v), b)));
        return;
      case Operation::pow:
        if (is_active(a)) push(a, g.mul(adjoint, g.mul(b, g.pow(a, g.sub(b, one)))));
        if (is_active(b)) push(b, g.mul(adjoint, g.mul(v, g.unary(Operation::log, a))));
        return;
      case Operation::min:
        push(a, g.less_select(a, b, adjoint, zero));
        return push(b, g.less_select(a, b, zero, adjoint));
      case Operation::max:
        push(a, g.less_select(a, b, zero, adjoint));
        return push(b, g.less_select(a, b, adjoint, zero));
      case Operation::fma:
        if (is_active(a)) push(a, g.mul(adjoint, b));
        if (is_active(b)) push(b, g.mul(adjoint, a));
        return push(c, adjoint);
      case Operation::less_select:
        push(c, g.less_select(a, b, adjoint, zero));
        return push(d, g.less_select(a, b, zero, adjoint));
      default:
        return;
    }
  }

  Graph& graph_;
  NodeId value_;
  std::size_t first_ = 0, last_ = 0;
  std::unordered_map<NodeId, std::vector<NodeId>> contributions_;  ///< of nodes that depend on the rows asked for
};

}  // namespace

std::vector<NodeId> gradient(Graph& graph, NodeId value, std::size_t dimension) {
  return Sweep(graph, value).run(0, dimension);
}

std::vector<NodeId> hessian(Graph& graph, std::span<const NodeId> gradient) {
  const std::size_t dimension = gradient.size();
  std::vector<NodeId> result(dimension * dimension);
  for (std::size_t i = 0; i < dimension; ++i) {
    const std::vector<NodeId> row = Sweep(graph, gradient[i]).run(i, dimension);
    for (std::size_t j = i; j < dimension; ++j) result[i * dimension + j] = result[j * dimension + i] = row[j - i];
  }
  return result;
}

NodeId laplacian(Graph& graph, std::span<const NodeId> gradient) {
  std::vector<NodeId> diagonal;
  for (std::size_t i = 0; i < gradient.size(); ++i) diagonal.push_back(Sweep(graph, gradient[i]).run(i, i + 1).front());
  return graph.sum(diagonal);
}

}  // namespace isotherm::loss
