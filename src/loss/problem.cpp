#include "loss/problem.hpp"

#include <algorithm>
#include <cctype>

#include "loss/catalogue.hpp"
#include "loss/derivative.hpp"
#include "loss/parser.hpp"

namespace isotherm::loss {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// The catalogue name that a text which is no expression was meant to be, or "".
std::string nearest_loss(const std::string& text) {
  const auto is_name = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; };
  if (!std::ranges::all_of(text, is_name)) return "";
  std::vector<std::string> names;
  for (const CatalogueEntry& entry : catalogue()) names.push_back(entry.name);
  return nearest(text, names);
}

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

Problem::Problem(const ProblemRequest& request) {
  const std::string text = trimmed(request.loss);
  if (text.empty())
    throw InputError("--loss: empty; give an expression such as 'x^2/2', or a name that `isotherm list losses` shows");
  check_coordinates(request.coordinates);

  std::map<std::string, std::string> set = request.set;
  if (const CatalogueEntry* entry = find(text)) {
    set.insert(entry->defaults.begin(), entry->defaults.end());
    expression_ = expand(*entry, set);
    if (entry->expression.empty()) {
      // Lists, matrices and the dimension are in the text now.
      used_.insert("dimension"), set.erase("dimension");
      if (set.at("h").find_first_of(",;") != std::string::npos) used_.insert("h"), set.erase("h");
    }
  } else {
    expression_ = text;
  }
  read_settings(set, request);

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
  gradient_ = plain_gradient_ = loss::gradient(graph_, value_, dimension());
}

void Problem::add_penalty(NodeId coefficient) {
  std::vector<NodeId> squares;
  for (std::size_t c = 0; c < dimension(); ++c) {
    const NodeId x = graph_.state(c);
    squares.push_back(graph_.mul(x, x));
    gradient_[c] = graph_.add(gradient_[c], graph_.mul(coefficient, x));
  }
  value_ = graph_.add(value_, graph_.mul(graph_.mul(graph_.literal(0.5), coefficient), graph_.sum(squares)));
  hessian_.clear();
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
  // In an expression '-' subtracts, but the name of this observable has one; columns of errors stay the same.
  std::string text = expression;
  for (std::size_t at = 0; (at = text.find("first-passage", at)) != std::string::npos;) text[at + 5] = '_';
  const NodeId node = loss::parse(graph_, text, names, what);
  used_.merge(names.used);
  return node;
}

Function::Function(Problem& problem, std::span<const NodeId> nodes)
    : interpreter_(lower(problem.graph(), nodes)),
      constants_(evaluate_constants(problem.graph(), interpreter_.program(), problem.setting_values(), {})) {}

void Function::operator()(std::span<const double> point, std::span<double> out) const {
  interpreter_(point, {}, constants_, out);
}

double Function::operator()(std::span<const double> point) const {
  double value = 0;
  (*this)(point, std::span<double>(&value, 1));
  return value;
}

}  // namespace isotherm::loss
