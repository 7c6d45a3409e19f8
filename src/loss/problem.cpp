#include "loss/problem.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cctype>

#include "isotherm/core/listed.hpp"
#include "isotherm/core/trimmed.hpp"
#include "loss/catalogue.hpp"
#include "loss/derivative.hpp"
#include "loss/parser.hpp"

namespace isotherm::loss {
namespace {

/// Dense quadratics beyond do not fit into a list.
constexpr std::size_t largest_closed_dimension = 200;

void check_coordinates(const std::vector<std::string>& coordinates) {
  for (auto name = coordinates.begin(); name != coordinates.end(); ++name) {
    if (!is_free_name(*name) || *name == "loss")
      throw InputError("--coordinates: '" + *name +
                       "' cannot name a coordinate; use letters and digits, as x or theta1");
    if (std::find(coordinates.begin(), name, *name) != name)
      throw InputError("--coordinates: '" + *name + "' is listed twice; list every coordinate once");
  }
}

}  // namespace

std::string nearest_loss(const std::string& text) {
  const auto is_name = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; };
  if (!std::ranges::all_of(text, is_name)) return "";
  std::vector<std::string> names;
  for (const CatalogueEntry& entry : catalogue()) names.push_back(entry.name);
  for (const Model& model : models()) names.push_back(model.name);
  return nearest(text, names);
}

void require_model(const std::string& loss, const std::string& target, std::span<const std::string> features) {
  if ((target.empty() && features.empty()) || find_model(loss) != nullptr) return;
  throw InputError(std::string(target.empty() ? "--features" : "--target") + ": '" + loss +
                   "' is no model; an expression names its columns itself");
}

Problem::Problem(const ProblemRequest& request) {
  const std::string text(trimmed(request.loss));
  if (text.empty())
    throw InputError("--loss: empty; give an expression such as 'x^2/2', or a name that `isotherm list losses` shows");
  check_coordinates(request.coordinates);

  std::map<std::string, std::string> set = request.set, options;
  const Model* model = find_model(text);
  if (model != nullptr) {
    for (const auto& [name, value] : model->defaults) {
      if (name == "l2") continue;
      const auto given = set.find(name);
      options[name] = given == set.end() ? value : given->second;
      used_.insert(name), set.erase(name);
    }
  }
  require_model(text, request.target, request.features);
  if (const CatalogueEntry* entry = find(text)) {
    set.insert(entry->defaults.begin(), entry->defaults.end());
    expression_ = expand(*entry, set);
    if (entry->expression.empty()) {
      // Lists, matrices and the dimension are in the text now.
      used_.insert("dimension"), set.erase("dimension");
      if (set.at("h").find_first_of(",;") != std::string::npos) used_.insert("h"), set.erase("h");
    }
  } else {
    expression_ = model != nullptr ? model->formula : text;
  }
  read_settings(set, request);
  read_columns(request);
  if (model != nullptr)
    read_model(request, *model, std::move(options));
  else
    read_expression(request, text);
  if (examples_)
    average_over_examples();
  else
    gradient_ = plain_gradient_ = loss::gradient(graph_, value_, dimension());
}

void Problem::read_expression(const ProblemRequest& request, const std::string& text) {
  Names names{.coordinates = request.coordinates,
              .discover = request.coordinates.empty(),
              .known = known_,
              .used = {},
              .functions = {}};
  try {
    value_ = loss::parse(graph_, expression_, names, "--loss");
  } catch (const ParseError&) {
    const std::string near = nearest_loss(text);
    if (near.empty()) throw;
    throw InputError("--loss: unknown loss '" + text + "'; did you mean '" + near + "'?");
  }
  used_.merge(names.used);
  coordinates_ = std::move(names.coordinates);
  if (coordinates_.empty()) {
    std::string free = "x";
    while (known_.contains(free)) free = free == "z" ? "a" : std::string(1, static_cast<char>(free[0] + 1));
    coordinates_ = {free};
  }
}

