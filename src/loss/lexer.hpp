#pragma once
// Splits an expression into numbers, names and marks, each with its column.

#include <string>
#include <vector>

namespace isotherm::loss {

struct Token {
  enum class Kind { number, name, mark, end };
  Kind kind;
  std::size_t column;  ///< 1-based
  std::string text;    ///< as written
  double number = 0;
};

/// The last token is `end`, one column past the expression. Throws ParseError.
std::vector<Token> tokenize(const std::string& expression, const std::string& what);

}  // namespace isotherm::loss
