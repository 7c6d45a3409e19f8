#pragma once
// Recursive-descent parser of loss expressions, with positions.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "isotherm/core/error.hpp"
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

/// What a name means, filled by the caller.
struct Names {
  std::vector<std::string> coordinates;   ///< state row = position; if `discover`, extended while parsing
  bool discover = false;
  std::map<std::string, NodeId> known;    ///< settings, "loss", and other names that win over coordinates
};

/// Grammar, in rising precedence: + -, * /, unary -, ^ (binds right, and tighter than unary minus on its left: -x^2 = -(x^2)), calls.
/// Functions: abs sqrt exp log sin cos tan tanh cosh sinh log1p expm1 min max (two or more arguments), sum(i, from, to, expression). `pi` is
/// the only named constant. `x[3]`, and inside sum `x[i]`, is the coordinate x3. `what` names the option in errors.
NodeId parse(Graph& graph, const std::string& expression, Names& names, const std::string& what);

/// The candidate nearest to `name` by edit distance, or "" if none is near.
std::string nearest(const std::string& name, const std::vector<std::string>& candidates);

/// True for one letter and optional digits.
bool is_coordinate_name(const std::string& name);

}  // namespace isotherm::loss
