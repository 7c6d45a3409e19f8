#pragma once
// A loss as everybody else sees it: value, gradient and Hessian as nodes of one graph, and as functions of a point.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "loss/examples.hpp"
#include "loss/graph.hpp"
#include "loss/interpreter.hpp"
#include "loss/model.hpp"
#include "loss/parser.hpp"

namespace isotherm::loss {

/// What the parser needs to know about names. `set` values are numbers ("0.5", "pi/2") and become settings; the
/// catalogue reads lists and matrices itself.
struct ProblemRequest {
  std::string loss;  ///< expression, catalogue name, or name of a model
  std::map<std::string, std::string> set;
  std::vector<std::string> coordinates;  ///< empty: one letter and optional digits, natural order; x[3] names x3
  std::shared_ptr<const Examples> examples = {};  ///< the loss is the mean over these; null: there are none
  /// Of a model: columns, or expressions of columns and settings.
  std::string target = {};
  std::vector<std::string> features = {};
};

class Problem {
 public:
  /// Parses, differentiates. A loss without coordinates (0, say) has the one coordinate x. Throws ParseError /
  /// InputError.
  explicit Problem(const ProblemRequest& request);

  Graph& graph() { return graph_; }
  const Graph& graph() const { return graph_; }
  std::size_t dimension() const { return coordinates_.size(); }
  const std::vector<std::string>& coordinates() const { return coordinates_; }
  const std::string& expression() const { return expression_; }  ///< the text of the catalogue or model for a name
  /// The name -> value of every setting known so far (--set values, catalogue parameters, and what set_value added).
  const std::map<std::string, double>& values() const { return values_; }
  void set_value(const std::string& name, double value) { values_[name] = value; }
  /// Values in the graph's order of settings; InputError for a setting without a value.
  std::vector<double> setting_values() const;
  /// Names in the request's `set` that neither the loss nor an expression parsed so far has used: probably misspelt.
  std::vector<std::string> unused_settings() const;

  /// The loss, with the penalty of weight decay once that is added; so are its derivatives.
  NodeId value() const { return value_; }
  std::span<const NodeId> gradient() const { return gradient_; }
  /// Adds coefficient * |x|^2 / 2, the coefficient being a node below Level::particle.
  void add_penalty(NodeId coefficient);
  std::span<const NodeId> plain_gradient() const { return plain_gradient_; }  ///< of the loss without penalty
  std::vector<NodeId> hessian();                                              ///< row-major D x D, built on first use
  NodeId laplacian();

  /// With examples the loss above is the mean over all data: in closed form where it is quadratic, else as a data_mean.
  const std::shared_ptr<const Examples>& examples() const { return examples_; }
  /// The loss of one example and its gradient, nodes of Level::example, without the penalty.
  NodeId example_loss() const { return example_loss_; }
  std::span<const NodeId> example_gradient() const { return example_gradient_; }
  /// The gradient of the mean over the examples of a step: batch_mean, with the penalty.
  std::span<const NodeId> batch_gradient() const { return batch_gradient_; }
  std::span<const NodeId> plain_batch_gradient() const { return plain_batch_gradient_; }  ///< without it
  /// The mean of a node of Level::example over all data: a polynomial of the coordinates where the node is at most
  /// quadratic in them and they are no more than `largest_dimension` (or it does not depend on them), else its
  /// data_mean. `name` begins the names of the polynomial's settings.
  NodeId average(NodeId node, const std::string& name, std::size_t largest_dimension = 16);
  /// True where the loss of every example is quadratic, so that the mean is known in closed form.
  bool is_quadratic_data() const { return quadratic_data_; }

  /// Names and functions beside those of the loss: v.x, average(e, N).
  struct Vocabulary {
    std::map<std::string, NodeId> names;
    std::map<std::string, WindowFunction> functions;
    std::map<std::string, std::function<NodeId(NodeId)>> observers;
  };
  /// Parses a further expression of the same coordinates and names; "loss" is the loss itself. `what` names the option
  /// in errors, as "--histogram".
  NodeId parse(const std::string& expression, const std::string& what, const Vocabulary& vocabulary = {{}, {}, {}});

 private:
  void read_settings(const std::map<std::string, std::string>& set, const ProblemRequest& request);
  void read_columns(const ProblemRequest& request);
  void read_expression(const ProblemRequest& request, const std::string& text);
  void read_model(const ProblemRequest& request, const Model& model, std::map<std::string, std::string> options);
  void average_over_examples();
  /// Second derivatives, given the first, if none of them depends on the coordinates; else nothing.
  std::optional<std::vector<NodeId>> constant_hessian(std::span<const NodeId> gradient);
  NodeId constant(const std::string& name, double value);
  void close(std::span<const NodeId> example_hessian);

  Graph graph_;
  std::string expression_;
  std::vector<std::string> coordinates_;
  std::map<std::string, double> values_;
  std::map<std::string, NodeId> known_;
  std::set<std::string> requested_, used_;
  NodeId value_ = -1;
  std::vector<NodeId> gradient_, plain_gradient_, hessian_;
  std::shared_ptr<const Examples> examples_;
  NodeId example_loss_ = -1, penalty_ = -1;  ///< the penalty of a model is part of the loss of each example
  std::vector<NodeId> example_gradient_, batch_gradient_, plain_batch_gradient_;
  bool quadratic_data_ = false;
  std::vector<double> lowest_point_;  ///< of closed losses
};

/// Double-precision function of the coordinates: one or more nodes of level <= particle that read coordinates, settings
/// and means over all data only. Settings have the values of the problem at the time of construction. Copyable; a copy
/// has its own scratch values, and a Function must not be called by two threads at a time.
class Function {
 public:
  Function(Problem& problem, std::span<const NodeId> nodes);
  Function(Problem& problem, NodeId node) : Function(problem, std::span<const NodeId>(&node, 1)) {}
  std::size_t outputs() const { return interpreter_.program().results.size(); }
  void operator()(std::span<const double> point, std::span<double> out) const;
  double operator()(std::span<const double> point) const;  ///< one output
  double operator()(double x) const { return (*this)(std::span<const double>(&x, 1)); }

 private:
  std::optional<DataMeans> means_;  ///< that the nodes need: state rows from the dimension on, to the list
  mutable Interpreter<double> interpreter_;
  std::vector<double> constants_;
  mutable std::vector<double> state_;  ///< the point and the means
};

}  // namespace isotherm::loss
