// The builders of Graph: how a node is brought to its normal form. See graph.hpp for the rules.

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "loss/graph.hpp"

namespace isotherm::loss {
namespace {

bool is_odd(Operation operation) {
  return operation == Operation::sin || operation == Operation::tan || operation == Operation::tanh ||
         operation == Operation::sinh;
}

bool is_even(Operation operation) {
  return operation == Operation::cos || operation == Operation::cosh || operation == Operation::abs;
}

bool is_whole(double value) { return value == std::floor(value) && std::abs(value) <= maximum_integer_exponent; }

}  // namespace

Graph::Term Graph::split(NodeId id) {
  const Node n = node(id);
  if (n.operation == Operation::literal) return {.coefficient = n.literal};
  if (n.level < Level::particle) {
    if (n.operation == Operation::neg) return {.coefficient = -1, .scalar = n.operands[0]};
    if (n.operation == Operation::mul && is_literal(n.operands[0]))
      return {.coefficient = node(n.operands[0]).literal, .scalar = n.operands[1]};
    return {.coefficient = 1, .scalar = id};
  }
  if (n.operation == Operation::neg) return {.coefficient = -1, .rest = n.operands[0]};
  const bool scaled = n.operation == Operation::mul || (n.operation == Operation::div && !is_literal(n.operands[0], 1));
  if (scaled && node(n.operands[0]).level < Level::particle) {
    Term term = split(n.operands[0]);
    term.rest = n.operation == Operation::mul ? n.operands[1] : make(Operation::div, {literal(1), n.operands[1]});
    return term;
  }
  return {.coefficient = 1, .rest = id};
}

NodeId Graph::join(const Term& term) {
  if (term.coefficient == 0) return literal(0);
  if (term.scalar < 0 && term.rest >= 0 && term.coefficient == 1) return term.rest;
  if (term.scalar < 0 && term.rest >= 0 && term.coefficient == -1) {
    const Node rest = node(term.rest);
    return rest.operation == Operation::sub ? sub(rest.operands[1], rest.operands[0])
                                            : make(Operation::neg, {term.rest});
  }
  NodeId scalar = term.scalar;
  if (scalar < 0)
    scalar = literal(term.coefficient);
  else if (term.coefficient == -1)
    scalar = make(Operation::neg, {scalar});
  else if (term.coefficient != 1)
    scalar = make(Operation::mul, {literal(term.coefficient), scalar});
  if (term.rest < 0) return scalar;
  if (is_reciprocal(term.rest)) return make(Operation::div, {scalar, node(term.rest).operands[1]});
  return make(Operation::mul, {scalar, term.rest});
}

bool Graph::is_reciprocal(NodeId id) const {
  return node(id).operation == Operation::div && is_literal(node(id).operands[0], 1);
}

bool Graph::is_nonnegative(NodeId id) const {
  const Node& n = node(id);
  switch (n.operation) {
    case Operation::abs:
    case Operation::sqrt:
    case Operation::exp:
    case Operation::cosh:
      return true;
    case Operation::pow:
      return is_literal(n.operands[1]) && std::fmod(node(n.operands[1]).literal, 2) == 0;
    default:
      return false;
  }
}

/// a * b of two factors that have no coefficient.
NodeId Graph::multiply_plain(NodeId a, NodeId b) {
  const auto power = [&](NodeId id) {
    const Node& n = node(id);
    if (n.operation == Operation::pow && is_literal(n.operands[1])) {
      const double exponent = node(n.operands[1]).literal;
      if (exponent > 0 && is_whole(exponent)) return std::pair(n.operands[0], exponent);
    }
    return std::pair(id, 1.0);
  };
  const auto [base_a, exponent_a] = power(a);
  const auto [base_b, exponent_b] = power(b);
  if (base_a == base_b && is_whole(exponent_a + exponent_b)) return integer_power(base_a, exponent_a + exponent_b);
  if (is_reciprocal(a) && !is_reciprocal(b)) return divide_plain(b, node(a).operands[1]);
  if (is_reciprocal(b) && !is_reciprocal(a)) return divide_plain(a, node(b).operands[1]);
  return make_commutative(Operation::mul, a, b);
}

/// a / b likewise; a < 0 is the numerator 1.
NodeId Graph::divide_plain(NodeId a, NodeId b) {
  if (a < 0) return make(Operation::div, {literal(1), b});
  const Node over = node(a), under = node(b);
  if (over.operation == Operation::sinh && under.operation == Operation::cosh && over.operands[0] == under.operands[0])
    return unary(Operation::tanh, over.operands[0]);
  return make(Operation::div, {a, b});
}

/// base^exponent for an integer exponent >= 2; the base has no coefficient.
NodeId Graph::integer_power(NodeId base, double exponent) {
  const Node n = node(base);
  if (n.operation == Operation::pow && is_literal(n.operands[1])) {
    const double inner = node(n.operands[1]).literal;
    if (inner > 0 && is_whole(inner) && is_whole(inner * exponent))
      return make(Operation::pow, {n.operands[0], literal(inner * exponent)});
  }
  if (n.operation == Operation::abs && std::fmod(exponent, 2) == 0) return integer_power(n.operands[0], exponent);
  return make(Operation::pow, {base, literal(exponent)});
}

NodeId Graph::neg(NodeId a) {
  Term term = split(a);
  term.coefficient = -term.coefficient;
  return join(term);
}

NodeId Graph::mul(NodeId a, NodeId b) {
  const Term x = split(a), y = split(b);
  const auto product = [&](NodeId p, NodeId q) { return p < 0 ? q : q < 0 ? p : multiply_plain(p, q); };
  return join({x.coefficient * y.coefficient, product(x.scalar, y.scalar), product(x.rest, y.rest)});
}

NodeId Graph::div(NodeId a, NodeId b) {
  const Term x = split(a), y = split(b);
  const double coefficient = x.coefficient / y.coefficient;
  // Where the quotient of the constants leaves the range of double, the division stays as it was written.
  if (x.coefficient != 0 && y.coefficient != 0 && (coefficient == 0 || !std::isfinite(coefficient)) &&
      std::isfinite(x.coefficient) && std::isfinite(y.coefficient) && !(is_literal(a) && is_literal(b)))
    return make(Operation::div, {a, b});
  const auto quotient = [&](NodeId p, NodeId q) { return q < 0 ? p : divide_plain(p, q); };
  return join({coefficient, quotient(x.scalar, y.scalar), quotient(x.rest, y.rest)});
}

NodeId Graph::add(NodeId a, NodeId b) { return add_terms(split(a), split(b)); }

NodeId Graph::sub(NodeId a, NodeId b) {
  Term term = split(b);
  term.coefficient = -term.coefficient;
  return add_terms(split(a), term);
}

/// Both without a rest: what the host adds.
NodeId Graph::add_scalars(const Term& a, const Term& b) {
  if (a.coefficient == 0) return join(b);
  if (b.coefficient == 0) return join(a);
  if (a.scalar == b.scalar) return join({a.coefficient + b.coefficient, a.scalar});
  if (b.coefficient == -1 && b.scalar >= 0) return make(Operation::sub, {join(a), b.scalar});
  if (a.coefficient == -1 && a.scalar >= 0) return make(Operation::sub, {join(b), a.scalar});
  return make_commutative(Operation::add, join(a), join(b));
}

NodeId Graph::add_terms(Term a, Term b) {
  if (a.rest < 0 && b.rest < 0) return add_scalars(a, b);
  if (a.coefficient == 0) return join(b);
  if (b.coefficient == 0) return join(a);
  if (a.rest == b.rest) return mul(add_scalars({a.coefficient, a.scalar}, {b.coefficient, b.scalar}), a.rest);
  const auto is_negated = [](const Term& term) { return term.coefficient == -1 && term.scalar < 0; };
  if ((a.coefficient < 0 && b.coefficient > 0) || (is_negated(a) && !is_negated(b))) std::swap(a, b);
  const bool has_factor = a.scalar >= 0 || a.coefficient != 1;
  if (has_factor && a.scalar == b.scalar && std::abs(a.coefficient) == std::abs(b.coefficient)) {
    const double sign = b.coefficient / a.coefficient;
    return mul(join({a.coefficient, a.scalar}), add_terms({1, -1, a.rest}, {sign, -1, b.rest}));
  }
  if (a.rest < 0) return add_scalar(b, join(a));
  if (b.rest < 0) return add_scalar(a, join(b));
  if (is_negated(b)) return make(Operation::sub, {join(a), b.rest});
  return make_commutative(Operation::add, join(a), join(b));
}

/// term + scalar; a constant that the term already has added to it is added on the host.
NodeId Graph::add_scalar(const Term& term, NodeId scalar) {
  if (term.scalar < 0 && std::abs(term.coefficient) == 1) {
    const Node n = node(term.rest);
    if ((n.operation == Operation::add || n.operation == Operation::sub) &&
        node(n.operands[0]).level < Level::particle) {
      const NodeId sign = literal(term.coefficient);
      const NodeId total = add(mul(sign, n.operands[0]), scalar);
      const NodeId other = mul(sign, n.operands[1]);
      return n.operation == Operation::add ? add(other, total) : sub(total, other);
    }
    if (term.coefficient == -1) return make(Operation::sub, {scalar, term.rest});
  }
  return make_commutative(Operation::add, scalar, join(term));
}

NodeId Graph::sum(std::span<const NodeId> terms) {
  NodeId constant = literal(0);
  std::vector<std::pair<NodeId, NodeId>> parts;  // scalar factor, rest
  std::unordered_map<NodeId, std::size_t> place;
  for (const NodeId id : terms) {
    Term term = split(id);
    const NodeId rest = std::exchange(term.rest, -1);
    const NodeId scalar = join(term);
    if (rest < 0)
      constant = add(constant, scalar);
    else if (const auto [found, inserted] = place.emplace(rest, parts.size()); inserted)
      parts.emplace_back(scalar, rest);
    else
      parts[found->second].first = add(parts[found->second].first, scalar);
  }
  NodeId total = literal(0);
  for (const auto& [scalar, rest] : parts) total = add(total, mul(scalar, rest));
  return add(total, constant);
}

NodeId Graph::pow(NodeId a, NodeId b) {
  if (is_literal(a) && is_literal(b)) return literal(apply(Operation::pow, node(a).literal, node(b).literal));
  if (is_literal(a, 1)) return a;
  if (!is_literal(b)) return make(Operation::pow, {a, b});
  const double exponent = node(b).literal;
  if (exponent == 0) return literal(1);
  if (exponent == 1) return a;
  if (exponent == 0.5) return unary(Operation::sqrt, a);
  if (exponent < 0) return div(literal(1), pow(a, literal(-exponent)));
  if (!is_whole(exponent)) return make(Operation::pow, {a, b});
  const Term base = split(a);
  const double coefficient = std::pow(base.coefficient, exponent);
  if (coefficient == 0 || !std::isfinite(coefficient)) return make(Operation::pow, {a, b});
  const auto power = [&](NodeId id) { return id < 0 ? id : integer_power(id, exponent); };
  return join({coefficient, power(base.scalar), power(base.rest)});
}

NodeId Graph::unary(Operation operation, NodeId a) {
  const bool is_mean = operation == Operation::batch_mean || operation == Operation::data_mean;
  if (is_mean && node(a).level < Level::example) return a;
  if (is_literal(a)) return literal(apply(operation, node(a).literal));
  if (operation == Operation::neg) return neg(a);
  Term term = split(a);
  if (is_mean) {
    const NodeId rest = std::exchange(term.rest, -1);
    return mul(join(term), make(operation, {rest}));
  }
  if (operation == Operation::abs) {
    if (is_nonnegative(a)) return a;
    if (term.coefficient != 1) {
      const double factor = std::abs(std::exchange(term.coefficient, 1));
      return mul(literal(factor), abs(join(term)));
    }
  }
  if (term.coefficient < 0 && (is_odd(operation) || is_even(operation))) {
    term.coefficient = -term.coefficient;
    const NodeId value = make(operation, {join(term)});
    return is_odd(operation) ? neg(value) : value;
  }
  return make(operation, {a});
}

NodeId Graph::binary(Operation operation, NodeId a, NodeId b) {
  switch (operation) {
    case Operation::add:
      return add(a, b);
    case Operation::sub:
      return sub(a, b);
    case Operation::mul:
      return mul(a, b);
    case Operation::div:
      return div(a, b);
    case Operation::pow:
      return pow(a, b);
    case Operation::min:
    case Operation::max:
      if (a == b) return a;
      if (is_literal(a) && is_literal(b)) return literal(apply(operation, node(a).literal, node(b).literal));
      return make(operation, {a, b});
    default:
      throw std::logic_error("loss::Graph::binary: not a binary operation");
  }
}

NodeId Graph::fma(NodeId a, NodeId b, NodeId c) {
  if (is_literal(a) && is_literal(b) && is_literal(c))
    return literal(std::fma(node(a).literal, node(b).literal, node(c).literal));
  const auto is_trivial = [&](NodeId id) { return is_literal(id, 0) || is_literal(id, 1) || is_literal(id, -1); };
  if (is_trivial(a) || is_trivial(b) || is_literal(c, 0)) return add(mul(a, b), c);
  if (node(b).level < Level::particle && node(a).level >= Level::particle) std::swap(a, b);
  return make(Operation::fma, {a, b, c});
}

NodeId Graph::less_select(NodeId a, NodeId b, NodeId c, NodeId d) {
  if (c == d) return c;
  if (a == b) return d;
  if (is_literal(a) && is_literal(b)) return node(a).literal < node(b).literal ? c : d;
  return make(Operation::less_select, {a, b, c, d});
}

}  // namespace isotherm::loss
