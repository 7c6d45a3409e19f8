#pragma once
// Lists and matrices in options.

#include <Eigen/Dense>
#include <string>
#include <vector>

namespace isotherm {

/// Pieces of `text` between the separators at depth 0 of parentheses and brackets.
std::vector<std::string> split_outside_parentheses(const std::string& text, char separator);

/// A symmetric D x D matrix, "a,b;b,c". InputError names `option`, "--covariance".
Eigen::MatrixXd parse_matrix(const std::string& text, std::size_t dimension, const std::string& option);

}  // namespace isotherm