void Problem::read_model(const ProblemRequest& request, const Model& model,
                         std::map<std::string, std::string> options) {
  if (!examples_) throw InputError("--loss " + model.name + ": is a model of data; give --data FILE.csv");
  const auto read = [&](const std::string& text, const std::string& what) {
    // A column by its own name, which may be none that an expression can hold.
    if (const auto c = std::ranges::find(examples_->names, text); c != examples_->names.end())
      return graph_.column(static_cast<std::size_t>(c - examples_->names.begin()));
    Names names{.coordinates = {}, .discover = false, .known = known_, .used = {}, .functions = {}};
    const NodeId node = loss::parse(graph_, text, names, what);
    used_.merge(names.used);
    return node;
  };
  const NodeId target = read(request.target, "--target");
  std::vector<NodeId> features;
  for (const std::string& feature : request.features) features.push_back(read(feature, "--features"));
  if (features.empty())
    throw InputError("--features: there are none; a model needs at least one column beside its target");

  const auto l2 = values_.find("l2");
  used_.insert("l2");
  if (l2 != values_.end() && !(l2->second >= 0))
    throw InputError("--set l2: the factor of a penalty is 0 or greater, for example --set l2=0.01");
  BuiltModel built = build_model(graph_, model, std::move(features), target, request.target, *examples_,
                                 setting_values(), std::move(options), l2 != values_.end() && l2->second != 0);
  values_.merge(built.settings);
  if (!request.coordinates.empty() && request.coordinates.size() != built.coordinates.size())
    throw InputError("--coordinates: " + std::to_string(request.coordinates.size()) + " names, and " + model.name +
                     " has " + std::to_string(built.coordinates.size()) + " coordinates here: " + model.coordinates);
  coordinates_ = std::move(built.coordinates);
  if (!request.coordinates.empty()) coordinates_ = request.coordinates;
  for (const std::string& name : coordinates_) {
    if (values_.contains(name))
      throw InputError("--set " + name + ": '" + name + "' is a coordinate of " + model.name +
                       "; choose another name, or name the coordinates by --coordinates: " + model.coordinates);
    known_.erase(name);  // a column, which nothing outside of the model reads
  }
  value_ = built.loss;
  penalty_ = built.penalty;
}

void Problem::read_columns(const ProblemRequest& request) {
  examples_ = request.examples;
  if (!examples_) return;
  for (std::size_t c = 0; c < examples_->columns(); ++c) {
    const std::string& name = examples_->names[c];
    const bool is_set = known_.contains(name);
    if (is_set || std::ranges::find(request.coordinates, name) != request.coordinates.end())
      throw InputError(std::string(is_set ? "--set " : "--coordinates ") + name + ": '" + name +
                       "' is also a column of the examples; choose another name");
    known_[name] = graph_.column(c);
  }
}

void Problem::average_over_examples() {
  if (graph_.node(value_).level < Level::example)
    throw InputError("--loss: '" + expression_ +
                     "' uses no column of the examples, so there is nothing to average; "
                     "the columns are " +
                     listed(examples_->names));
  if (penalty_ < 0) penalty_ = graph_.literal(0);
  const std::vector<NodeId> loss_gradient = loss::gradient(graph_, value_, dimension()),
                            penalty_gradient = loss::gradient(graph_, penalty_, dimension());
  example_loss_ = graph_.add(value_, penalty_);
  for (std::size_t c = 0; c < dimension(); ++c) {
    // The penalty is the same for all examples: it is added once.
    example_gradient_.push_back(graph_.add(loss_gradient[c], penalty_gradient[c]));
    plain_batch_gradient_.push_back(graph_.add(graph_.batch_mean(loss_gradient[c]), penalty_gradient[c]));
  }
  batch_gradient_ = plain_batch_gradient_;
  if (const auto hessian = constant_hessian(example_gradient_)) {
    close(*hessian);
  } else {
    value_ = graph_.add(graph_.data_mean(value_), penalty_);
    for (std::size_t c = 0; c < dimension(); ++c)
      gradient_.push_back(graph_.add(graph_.data_mean(loss_gradient[c]), penalty_gradient[c]));
  }
  plain_gradient_ = gradient_;
}

std::optional<std::vector<NodeId>> Problem::constant_hessian(std::span<const NodeId> gradient) {
  const std::size_t d = dimension();
  if (d > largest_closed_dimension) return std::nullopt;
  std::vector<NodeId> hessian(d * d);
  for (std::size_t i = 0; i < d; ++i) {
    const std::vector<NodeId> row = loss::gradient(graph_, gradient[i], d);
    for (const NodeId id : graph_.reachable(row, Level::particle))
      if (graph_.node(id).operation == Operation::state) return std::nullopt;
    std::ranges::copy(row, hessian.begin() + static_cast<std::ptrdiff_t>(i * d));
  }
  return hessian;
}

