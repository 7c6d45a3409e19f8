// From graph nodes to the op list: identities, fused multiply-adds, constants, order.

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <unordered_map>

#include "loss/draft.hpp"
#include "loss/program.hpp"
#include "loss/schedule.hpp"

namespace isotherm::loss {
namespace {

/// log(cosh(u)) and log1p(exp(u)) are lowered as one function of u, so that they do not overflow where cosh(u) and
/// exp(u) do.
bool is_composed(const Graph& graph, NodeId id, Operation outer, Operation inner) {
  return graph.node(id).operation == outer && graph.node(graph.node(id).operands[0]).operation == inner;
}
bool is_log_cosh(const Graph& graph, NodeId id) { return is_composed(graph, id, Operation::log, Operation::cosh); }
bool is_softplus(const Graph& graph, NodeId id) { return is_composed(graph, id, Operation::log1p, Operation::exp); }

class Lowering {
 public:
  explicit Lowering(Graph& graph) : graph_(graph), draft_(graph) {}

  Program run(std::span<const NodeId> roots) {
    for (const NodeId id : needed(roots)) values_[id] = emit(id);
    for (const NodeId root : roots) draft_.results.push_back(operand(root));
    draft_ = gather_sums(draft_);
    absorb_factors(draft_);
    Program program;
    program.instructions = std::move(draft_.instructions);
    program.results = std::move(draft_.results);
    schedule(program.instructions, program.results);
    number_constants(program);
    return program;
  }

 private:
  /// Nodes of Level::particle to emit, ascending.
  std::vector<NodeId> needed(std::span<const NodeId> roots) const {
    std::vector<NodeId> found, pending(roots.begin(), roots.end());
    std::unordered_map<NodeId, bool> seen;
    while (!pending.empty()) {
      const NodeId id = pending.back();
      pending.pop_back();
      if (graph_.node(id).level < Level::particle || !seen.emplace(id, true).second) continue;
      found.push_back(id);
      const bool is_one = is_log_cosh(graph_, id) || is_softplus(graph_, id);
      const std::span<const NodeId> next = graph_.operands(is_one ? graph_.operands(id)[0] : id);
      pending.insert(pending.end(), next.begin(), next.end());
    }
    std::ranges::sort(found);
    return found;
  }

  Operand operand(NodeId id) const {
    return graph_.node(id).level < Level::particle ? Draft::constant(id) : values_.at(id);
  }
  Operand number(double value) const { return draft_.number(value); }
  Operand op(OpCode code, Operand a, Operand b = {}, Operand c = {}, Operand d = {}) {
    return draft_.op(code, a, b, c, d);
  }
  /// A sum of two whose rounding another instruction relies on.
  Operand rigid(OpCode code, Operand a, Operand b) { return draft_.op(code, a, b, {}, {}, true); }

  /// x^n = x^(2^k) * x^(n - 2^k) with the largest k: all powers of x share its repeated squares.
  Operand integer_power(Operand x, std::uint64_t n) {
    Operand square = x;
    std::vector<Operand> factors;
    for (; n > 0; n >>= 1) {
      if (n & 1) factors.push_back(square);
      if (n > 1) square = op(OpCode::mul, square, square);
    }
    Operand product = factors.front();
    for (std::size_t i = 1; i < factors.size(); ++i) product = op(OpCode::mul, factors[i], product);
    return product;
  }

  Operand power(const Node& node) {
    const Operand base = operand(node.operands[0]);
    if (graph_.is_literal(node.operands[1])) {
      const double exponent = graph_.node(node.operands[1]).literal, whole = std::floor(exponent);
      if (exponent > 0 && exponent <= maximum_integer_exponent && (exponent == whole || exponent == whole + 0.5)) {
        const auto n = static_cast<std::uint64_t>(whole);
        if (exponent == whole) return integer_power(base, n);
        const Operand root = op(OpCode::sqrt, base);
        return n == 0 ? root : op(OpCode::mul, integer_power(base, n), root);
      }
    }
    return op(OpCode::pow, base, operand(node.operands[1]));
  }

  /// e = exp(|u|) / 2; e + 1/(4 e). Relative error: that of exp, and 1.5 ulp. Overflows 0.7 before cosh does.
  Operand cosh(Operand u) {
    const Operand half = op(OpCode::mul, number(0.5), op(OpCode::exp, op(OpCode::abs, u)));
    return op(OpCode::add, half, op(OpCode::div, number(0.25), half));
  }

  /// tanh(u) cosh(u): as accurate near 0 as tanh is.
  Operand sinh(Operand u) { return op(OpCode::mul, op(OpCode::tanh, u), cosh(u)); }

  /// t (exp(u) + 1) with t = tanh(u/2): no cancellation anywhere. Relative error: those of tanh and exp, and 1.5 ulp.
  Operand expm1(Operand u) {
    const Operand t = op(OpCode::tanh, op(OpCode::mul, number(0.5), u));
    return op(OpCode::fma, t, op(OpCode::exp, u), t);
  }

