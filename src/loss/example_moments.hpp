#pragma once
// Moments over all examples of what a pass gives: the covariance of gradients, and what shape their law has.

#include <span>
#include <vector>

#include "loss/example_pass.hpp"

namespace isotherm::loss {

/// With u = v - center, v the d results for an example: means over all examples, by their weights.
struct ExampleMoments {
  std::vector<double> first;          ///< of u_i
  std::vector<double> products;       ///< of u_i u_j, d x d
  std::vector<double> third, fourth;  ///< of u_i^3, u_i^4
};

/// At a point, about `center` (of d numbers); |u|^2 of each example is added to `squares` if that is given. In blocks
/// of rows, so that memory does not grow with the examples; the same bits for any number of threads and SIMD target.
/// `most_numbers` of sums of products are held side by side, and added up at last.
ExampleMoments example_moments(const ExamplePass& pass, std::span<const double> point, std::span<const double> center,
                               std::vector<double>* squares = nullptr, std::size_t most_numbers = std::size_t{1} << 25);

}  // namespace isotherm::loss
