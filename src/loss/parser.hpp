#pragma once
// Recursive-descent parser of loss expressions, with positions.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "isotherm/core/error.hpp"
#include "isotherm/core/nearest.hpp"
#include "loss/graph.hpp"

namespace isotherm::loss {

/// An error in an expression: what() is "WHAT: column N: problem; what would be right" and, on two more lines, the
/// expression (clipped to 100 columns around the place) and a caret under the place.
class ParseError : public InputError {
 public:
  ParseError(const std::string& what, const std::string& expression, std::size_t column, const std::string& problem);
  std::size_t column() const { return column_; }  ///< 1-based

 private:
  std::size_t column_;
};

inline constexpr int maximum_depth = 256;  ///< of nesting; deeper is a ParseError, never a stack overflow
inline constexpr std::size_t maximum_expression_length = 1 << 20;  ///< characters
inline constexpr std::int64_t maximum_sum_terms = 10000;           ///< of one sum()
/// Tokens read, sums written out: four for each operation that a program may have (program.hpp), in a tenth of a
/// second.
inline constexpr std::size_t maximum_expression_work = 1 << 18;

/// f(expression, steps).
using WindowFunction = std::function<NodeId(NodeId expression, std::int64_t steps)>;

/// What a name means, filled by the caller.
struct Names {
  std::vector<std::string> coordinates;  ///< state row = position; if `discover`, extended in natural order
  bool discover = false;
  std::map<std::string, NodeId> known;  ///< settings, "loss", and other names that win over coordinates
  std::set<std::string> used;           ///< those of `known` that occurred; extended while parsing
  /// Functions of the caller's, of an expression and a whole number known from the text: average(x^2, 100).
  std::map<std::string, WindowFunction> functions = {};
  /// The same of an expression alone: previous(x).
  std::map<std::string, std::function<NodeId(NodeId)>> observers = {};
};

/// Grammar, in rising precedence: + -, * /, unary -, ^ (binds right, and tighter than unary minus on its left: -x^2 =
/// -(x^2); an exponent may have a minus, x^-2), calls. Functions: abs sqrt exp log sin cos tan tanh cosh sinh log1p
/// expm1 min max (two or more arguments), sum(i, from, to, expression). `pi` is the only named constant. `x[3]`, and
/// inside sum `x[i]`, is the coordinate x3. Bounds and indices are whole numbers known from the text; a sum with from >
/// to is 0. A literal that is not finite (1e999, 1/0, 9^(9^9)) is an error. `what` names the option in errors.
NodeId parse(Graph& graph, const std::string& expression, Names& names, const std::string& what);

/// Value of an expression of literals only: a number as options and --set take it ("0.1", "-2", "pi/2").
double parse_number(const std::string& expression, const std::string& what);

using isotherm::nearest;

/// True for one letter and optional digits.
bool is_coordinate_name(const std::string& name);

/// True for a letter and then letters, digits and underscores, unless it is a function's name or `pi`.
bool is_free_name(const std::string& name);

/// Natural order of names: x before x2 before x10 before y.
bool natural_less(const std::string& a, const std::string& b);

}  // namespace isotherm::loss