/// L = L(w*) + (w - w*)' H (w - w*) / 2 around the minimum, where nothing cancels. Where H is singular, w* is the
/// minimum nearest to 0.
void Problem::close(std::span<const NodeId> example_hessian) {
  const std::size_t d = dimension();
  std::vector<NodeId> wanted;
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = i; j < d; ++j) wanted.push_back(example_hessian[i * d + j]);
  std::ranges::copy(example_gradient_, std::back_inserter(wanted));
  std::vector<double> means(wanted.size());
  const std::vector<double> settings = setting_values();
  const std::vector<double> origin(d, 0.0);
  DataMeans(graph_, wanted, settings, examples_)(origin, means);

  Eigen::MatrixXd h(d, d);
  const auto at = [](std::size_t i) { return static_cast<Eigen::Index>(i); };
  std::size_t next = 0;
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = i; j < d; ++j) h(at(i), at(j)) = h(at(j), at(i)) = means[next++];
  const Eigen::VectorXd slope = Eigen::Map<const Eigen::VectorXd>(means.data() + next, at(d));
  const Eigen::VectorXd minimum = h.completeOrthogonalDecomposition().solve(-slope);
  double lowest = 0;
  DataMeans(graph_, std::span(&example_loss_, 1), settings, examples_)(std::span(minimum.data(), d),
                                                                       std::span(&lowest, 1));

  lowest_point_.assign(minimum.begin(), minimum.end());
  std::vector<NodeId> away, halves;
  for (std::size_t i = 0; i < d; ++i)
    away.push_back(graph_.sub(graph_.state(i), constant("minimum." + coordinates_[i], minimum(at(i)))));
  hessian_.assign(d * d, graph_.literal(0));
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = i; j < d; ++j)
      if (const NodeId second = example_hessian[i * d + j]; h(at(i), at(j)) != 0)
        hessian_[i * d + j] = hessian_[j * d + i] =
            graph_.node(second).level < Level::example
                ? second
                : constant("curvature." + coordinates_[i] + "." + coordinates_[j], h(at(i), at(j)));
  for (std::size_t i = 0; i < d; ++i) {
    std::vector<NodeId> terms;
    for (std::size_t j = 0; j < d; ++j) terms.push_back(graph_.mul(hessian_[i * d + j], away[j]));
    gradient_.push_back(graph_.sum(terms));
    halves.push_back(graph_.mul(graph_.mul(graph_.literal(0.5), away[i]), gradient_[i]));
  }
  value_ = graph_.add(graph_.sum(halves), constant("lowest loss", lowest));
  quadratic_data_ = true;
}

void Problem::add_penalty(NodeId coefficient) {
  std::vector<NodeId> squares;
  for (std::size_t c = 0; c < dimension(); ++c) {
    const NodeId x = graph_.state(c);
    squares.push_back(graph_.mul(x, x));
    gradient_[c] = graph_.add(gradient_[c], graph_.mul(coefficient, x));
    if (examples_) batch_gradient_[c] = graph_.add(batch_gradient_[c], graph_.mul(coefficient, x));
  }
  value_ = graph_.add(value_, graph_.mul(graph_.mul(graph_.literal(0.5), coefficient), graph_.sum(squares)));
  hessian_.clear();
}

NodeId Problem::constant(const std::string& name, double value) {
  set_value(name, value);
  return graph_.setting(name);
}

NodeId Problem::average(NodeId node, const std::string& name, std::size_t largest_dimension) {
  const std::size_t d = dimension();
  if (graph_.node(node).level < Level::example) return node;
  const std::vector<NodeId> first = loss::gradient(graph_, node, d);
  const bool flat = std::ranges::all_of(first, [&](NodeId id) { return id == graph_.literal(0); });
  const auto second = !flat && d <= largest_dimension ? constant_hessian(first) : std::nullopt;
  if (!flat && !second) return graph_.data_mean(node);
  std::vector<NodeId> wanted = {node};
  if (second) {
    std::ranges::copy(first, std::back_inserter(wanted));
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = i; j < d; ++j) wanted.push_back((*second)[i * d + j]);
  }
  std::vector<double> means(wanted.size());
  const std::vector<double> center = lowest_point_.empty() ? std::vector<double>(d, 0.0) : lowest_point_;
  DataMeans(graph_, wanted, setting_values(), examples_)(center, means);
  if (flat) return constant(name, means[0]);
  std::size_t next = 1 + d;
  std::vector<NodeId> away, terms = {constant(name, means[0])};
  for (std::size_t i = 0; i < d; ++i)
    away.push_back(graph_.sub(graph_.state(i), constant("center." + coordinates_[i], center[i])));
  for (std::size_t i = 0; i < d; ++i) {
    std::vector<NodeId> slope = {constant(name + "." + coordinates_[i], means[1 + i])};
    for (std::size_t j = i; j < d; ++j)
      if (const double h = means[next++]; h != 0)
        slope.push_back(
            graph_.mul(constant(name + "." + coordinates_[i] + "." + coordinates_[j], i == j ? h / 2 : h), away[j]));
    if (slope.size() > 1 || means[1 + i] != 0) terms.push_back(graph_.mul(away[i], graph_.sum(slope)));
  }
  return graph_.sum(terms);
}