  /// log(w) + (u - (w - 1)) / w with w = 1 + u rounded: the second term is what the rounding of w lost (w - 1 is exact
  /// wherever that matters). Relative error: that of log, and 1.5 ulp. Where the correction is NaN (u = -1, infinity)
  /// it is left out.
  Operand log1p(Operand u) {
    const Operand w = rigid(OpCode::add, number(1), u);
    const Operand lost = rigid(OpCode::sub, u, rigid(OpCode::sub, w, number(1)));
    const Operand correction = op(OpCode::div, lost, w);
    const Operand log = op(OpCode::log, w);
    return op(OpCode::less_select, correction, number(1), rigid(OpCode::add, log, correction), log);
  }

  /// |u| + log1p(-m/2) with m = -expm1(-2|u|) = t (exp(-2|u|) + 1), t = tanh|u|. Error: 4 ulp of |u|.
  Operand log_cosh(Operand u) {
    const Operand size = op(OpCode::abs, u);
    const Operand t = op(OpCode::tanh, size);
    const Operand m = op(OpCode::fma, t, op(OpCode::exp, op(OpCode::mul, number(-2), size)), t);
    return op(OpCode::add, size, log1p(op(OpCode::mul, number(-0.5), m)));
  }

  /// log(1 + exp(u)) = max(u, 0) + log1p(exp(-|u|)): neither overflows, and what is small is not lost beside 1.
  Operand softplus(Operand u) {
    const Operand tail = log1p(op(OpCode::exp, op(OpCode::neg, op(OpCode::abs, u))));
    return op(OpCode::add, op(OpCode::max, u, number(0)), tail);
  }

  Operand emit(NodeId id) {
    const Node node = graph_.node(id);
    if (is_softplus(graph_, id)) return softplus(operand(graph_.node(node.operands[0]).operands[0]));
    if (is_log_cosh(graph_, id)) return log_cosh(operand(graph_.node(node.operands[0]).operands[0]));
    const auto x = [&](int i) { return operand(node.operands[i]); };
    switch (node.operation) {
      case Operation::state:
        return {Operand::Kind::state, static_cast<std::uint32_t>(node.index)};
      case Operation::draw:
        return {Operand::Kind::draw, static_cast<std::uint32_t>(node.index)};
      case Operation::column:
        return {Operand::Kind::column, static_cast<std::uint32_t>(node.index)};
      case Operation::neg:
        return op(OpCode::neg, x(0));
      case Operation::abs:
        return op(OpCode::abs, x(0));
      case Operation::sqrt:
        return op(OpCode::sqrt, x(0));
      case Operation::exp:
        return op(OpCode::exp, x(0));
      case Operation::log:
        return op(OpCode::log, x(0));
      case Operation::sin:
        return op(OpCode::sin, x(0));
      case Operation::cos:
        return op(OpCode::cos, x(0));
      case Operation::tan:
        return op(OpCode::div, op(OpCode::sin, x(0)), op(OpCode::cos, x(0)));
      case Operation::tanh:
        return op(OpCode::tanh, x(0));
      case Operation::cosh:
        return cosh(x(0));
      case Operation::sinh:
        return sinh(x(0));
      case Operation::log1p:
        return log1p(x(0));
      case Operation::expm1:
        return expm1(x(0));
      case Operation::add:
        return op(OpCode::add, x(0), x(1));
      case Operation::sub:
        return op(OpCode::sub, x(0), x(1));
      case Operation::mul:
        return op(OpCode::mul, x(0), x(1));
      case Operation::div:
        return op(OpCode::div, x(0), x(1));
      case Operation::pow:
        return power(node);
      case Operation::min:
        return op(OpCode::min, x(0), x(1));
      case Operation::max:
        return op(OpCode::max, x(0), x(1));
      case Operation::fma:
        return op(OpCode::fma, x(0), x(1), x(2));
      case Operation::less_select:
        return op(OpCode::less_select, x(0), x(1), x(2), x(3));
      default:
        throw std::logic_error("loss::lower: constants and means over examples are not instructions");
    }
  }

  /// The table of constants: what is fixed within a run first, each in order of first use.
  void number_constants(Program& program) {
    std::unordered_map<NodeId, std::uint32_t> place;
    const auto for_each_constant = [&](auto visit) {
      for (Instruction& instruction : program.instructions)
        for (Operand& x : instruction.operands)
          if (x.kind == Operand::Kind::constant) visit(x);
      for (Operand& x : program.results)
        if (x.kind == Operand::Kind::constant) visit(x);
    };
    for (const bool step : {false, true}) {
      for_each_constant([&](const Operand& x) {
        const auto id = static_cast<NodeId>(x.index);
        if ((graph_.node(id).level == Level::step) != step) return;
        if (place.emplace(id, program.constants.size()).second) program.constants.push_back(id);
      });
      if (!step) program.step_constants_begin = program.constants.size();
    }
    for_each_constant([&](Operand& x) { x.index = place.at(static_cast<NodeId>(x.index)); });
  }

  Graph& graph_;
  Draft draft_;
  std::unordered_map<NodeId, Operand> values_;
};

}  // namespace

Program lower(Graph& graph, std::span<const NodeId> results) { return Lowering(graph).run(results); }

}  // namespace isotherm::loss
