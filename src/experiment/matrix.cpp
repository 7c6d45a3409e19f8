#include "experiment/matrix.hpp"

#include <cmath>

#include "experiment/words.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm {

std::vector<std::string> split_outside_parentheses(const std::string& text, char separator) {
  std::vector<std::string> pieces(1);
  int depth = 0;
  for (const char character : text) {
    if (character == '(' || character == '[') ++depth;
    if (character == ')' || character == ']') --depth;
    if (character == separator && depth == 0)
      pieces.emplace_back();
    else
      pieces.back() += character;
  }
  return pieces;
}

Eigen::MatrixXd parse_matrix(const std::string& text, std::size_t dimension, const std::string& option) {
  const std::string right = "write a symmetric positive definite " + std::to_string(dimension) + " x " +
                            std::to_string(dimension) + " matrix as rows of numbers, for example " + option + " " +
                            (dimension == 1   ? "2"
                             : dimension == 2 ? "\"1,0.3;0.3,2\""
                                              : "\"1,0.3,0;0.3,2,0;0,0,1\"");
  const std::vector<std::string> lines = split_outside_parentheses(text, ';');
  if (lines.size() != dimension)
    throw InputError(option + ": " + counted(lines.size(), "row") + " for " + counted(dimension, "coordinate") + "; " +
                     right);
  Eigen::MatrixXd matrix(dimension, dimension);
  for (std::size_t i = 0; i < dimension; ++i) {
    const std::vector<std::string> entries = split_outside_parentheses(lines[i], ',');
    if (entries.size() != dimension)
      throw InputError(option + ": row " + std::to_string(i + 1) + " has " + counted(entries.size(), "number") + "; " +
                       right);
    for (std::size_t j = 0; j < dimension; ++j) {
      std::size_t used = 0;
      double value = 0;
      try {
        value = std::stod(entries[j], &used);
      } catch (const std::exception&) {
        used = 0;  // refused below
      }
      if (used == 0 || entries[j].find_first_not_of(" \t", used) != std::string::npos || !std::isfinite(value))
        throw InputError(option + ": '" + entries[j] + "' in row " + std::to_string(i + 1) + " is not a number; " +
                         right);
      matrix(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = value;
    }
  }
  if ((matrix - matrix.transpose()).cwiseAbs().maxCoeff() > 1e-12 * matrix.cwiseAbs().maxCoeff())
    throw InputError(option + ": the matrix is not symmetric; " + right);
  return matrix;
}

}  // namespace isotherm