void Problem::read_settings(const std::map<std::string, std::string>& set, const ProblemRequest& request) {
  for (const auto& [name, value] : request.set) requested_.insert(name);
  for (const auto& [name, value] : set) {
    if (!is_free_name(name) || name == "loss")
      throw InputError("--set " + name + ": '" + name +
                       "' cannot name a constant; use letters, digits and '_', and no name of a function");
    if (std::ranges::find(request.coordinates, name) != request.coordinates.end())
      throw InputError("--set " + name + ": '" + name + "' is also in --coordinates; choose another name");
    values_[name] = parse_number(value, "--set " + name);
    known_[name] = graph_.setting(name);
  }
}

std::vector<double> Problem::setting_values() const {
  std::vector<double> values;
  for (const std::string& name : graph_.settings()) {
    const auto found = values_.find(name);
    if (found == values_.end())
      throw InputError("the setting '" + name + "' has no value; give it with --set " + name + "=VALUE");
    values.push_back(found->second);
  }
  return values;
}

std::vector<std::string> Problem::unused_settings() const {
  std::vector<std::string> unused;
  std::ranges::set_difference(requested_, used_, std::back_inserter(unused));
  return unused;
}

std::vector<NodeId> Problem::hessian() {
  if (hessian_.empty()) hessian_ = loss::hessian(graph_, gradient_);
  return hessian_;
}

NodeId Problem::laplacian() { return loss::laplacian(graph_, gradient_); }

NodeId Problem::parse(const std::string& expression, const std::string& what, const Vocabulary& vocabulary) {
  Names names{.coordinates = coordinates_,
              .discover = false,
              .known = known_,
              .used = {},
              .functions = vocabulary.functions,
              .observers = vocabulary.observers};
  names.known["loss"] = value_;
  names.known.insert(vocabulary.names.begin(), vocabulary.names.end());
  // In an expression '-' subtracts, but the names of these observables have one; columns of errors stay the same.
  std::string text = expression;
  for (const std::string name : {"first-passage", "epoch-position"})
    for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos;) text[at + name.find('-')] = '_';
  const NodeId node = loss::parse(graph_, text, names, what);
  used_.merge(names.used);
  return node;
}

Function::Function(Problem& problem, std::span<const NodeId> nodes) : interpreter_(Program{}) {
  Graph& graph = problem.graph();
  const std::vector<double> settings = problem.setting_values();
  std::vector<NodeId> roots(nodes.begin(), nodes.end());
  if (const std::vector<NodeId> means = means_of(graph, roots, Operation::data_mean); !means.empty()) {
    std::vector<NodeId> averaged;
    std::unordered_map<NodeId, NodeId> replacement;
    std::size_t first = problem.dimension();  // past all rows that are read
    for (const NodeId id : graph.reachable(roots, Level::particle))
      if (const Node& node = graph.node(id); node.operation == Operation::state)
        first = std::max(first, static_cast<std::size_t>(node.index) + 1);
    for (const NodeId mean : means) {
      replacement[mean] = graph.state(first + averaged.size());
      averaged.push_back(graph.operands(mean)[0]);
    }
    for (NodeId& root : roots) root = graph.replace(root, replacement);
    means_.emplace(graph, averaged, settings, problem.examples());
    state_.resize(first + averaged.size());
  }
  interpreter_ = Interpreter<double>(lower(graph, roots));
  constants_ = evaluate_constants(graph, interpreter_.program(), settings, {});
}

void Function::operator()(std::span<const double> point, std::span<double> out) const {
  if (!means_) return interpreter_(point, {}, constants_, out);
  const std::size_t rows = state_.size() - means_->outputs();
  std::ranges::copy(point.first(rows), state_.begin());
  (*means_)(point, std::span(state_).subspan(rows));
  interpreter_(state_, {}, constants_, out);
}

double Function::operator()(std::span<const double> point) const {
  double value = 0;
  (*this)(point, std::span<double>(&value, 1));
  return value;
}

}  // namespace isotherm::loss
