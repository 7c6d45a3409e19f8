#include "loss/parser.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <optional>
#include <unordered_map>

#include "isotherm/core/listed.hpp"
#include "loss/functions.hpp"
#include "loss/lexer.hpp"

namespace isotherm::loss {
namespace {

constexpr std::size_t excerpt_width = 100;

std::string excerpt(const std::string& expression, std::size_t column) {
  const std::size_t place = column - 1;
  std::size_t first = 0;
  if (expression.size() > excerpt_width && place > excerpt_width / 2)
    first = std::min(place - excerpt_width / 2, expression.size() - std::min(expression.size(), excerpt_width - 1));
  std::string line = expression.substr(first, excerpt_width);
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return line + "\n" + std::string(place - first, ' ') + "^";
}

std::string quote(const Token& token) { return token.kind == Token::Kind::end ? "the end" : "'" + token.text + "'"; }

class Parser {
 public:
  Parser(Graph& graph, const std::string& expression, const std::vector<Token>& tokens, Names& names,
         const std::string& what)
      : graph_(graph), expression_(expression), tokens_(tokens), names_(names), what_(what) {
    for (const std::string& name : names.coordinates) rows_.emplace(name, rows_.size());
  }

  NodeId run() {
    if (peek().kind == Token::Kind::end) fail(peek(), "the expression is empty; write one, such as x^2/2");
    const NodeId value = sum_of_terms();
    const Token& rest = peek();
    if (rest.kind == Token::Kind::end) return value;
    if (is_mark(rest, ")")) fail(rest, "this ')' closes nothing; remove it, or open it with '('");
    unexpected_after_operand(rest);
  }

 private:
  [[noreturn]] void fail(const Token& token, const std::string& problem) const {
    throw ParseError(what_, expression_, token.column, problem);
  }

  // Tokens.

  const Token& peek() const { return tokens_[place_]; }
  const Token& next() {
    if (++work_ > maximum_expression_work)
      fail(peek(), "written out, the sums of this expression are too long; use fewer terms");
    return tokens_[place_++];
  }
  static bool is_mark(const Token& token, const char* mark) {
    return token.kind == Token::Kind::mark && token.text == mark;
  }
  bool accept(const char* mark) {
    if (!is_mark(peek(), mark)) return false;
    next();
    return true;
  }

  [[noreturn]] void unexpected_after_operand(const Token& token) const {
    const bool operand = token.kind == Token::Kind::name || token.kind == Token::Kind::number || is_mark(token, "(");
    if (operand && place_ > 0)
      fail(token, "an operator is missing before " + quote(token) + "; a product is written " +
                      tokens_[place_ - 1].text + "*" + token.text);
    if (is_mark(token, ",")) fail(token, "',' stands outside a call; a decimal point is written '.'");
    if (is_mark(token, "[")) fail(token, "'[' is no operator; an index follows a letter, as in x[3]");
    fail(token, "unexpected " + quote(token) + "; expected an operator or the end of the expression");
  }

  void close(const Token& open, const char* mark, const std::string& inside) {
    const Token& token = peek();
    if (is_mark(token, mark)) return void(next());
    if (token.kind == Token::Kind::end)
      fail(open, "this '" + open.text + "' is never closed; write '" + mark + "' after " + inside);
    unexpected_after_operand(token);
  }

  /// Counts the levels of nesting on the C++ stack.
  class Nesting {
   public:
    Nesting(Parser& parser, const Token& token) : parser_(parser) {
      if (++parser_.depth_ > maximum_depth)
        parser_.fail(token, "nested more than " + std::to_string(maximum_depth) +
                                " levels deep; use fewer parentheses, signs or exponents of exponents");
    }
    ~Nesting() { --parser_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    Parser& parser_;
  };

  /// Literals are folded as they are read; what is no longer a number is reported where it arose.
  NodeId finite(NodeId value, const Token& token, const std::string& thing) const {
    const auto overflows = [&](NodeId id) { return graph_.is_literal(id) && !std::isfinite(graph_.node(id).literal); };
    if (overflows(value) || std::ranges::any_of(graph_.operands(value), overflows))
      fail(token,
           thing + " is not a finite number in double precision; use smaller numbers, and divide by none that is 0");
    return value;
  }

  // Grammar.

