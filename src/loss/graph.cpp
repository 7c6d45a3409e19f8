#include "loss/graph.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "isotherm/core/error.hpp"
#include "isotherm/lane/scalar.hpp"

namespace isotherm::loss {

int arity(Operation operation) {
  if (operation < Operation::neg) return 0;
  if (operation < Operation::add) return 1;
  if (operation < Operation::fma) return 2;
  return operation == Operation::fma ? 3 : 4;
}

// Constants are evaluated with the lane's own functions, so that they do not depend on the C library of the machine.
double apply(Operation operation, double a, double b, double c, double d) {
  using namespace scalar::f64;
  const auto op = [](F value) { return static_cast<double>(value); };
  switch (operation) {
    case Operation::neg:
      return -a;
    case Operation::abs:
      return std::abs(a);
    case Operation::sqrt:
      return op(op_sqrt(a));
    case Operation::exp:
      return op(op_exp(a));
    case Operation::log:
      return op(op_log(a));
    case Operation::sin:
      return op(op_sin(a));
    case Operation::cos:
      return op(op_cos(a));
    case Operation::tan:
      return op(op_sin(a)) / op(op_cos(a));
    case Operation::tanh:
      return op(op_tanh(a));
    case Operation::cosh:
      return (op(op_exp(a)) + op(op_exp(-a))) / 2;
    case Operation::sinh:
      return op(op_tanh(a)) * apply(Operation::cosh, a);
    case Operation::log1p: {
      const double sum = 1 + a;  // what was lost in it is in the quotient
      return sum == 1 ? a : op(op_log(sum)) * (a / (sum - 1));
    }
    case Operation::expm1:
      return op(op_tanh(a / 2)) * (op(op_exp(a)) + 1);
    case Operation::add:
      return a + b;
    case Operation::sub:
      return a - b;
    case Operation::mul:
      return a * b;
    case Operation::div:
      return a / b;
    case Operation::pow:
      return op(op_pow(a, b));
    case Operation::min:
      return a < b ? a : b;
    case Operation::max:
      return a < b ? b : a;
    case Operation::fma:
      return op(op_fma(a, b, c));
    case Operation::less_select:
      return a < b ? c : d;
    default:
      throw std::logic_error("loss::apply: a leaf has no operands");
  }
}

bool Node::operator==(const Node& other) const {
  return operation == other.operation && level == other.level && index == other.index && operands == other.operands &&
         std::bit_cast<std::uint64_t>(literal) == std::bit_cast<std::uint64_t>(other.literal);
}

std::size_t Graph::NodeHash::operator()(const Node& node) const {
  std::uint64_t hash = static_cast<std::uint64_t>(node.operation) + std::bit_cast<std::uint64_t>(node.literal);
  const auto mix = [&](std::int32_t value) {
    hash = (hash ^ static_cast<std::uint32_t>(value)) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 29;
  };
  mix(node.index);
  for (const NodeId operand : node.operands) mix(operand);
  return static_cast<std::size_t>(hash);
}

NodeId Graph::intern(Node node) {
  if (const auto found = ids_.find(node); found != ids_.end()) return found->second;
  if (nodes_.size() >= maximum_graph_size)
    throw InputError("the expressions have more than " + std::to_string(maximum_graph_size) +
                     " different parts; use fewer terms or a lower dimension");
  const auto id = static_cast<NodeId>(nodes_.size());
  nodes_.push_back(node);
  ids_.emplace(node, id);
  return id;
}

NodeId Graph::make(Operation operation, std::initializer_list<NodeId> operands) {
  Node made{.operation = operation, .level = Level::literal};
  std::copy(operands.begin(), operands.end(), made.operands.begin());
  for (const NodeId operand : operands) made.level = std::max(made.level, node(operand).level);
  if (operation == Operation::batch_mean || operation == Operation::data_mean) made.level = Level::particle;
  return intern(made);
}

/// Constant factors and summands first, otherwise the older node first.
NodeId Graph::make_commutative(Operation operation, NodeId a, NodeId b) {
  const auto key = [&](NodeId id) { return std::pair(node(id).level >= Level::particle, id); };
  if (key(b) < key(a)) std::swap(a, b);
  return make(operation, {a, b});
}

NodeId Graph::literal(double value) {
  // One zero and one NaN, so that equal numbers are one node.
  if (value == 0) value = 0;
  if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
  return intern({.operation = Operation::literal, .level = Level::literal, .literal = value});
}

NodeId Graph::named(Operation operation, Level level, std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  const auto index = static_cast<std::int32_t>(found - names.begin());
  if (found == names.end()) names.push_back(name);
  return intern({.operation = operation, .level = level, .index = index});
}

NodeId Graph::setting(const std::string& name) { return named(Operation::setting, Level::setting, settings_, name); }

NodeId Graph::step_scalar(const std::string& name) {
  return named(Operation::step_scalar, Level::step, step_scalars_, name);
}

NodeId Graph::state(std::size_t row) {
  return intern({.operation = Operation::state, .level = Level::particle, .index = static_cast<std::int32_t>(row)});
}

NodeId Graph::draw(std::size_t index) {
  return intern({.operation = Operation::draw, .level = Level::particle, .index = static_cast<std::int32_t>(index)});
}

NodeId Graph::column(std::size_t index) {
  return intern({.operation = Operation::column, .level = Level::example, .index = static_cast<std::int32_t>(index)});
}

NodeId Graph::example_draw(std::size_t index) {
  return intern({.operation = Operation::draw, .level = Level::example, .index = static_cast<std::int32_t>(index)});
}

std::span<const NodeId> Graph::operands(NodeId id) const {
  const Node& n = node(id);
  return {n.operands.data(), static_cast<std::size_t>(arity(n.operation))};
}

NodeId Graph::rebuild(Operation operation, std::span<const NodeId> operands) {
  switch (operands.size()) {
    case 1:
      return unary(operation, operands[0]);
    case 2:
      return binary(operation, operands[0], operands[1]);
    case 3:
      return fma(operands[0], operands[1], operands[2]);
    default:
      return less_select(operands[0], operands[1], operands[2], operands[3]);
  }
}

std::vector<NodeId> Graph::reachable(std::span<const NodeId> roots, Level lowest) const {
  std::vector<NodeId> found, pending(roots.begin(), roots.end());
  std::unordered_map<NodeId, bool> seen;
  while (!pending.empty()) {
    const NodeId id = pending.back();
    pending.pop_back();
    if (node(id).level < lowest || !seen.emplace(id, true).second) continue;
    found.push_back(id);
    const std::span<const NodeId> next = operands(id);
    pending.insert(pending.end(), next.begin(), next.end());
  }
  std::sort(found.begin(), found.end());
  return found;
}

NodeId Graph::substitute(NodeId root, std::span<const NodeId> replacement) {
  std::unordered_map<NodeId, NodeId> states;
  for (std::size_t row = 0; row < replacement.size(); ++row)
    if (replacement[row] >= 0) states.emplace(state(row), replacement[row]);
  return replace(root, states);
}

NodeId Graph::replace(NodeId root, const std::unordered_map<NodeId, NodeId>& replacement) {
  std::unordered_map<NodeId, NodeId> replaced;
  for (const NodeId id : reachable(std::span(&root, 1), Level::particle)) {
    // Copied: building nodes may move the table.
    const Node old = node(id);
    NodeId result = id;
    if (const auto found = replacement.find(id); found != replacement.end()) {
      result = found->second;
    } else if (const int count = arity(old.operation); count > 0) {
      std::array<NodeId, 4> operands = old.operands;
      for (int i = 0; i < count; ++i)
        if (const auto found = replaced.find(operands[i]); found != replaced.end()) operands[i] = found->second;
      if (operands != old.operands) result = rebuild(old.operation, std::span(operands).first(count));
    }
    replaced[id] = result;
  }
  const auto found = replaced.find(root);
  return found == replaced.end() ? root : found->second;
}

std::vector<double> Graph::evaluate(std::span<const NodeId> ids, std::span<const double> settings,
                                    std::span<const double> step_scalars) const {
  std::unordered_map<NodeId, double> values;
  for (const NodeId id : reachable(ids)) {
    const Node& n = node(id);
    switch (n.operation) {
      case Operation::literal:
        values[id] = n.literal;
        break;
      case Operation::setting:
        values[id] = settings[static_cast<std::size_t>(n.index)];
        break;
      case Operation::step_scalar:
        values[id] = step_scalars[static_cast<std::size_t>(n.index)];
        break;
      case Operation::state:
      case Operation::draw:
      case Operation::column:
      case Operation::batch_mean:
      case Operation::data_mean:
        throw std::logic_error("loss::Graph::evaluate: the node differs between particles");
      default: {
        std::array<double, 4> x{};
        std::transform(operands(id).begin(), operands(id).end(), x.begin(), [&](NodeId o) { return values.at(o); });
        values[id] = apply(n.operation, x[0], x[1], x[2], x[3]);
      }
    }
  }
  std::vector<double> result;
  for (const NodeId id : ids) result.push_back(values.at(id));
  return result;
}

double Graph::evaluate(NodeId id, std::span<const double> settings, std::span<const double> step_scalars) const {
  return evaluate(std::span(&id, 1), settings, step_scalars).front();
}

}  // namespace isotherm::loss
