#pragma once
// Models: losses over data whose number of coordinates follows from the data. A model says the loss of one example as
// nodes of its features and its target; that is all a new one needs: a function in src/loss/models and a line in
// models/registry.cpp.

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "loss/examples.hpp"
#include "loss/graph.hpp"

namespace isotherm::loss {

/// What the target of a model is.
enum class Target {
  number,
  sign,      ///< labels 0 and 1, or -1 and 1; the model sees -1 and 1
  category,  ///< labels are whole numbers; each different one is a class
};

/// What a model is built of.
class ModelBuilder {
 public:
  /// Options by name, whole numbers as texts.
  ModelBuilder(Graph& graph, std::vector<NodeId> features, NodeId target, std::vector<NodeId> class_bounds,
               std::map<std::string, std::string> options)
      : graph_(graph),
        features_(std::move(features)),
        target_(target),
        class_bounds_(std::move(class_bounds)),
        options_(std::move(options)) {}

  Graph& graph() { return graph_; }
  std::span<const NodeId> features() const { return features_; }
  NodeId target() const { return target_; }
  std::size_t classes() const { return class_bounds_.size() + 1; }
  /// That of the values which belongs to the class of the example; one for each class, in the order of the labels.
  NodeId of_class(std::span<const NodeId> values);
  /// A whole number that --set gives; InputError where it is none, or not within [lowest, largest].
  std::size_t option(const std::string& name, std::size_t lowest, std::size_t largest) const;

  /// The next coordinates of the loss: LETTER, or LETTER1 ... LETTERn, in natural order of all names.
  NodeId coordinate(const std::string& letter);
  std::vector<NodeId> coordinates(const std::string& letter, std::size_t n);
  /// The same; --set l2 is the factor of half the sum of their squares, which the loss gains.
  std::vector<NodeId> weights(const std::string& letter, std::size_t n);

  /// bias + sum_j weights[j] inputs[j].
  NodeId affine(NodeId bias, std::span<const NodeId> weights, std::span<const NodeId> inputs);
  /// log(1 + exp(u)), as accurate for large |u| as its operations are (lower.cpp).
  NodeId softplus(NodeId u);
  /// square(u) / 2
  NodeId half_square(NodeId u);

  const std::vector<std::string>& names() const { return names_; }     ///< of the coordinates so far
  const std::vector<NodeId>& penalized() const { return penalized_; }  ///< those of weights()

 private:
  Graph& graph_;
  std::vector<NodeId> features_;
  NodeId target_;
  std::vector<NodeId> class_bounds_;  ///< between the labels of classes that follow each other
  std::map<std::string, std::string> options_;
  std::vector<std::string> names_;
  std::vector<NodeId> penalized_;
};

struct Model {
  std::string name;
  std::string formula;      ///< the loss of one example, f being what the model says
  std::string coordinates;  ///< which there are, F being the number of features
  std::string description;  ///< one line
  Target target = Target::number;
  std::map<std::string, std::string> defaults;  ///< option -> value; all take l2 = 0
  std::function<NodeId(ModelBuilder&)> build;   ///< the loss of one example
};

std::span<const Model> models();
const Model* find_model(const std::string& name);

/// What a model becomes on data.
struct BuiltModel {
  NodeId loss = -1;     ///< of one example, without the penalty
  NodeId penalty = -1;  ///< l2 / 2 times the sum of squared weights; literal 0 without
  std::vector<std::string> coordinates;
  std::map<std::string, double> settings;  ///< that the nodes read, beside l2
};

/// `target` and `features` are nodes of Level::example; `text` is the target's in words, a column or an expression.
/// `options` has a value for each of the model's. `has_penalty`: the setting l2 is not 0. InputError where a label is
/// none, with its place.
BuiltModel build_model(Graph& graph, const Model& model, std::vector<NodeId> features, NodeId target,
                       const std::string& text, const Examples& examples, std::span<const double> settings,
                       std::map<std::string, std::string> options, bool has_penalty);

}  // namespace isotherm::loss