  NodeId sum_of_terms() {
    NodeId value = product_of_factors();
    while (is_mark(peek(), "+") || is_mark(peek(), "-")) {
      const Token& token = next();
      const NodeId right = product_of_factors();
      value =
          finite(graph_.binary(token.text == "+" ? Operation::add : Operation::sub, value, right), token, "the sum");
    }
    return value;
  }

  NodeId product_of_factors() {
    NodeId value = signed_power();
    while (is_mark(peek(), "*") || is_mark(peek(), "/")) {
      const Token& token = next();
      const NodeId right = signed_power();
      value = token.text == "*" ? finite(graph_.mul(value, right), token, "the product")
                                : finite(divide(value, right, token), token, "the quotient");
    }
    return value;
  }

  NodeId divide(NodeId a, NodeId b, const Token& token) {
    if (graph_.is_literal(b, 0)) fail(token, "division by 0; the divisor must not be 0");
    return graph_.div(a, b);
  }

  NodeId signed_power() {
    if (!is_mark(peek(), "-")) return power();
    const Token& token = next();
    const Nesting nesting(*this, token);
    return graph_.neg(signed_power());
  }

  NodeId power() {
    const NodeId base = operand();
    if (!is_mark(peek(), "^")) return base;
    const Token& token = next();
    const Nesting nesting(*this, token);
    return finite(graph_.pow(base, signed_power()), token, "the power");
  }

  NodeId operand() {
    const Token& token = peek();
    switch (token.kind) {
      case Token::Kind::number:
        return graph_.literal(next().number);
      case Token::Kind::name:
        return is_mark(tokens_[place_ + 1], "(") ? call() : name();
      case Token::Kind::mark:
        if (accept("(")) {
          const Nesting nesting(*this, token);
          if (is_mark(peek(), ")")) fail(peek(), "these parentheses are empty; write an expression between them");
          const NodeId value = sum_of_terms();
          close(token, ")", "the expression");
          return value;
        }
        [[fallthrough]];
      default:
        missing_operand(token);
    }
  }

  [[noreturn]] void missing_operand(const Token& token) const {
    const std::string after = place_ == 0 ? "at the beginning" : "after '" + tokens_[place_ - 1].text + "'";
    fail(token, "expected a number, a name or '(' " + after + ", not " + quote(token));
  }

  // Names.

  NodeId name() {
    const Token& token = next();
    const std::string& name = token.text;
    if (is_mark(peek(), "[")) return coordinate(name + index(token), token);
    if (const auto variable = sum_variable(name)) return graph_.literal(static_cast<double>(*variable));
    if (const auto known = names_.known.find(name); known != names_.known.end()) {
      names_.used.insert(name);
      return known->second;
    }
    if (name == "pi") return graph_.literal(std::numbers::pi);
    if (rows_.contains(name)) return coordinate(name, token);
    if (find_function(name) != nullptr)
      fail(token, "'" + name + "' is a function; write its argument in parentheses, " + name + "(...)");
    if (names_.discover && is_coordinate_name(name)) return coordinate(name, token);
    unknown(token, name);
  }

  NodeId coordinate(const std::string& name, const Token& token) {
    const auto found = rows_.find(name);
    if (found != rows_.end()) return graph_.state(found->second);
    if (!names_.discover || !is_coordinate_name(name)) unknown(token, name);
    names_.coordinates.push_back(name);
    rows_.emplace(name, rows_.size());
    return graph_.state(rows_.size() - 1);
  }

  [[noreturn]] void unknown(const Token& token, const std::string& name) const {
    std::vector<std::string> candidates = names_.coordinates;
    for (const auto& [known, node] : names_.known) candidates.push_back(known);
    candidates.emplace_back("pi");
    for (const FunctionName& function : functions()) candidates.emplace_back(function.name);
    std::string lower = name;
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    if (lower == "nan" || lower == "inf" || lower == "infinity")
      fail(token, "'" + name + "' is not a number a loss can have; use finite numbers");
    const std::string near = name.size() > 1 ? nearest(name, candidates) : "";
    std::string advice = near.empty() ? "" : "did you mean '" + near + "'?";
    if (const std::vector<std::string> there = columns(); advice.empty() && !there.empty())
      advice = "the columns are " + listed(there);
    if (names_.discover && near.empty())
      advice += (advice.empty() ? "" : ", ") +
                std::string("a coordinate is one letter and optional digits; give other names a value with --set ") +
                name + "=VALUE";
    if (advice.empty())
      advice = names_.coordinates.empty() ? "only numbers are allowed here"
                                          : "coordinates are " + listed(names_.coordinates);
    fail(token, "unknown name '" + name + "'; " + advice);
  }

