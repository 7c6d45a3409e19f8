#include "loss/model.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "isotherm/core/error.hpp"
#include "loss/interpreter.hpp"
#include "loss/parser.hpp"

namespace isotherm::loss {
namespace {

/// Classes beyond are no classes.
constexpr std::size_t most_classes = 256;
/// Whole numbers that float has.
constexpr double largest_label = 1 << 24;

std::string written(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

/// The label of every row.
std::vector<double> labels_of(Graph& graph, NodeId target, const Examples& examples, std::span<const double> settings) {
  Interpreter<double> label(lower(graph, std::span(&target, 1)));
  const std::vector<double> constants = evaluate_constants(graph, label.program(), settings, {});
  std::vector<double> columns(examples.columns()), labels(examples.rows);
  for (std::size_t r = 0; r < examples.rows; ++r) {
    for (std::size_t c = 0; c < examples.columns(); ++c) columns[c] = examples.value(r, c);
    label({}, {}, constants, std::span(&labels[r], 1), columns);
  }
  return labels;
}

[[noreturn]] void refuse(const Model& model, const Examples& examples, std::size_t row, const std::string& text,
                         double label, const std::string& remedy) {
  const std::string place = examples.place ? examples.place(row) : "--random";
  const bool is_column = std::ranges::find(examples.names, text) != examples.names.end();
  throw InputError(place + (is_column ? ", column '" + text + "': " : ": --target " + text + ": ") + written(label) +
                   " is no label of " + model.name + "; " + remedy);
}

}  // namespace

NodeId ModelBuilder::of_class(std::span<const NodeId> values) {
  NodeId chosen = values.back();
  for (std::size_t k = class_bounds_.size(); k-- > 0;)
    chosen = graph_.less_select(target_, class_bounds_[k], values[k], chosen);
  return chosen;
}

std::size_t ModelBuilder::option(const std::string& name, std::size_t lowest, std::size_t largest) const {
  const std::string& text = options_.at(name);
  const double value = parse_number(text, "--set " + name);
  if (!(value >= static_cast<double>(lowest) && value <= static_cast<double>(largest) && value == std::floor(value)))
    throw InputError("--set " + name + "=" + text + ": must be a whole number from " + std::to_string(lowest) + " to " +
                     std::to_string(largest));
  return static_cast<std::size_t>(value);
}

NodeId ModelBuilder::coordinate(const std::string& letter) {
  names_.push_back(letter);
  return graph_.state(names_.size() - 1);
}

std::vector<NodeId> ModelBuilder::coordinates(const std::string& letter, std::size_t n) {
  std::vector<NodeId> nodes;
  for (std::size_t i = 1; i <= n; ++i) nodes.push_back(coordinate(letter + std::to_string(i)));
  return nodes;
}

std::vector<NodeId> ModelBuilder::weights(const std::string& letter, std::size_t n) {
  std::vector<NodeId> nodes = coordinates(letter, n);
  penalized_.insert(penalized_.end(), nodes.begin(), nodes.end());
  return nodes;
}

NodeId ModelBuilder::affine(NodeId bias, std::span<const NodeId> weights, std::span<const NodeId> inputs) {
  std::vector<NodeId> terms = {bias};
  for (std::size_t j = 0; j < inputs.size(); ++j) terms.push_back(graph_.mul(weights[j], inputs[j]));
  return graph_.sum(terms);
}

NodeId ModelBuilder::softplus(NodeId u) { return graph_.unary(Operation::log1p, graph_.unary(Operation::exp, u)); }

NodeId ModelBuilder::half_square(NodeId u) { return graph_.mul(graph_.literal(0.5), graph_.mul(u, u)); }

const Model* find_model(const std::string& name) {
  const auto found = std::ranges::find(models(), name, &Model::name);
  return found == models().end() ? nullptr : &*found;
}

BuiltModel build_model(Graph& graph, const Model& model, std::vector<NodeId> features, NodeId target,
                       const std::string& text, const Examples& examples, std::span<const double> settings,
                       std::map<std::string, std::string> options, bool has_penalty) {
  BuiltModel built;
  std::vector<NodeId> bounds;
  if (model.target == Target::sign) {
    const std::vector<double> labels = labels_of(graph, target, examples, settings);
    const double low = std::ranges::find(labels, -1.0) != labels.end() ? -1 : 0;
    for (std::size_t r = 0; r < labels.size(); ++r)
      if (labels[r] != low && labels[r] != 1)
        refuse(model, examples, r, text, labels[r], "labels are 0 and 1, or -1 and 1");
    if (low == 0) target = graph.sub(graph.mul(graph.literal(2), target), graph.literal(1));
  }
  if (model.target == Target::category) {
    const std::vector<double> labels = labels_of(graph, target, examples, settings);
    std::set<double> different;
    for (std::size_t r = 0; r < labels.size(); ++r) {
      if (labels[r] != std::floor(labels[r]) || !(std::abs(labels[r]) <= largest_label))
        refuse(model, examples, r, text, labels[r], "labels are whole numbers, one for each class");
      different.insert(labels[r]);
      if (different.size() > most_classes)
        throw InputError("--target " + text + ": more than " + std::to_string(most_classes) +
                         " different numbers are no labels of classes; take linear-regression");
    }
    if (different.size() < 2)
      throw InputError("--target " + text + ": all labels are " + written(*different.begin()) +
                       "; classes need two different ones");
    for (auto label = different.begin(); std::next(label) != different.end(); ++label) {
      const std::string name = "bound of class " + std::to_string(bounds.size() + 1);
      built.settings[name] = *label + (*std::next(label) - *label) / 2;
      bounds.push_back(graph.setting(name));
    }
  }
  ModelBuilder builder(graph, std::move(features), target, std::move(bounds), std::move(options));
  built.loss = model.build(builder);
  built.coordinates = builder.names();
  std::vector<NodeId> squares;
  for (const NodeId w : builder.penalized()) squares.push_back(builder.half_square(w));
  built.penalty = has_penalty ? graph.mul(graph.setting("l2"), graph.sum(squares)) : graph.literal(0);
  return built;
}

}  // namespace isotherm::loss