  /// Those of the known names that an example has, as they stand there.
  std::vector<std::string> columns() const {
    std::map<std::int32_t, std::string> by_place;
    for (const auto& [name, id] : names_.known)
      if (const Node& node = graph_.node(id); node.operation == Operation::column) by_place[node.index] = name;
    std::vector<std::string> in_order;
    for (const auto& [place, name] : by_place) in_order.push_back(name);
    return in_order;
  }

  /// "[3]" after a letter: the digits.
  std::string index(const Token& letter) {
    const Token& open = next();
    if (letter.text.size() != 1 || names_.known.contains(letter.text))
      fail(open, "only a coordinate of one letter takes an index, as x[3]");
    const Nesting nesting(*this, open);
    const Token& first = peek();
    const std::int64_t value = whole_number("an index");
    if (value < 0) fail(first, "the index is " + std::to_string(value) + "; indices are 0 or more");
    close(open, "]", "the index");
    return std::to_string(value);
  }

  std::int64_t whole_number(const std::string& thing) {
    const Token& first = peek();
    const NodeId id = sum_of_terms();
    if (!graph_.is_literal(id))
      fail(first, thing + " must be a whole number known from the text; use numbers and the variables of sums only");
    const double value = graph_.node(id).literal;
    if (value != std::floor(value) || std::abs(value) > 1e9)
      fail(first, thing + " must be a whole number of at most 1e9, such as 3");
    return static_cast<std::int64_t>(value);
  }

  // Calls.

  NodeId call() {
    const Token& token = next();
    const Token& open = next();
    const Nesting nesting(*this, token);
    if (const auto window = names_.functions.find(token.text); window != names_.functions.end())
      return windowed(token, open, window->second);
    if (const auto observer = names_.observers.find(token.text); observer != names_.observers.end()) {
      const NodeId expression = sum_of_terms();
      close(open, ")", "the argument of " + token.text);
      return observer->second(expression);
    }
    const FunctionName* function = find_function(token.text);
    if (function == nullptr) unknown_function(token);
    if (token.text == "sum") return sum(token, open);
    std::vector<NodeId> arguments;
    if (!is_mark(peek(), ")")) do
        arguments.push_back(sum_of_terms());
      while (accept(","));
    close(open, ")", "the arguments of " + token.text);
    check_count(token, *function, arguments.size());
    if (function->arguments == 1)
      return finite(graph_.unary(function->operation, arguments[0]), token, token.text + "(...)");
    NodeId value = arguments[0];
    for (std::size_t i = 1; i < arguments.size(); ++i) value = graph_.binary(function->operation, value, arguments[i]);
    return value;
  }

  NodeId windowed(const Token& token, const Token& open, const WindowFunction& function) {
    const NodeId expression = sum_of_terms();
    if (!accept(","))
      fail(peek(), token.text + " takes an expression and a number of steps; write " + token.text + "(x, 100)");
    const Token& number = peek();
    const std::int64_t steps = whole_number("the number of steps");
    if (steps < 1) fail(number, "the number of steps is " + std::to_string(steps) + "; it must be 1 or more");
    close(open, ")", "the arguments of " + token.text);
    return function(expression, steps);
  }

  void check_count(const Token& token, const FunctionName& function, std::size_t count) const {
    const auto least = static_cast<std::size_t>(function.arguments);
    if (count == least || (function.variadic && count > least)) return;
    const std::string expected = function.variadic ? std::to_string(least) + " or more arguments"
                                 : least == 1      ? "1 argument"
                                                   : std::to_string(least) + " arguments";
    fail(token, token.text + " takes " + expected + ", not " + std::to_string(count));
  }

  [[noreturn]] void unknown_function(const Token& token) const {
    const std::string& name = token.text;
    if (names_.known.contains(name) || sum_variable(name) || name == "pi" || is_coordinate_name(name))
      fail(token, "'" + name + "' is not a function; a product is written " + name + "*(...)");
    std::vector<std::string> candidates;
    for (const FunctionName& function : functions()) candidates.emplace_back(function.name);
    for (const auto& [window, function] : names_.functions) candidates.push_back(window);
    for (const auto& [observer, function] : names_.observers) candidates.push_back(observer);
    std::string advice = function_advice(name);
    if (const std::string near = nearest(name, candidates); advice.empty() && !near.empty())
      advice = "did you mean '" + near + "'?";
    if (advice.empty()) advice = "the functions are " + list_functions(candidates);
    fail(token, "unknown function '" + name + "'; " + advice);
  }

  static std::string list_functions(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
    return text;
  }

  /// sum(i, from, to, body): the body is read once for each value of i.
  NodeId sum(const Token& token, const Token& open) {
    static const std::string form = "write sum(i, 1, 10, x[i]^2)";
    const auto comma = [&] {
      if (!accept(",")) fail(peek(), "sum takes 4 arguments: a variable, two bounds and an expression; " + form);
    };
    const Token& variable = peek();
    if (variable.kind != Token::Kind::name) fail(variable, "sum begins with the name of its variable; " + form);
    next();
    if (sum_variable(variable.text) || !is_free_name(variable.text) || names_.known.contains(variable.text))
      fail(variable, "'" + variable.text + "' has a meaning already; choose another name for the variable of sum");
    comma();
    const std::int64_t from = whole_number("a bound of sum");
    comma();
    const Token& last_bound = peek();
    const std::int64_t to = whole_number("a bound of sum");
    comma();
    if (to - from >= maximum_sum_terms)
      fail(last_bound, "this sum has " + std::to_string(to - from + 1) + " terms; the most is " +
                           std::to_string(maximum_sum_terms));
    const std::size_t body = place_;
    if (to < from) skip_body();
    std::vector<NodeId> terms;
    sum_variables_.emplace_back(variable.text, from);
    for (std::int64_t i = from; i <= to; ++i) {
      place_ = body;
      sum_variables_.back().second = i;
      terms.push_back(sum_of_terms());
    }
    sum_variables_.pop_back();
    if (is_mark(peek(), ",")) fail(peek(), "sum takes 4 arguments: a variable, two bounds and an expression; " + form);
    close(open, ")", "the body of sum");
    return finite(graph_.sum(terms), token, "the sum");
  }

  /// To the ')' or ',' that ends the body of a sum without terms.
  void skip_body() {
    for (int open = 0; peek().kind != Token::Kind::end; next()) {
      if (open == 0 && (is_mark(peek(), ")") || is_mark(peek(), ","))) return;
      if (is_mark(peek(), "(")) ++open;
      if (is_mark(peek(), ")")) --open;
    }
  }

  std::optional<std::int64_t> sum_variable(const std::string& name) const {
    for (const auto& [variable, value] : sum_variables_)
      if (variable == name) return value;
    return std::nullopt;
  }

  Graph& graph_;
  const std::string& expression_;
  const std::vector<Token>& tokens_;
  Names& names_;
  std::unordered_map<std::string, std::size_t> rows_;  ///< of names_.coordinates
  const std::string& what_;
  std::size_t place_ = 0, work_ = 0;
  int depth_ = 0;
  std::vector<std::pair<std::string, std::int64_t>> sum_variables_;
};

}  // namespace

ParseError::ParseError(const std::string& what, const std::string& expression, std::size_t column,
                       const std::string& problem)
    : InputError(what + ": column " + std::to_string(column) + ": " + problem + "\n" + excerpt(expression, column)),
      column_(column) {}

NodeId parse(Graph& graph, const std::string& expression, Names& names, const std::string& what) {
  if (expression.size() > maximum_expression_length)
    throw InputError(what + ": the expression has " + std::to_string(expression.size()) + " characters; the most is " +
                     std::to_string(maximum_expression_length) + "; write repeated terms as sum(i, 1, 10, ...)");
  const std::vector<Token> tokens = tokenize(expression, what);
  if (!names.discover) return Parser(graph, expression, tokens, names, what).run();

  // Rows are known only when all coordinates are: read once to find them, and once more to build.
  Graph scratch = graph;
  Names found = names;
  Parser(scratch, expression, tokens, found, what).run();
  const auto given = static_cast<std::ptrdiff_t>(names.coordinates.size());
  std::sort(found.coordinates.begin() + given, found.coordinates.end(), natural_less);
  found.discover = false;
  const NodeId value = Parser(graph, expression, tokens, found, what).run();
  found.discover = true;
  names = std::move(found);
  return value;
}

double parse_number(const std::string& expression, const std::string& what) {
  Graph graph;
  Names names;
  const NodeId value = parse(graph, expression, names, what);
  return graph.node(value).literal;
}

}  // namespace isotherm::loss
